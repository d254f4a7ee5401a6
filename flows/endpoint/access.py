"""Who may ask: everybody on this machine, and elsewhere only who has the token."""

import hmac
import ipaddress
import os
import socket
from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from flows.errors import DeclarationError, TidemillError

VARIABLE = "TIDEMILL_TOKEN"
SHORTEST = 16
# Load balancers ask it without a token, and are told whether there is one that serves, and no more.
OPEN_PATHS = ("/health",)


def token(host: str, is_local: bool) -> str | None:
    """Return the token callers have to give, None where none is needed.

    Raises
    ------
    DeclarationError
        When other machines could reach the endpoint and there is no token, or when it can be guessed.
    """
    # Not in the settings, so that it can neither be given on a command line nor be written to a record.
    given = os.environ.get(VARIABLE, "").strip()
    if not given and not is_local:
        raise DeclarationError(
            f"endpoint: --host {host} can be reached from other machines; set {VARIABLE} to a secret of "
            f"{SHORTEST} characters or more that callers give as `Authorization: Bearer …`, or use --host 127.0.0.1"
        )
    if given and len(given) < SHORTEST:
        raise DeclarationError(f"endpoint: {VARIABLE} has less than {SHORTEST} characters; take a longer one")
    if not given.isascii() or not given.isprintable():
        raise DeclarationError(f"endpoint: {VARIABLE} has characters that no header carries; take letters and digits")
    return given or None


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to the first address of a host.

    Raises
    ------
    TidemillError
        When there is no such address here, or the port is taken.
    """
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With the protocol, or asyncio does not take it for TCP, and each answer waits 40 ms for an acknowledgement.
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except (OSError, UnicodeError) as error:  # a name of more letters than there is in one label is none
        if listening:
            listening.close()
        raise TidemillError(
            f"endpoint: cannot listen at {host}:{port} ({error}); try another --port or --host"
        ) from error
    return listening


def is_loopback(listening: socket.socket) -> bool:
    """Tell whether only this machine can reach a socket."""
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def has_token(headers: Mapping[bytes, bytes], wanted: str | None) -> bool:
    """Tell whether a request brings the token; takes as long for a nearly right one as for any other."""
    if wanted is None:
        return True
    scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
    return hmac.compare_digest(given.strip(), wanted.encode()) and scheme.lower() == b"bearer"


class Guard:
    """ASGI middleware: refuses whoever does not bring the token, whatever the path."""

    def __init__(self, app: Any, wanted: str) -> None:
        self._app = app
        self._wanted = wanted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on, or answer it with 401."""
        is_open = scope["type"] != "http" or scope["path"] in OPEN_PATHS
        if is_open or has_token(dict(scope["headers"]), self._wanted):
            await self._app(scope, receive, send)
            return
        refused = JSONResponse(
            {"detail": "give the token as `Authorization: Bearer …`"}, 401, {"WWW-Authenticate": "Bearer"}
        )
        await refused(scope, receive, send)
