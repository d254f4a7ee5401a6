"""Runs the endpoint until it is ended. Knows the server and its socket; what is answered, `app.py` knows."""

import uvicorn

from flows.endpoint import access, app
from flows.endpoint.limits import Limits
from flows.settings import Settings


def run(host: str, port: int, limits: Limits) -> None:
    """Serve until Ctrl-C or SIGTERM ends it.

    Raises
    ------
    DeclarationError
        When other machines could reach it and there is no token.
    TidemillError
        When it cannot listen there.
    """
    with access.bound(host, port) as listening:
        made = app.endpoint(Settings(), limits, access.token(host, access.is_loopback(listening)))
        made.serving.refresh()
        names = ", ".join(made.serving.board.served()) or "no classifier yet: none is deployed"
        shown = f"[{host}]" if ":" in host else host
        print(f"endpoint: http://{shown}:{listening.getsockname()[1]} answers for {names}", flush=True)
        config = uvicorn.Config(app.application(made), log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listening])
