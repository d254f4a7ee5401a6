"""Asks a place again where it broke off or was out of order: a few times, after a longer wait each time.

Object stores are not asked again here: their own libraries do.
"""

import errno
import ftplib
from collections.abc import Callable
from typing import Any, TypeVar

from urllib3.util import Retry

from flows.declaration import Source
from flows.ingest.places.connect import forget, open_place
from flows.ingest.places.locations import OBJECT_STORES, PlaceError, scheme

TRIES_MORE, BACKOFF_SECONDS = 3, 0.5  # it waits 0, 1 and 2 seconds
SERVER_ERROR = 500
# What speaks of us or of the file, whenever it is asked for.
SETTLED = (PlaceError, FileNotFoundError, PermissionError)
FULL = (errno.ENOSPC, errno.EDQUOT)
# By their names, because their libraries may be missing.
BROKEN_OFF = {"ClientConnectionError", "ClientPayloadError", "SSHException"}
TURNED_AWAY = {"AuthenticationException"}

Answer = TypeVar("Answer")


def ask(source: Source, location: str, question: Callable[[Any], Answer]) -> Answer:
    """Ask the file system at a location, and again where that may help."""
    tries = Retry(0 if scheme(location) in OBJECT_STORES else TRIES_MORE, backoff_factor=BACKOFF_SECONDS)
    while True:
        try:
            return _ask_once(source, location, question)
        except Exception as error:  # every library has its own errors, without a common base
            if not tries.total or not _may_pass(error):
                raise
            tries = tries.increment(error=error)
        tries.sleep()


def _ask_once(source: Source, location: str, question: Callable[[Any], Answer]) -> Answer:
    filesystem, _ = open_place(source, location)
    try:
        return question(filesystem)
    except Exception:  # raised again; whatever it was, the connection may still hold the answer to this question
        forget(filesystem)
        raise


def _may_pass(error: Exception) -> bool:
    """Tell whether asking again may be answered otherwise: a server out of order, a connection that broke off."""
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return status >= SERVER_ERROR
    if isinstance(error, OSError):
        return not isinstance(error, SETTLED) and error.errno not in FULL
    names = {each.__name__ for each in type(error).__mro__}
    return isinstance(error, EOFError | ftplib.error_temp) or bool(names & BROKEN_OFF and not names & TURNED_AWAY)
