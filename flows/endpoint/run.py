"""Runs the endpoint until it is ended. Knows the server and its socket; what is answered, `app.py` knows."""

import signal
from contextlib import suppress

import uvicorn

from flows.endpoint import access, app, wire
from flows.endpoint.limits import Limits
from flows.settings import Settings

BACKLOG = 2048


def run(host: str, port: int, limits: Limits, watch_seconds: float = 1.0) -> None:
    """Serve until Ctrl-C or SIGTERM ends it, and look at the store every so many seconds.

    Raises
    ------
    DeclarationError
        When other machines could reach it and there is no token.
    TidemillError
        When it cannot listen there.
    """
    with access.bound(host, port) as listening:
        token = access.token(host, access.is_loopback(listening))
        made = app.endpoint(Settings(), limits, token, watch_seconds)
        made.serving.refresh()
        names = ", ".join(made.serving.board.served()) or "no classifier yet: none is deployed"
        shown = f"[{host}]" if ":" in host else host
        # Who asks as soon as the line is printed waits for an answer, and is not refused.
        listening.listen(BACKLOG)
        print(f"endpoint: http://{shown}:{listening.getsockname()[1]} answers for {names}", flush=True)
        config = uvicorn.Config(
            app.application(made),
            http=wire.Impatient,
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=wire.CONNECTIONS,
            timeout_graceful_shutdown=wire.END_SECONDS,
        )
        # uvicorn ends well on either signal, and then sends it on to whoever handled it before.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
