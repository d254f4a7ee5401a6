"""How far a long step is, told to whoever listens: `bar.py` draws it on a terminal, and writes lines elsewhere.

Carried by a logger of its own, so that a step needs to know neither the terminal nor who called it; every function
may be called in any thread.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger("progress.tidemill")
log.propagate = False
log.addHandler(logging.NullHandler())
SECONDS_BETWEEN_QUESTIONS = 0.5
_thread = threading.local()


def report(what: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
    """Tell what is being done and how much of it is; no total where nobody knows it.

    Parameters
    ----------
    what
        What is being done, such as `ingest orders.csv`.
    done, total
        How much of how much.
    unit
        What is counted; `bytes` gets a speed and the time remaining.
    """
    log.info(what, extra={"done": done, "total": total, "unit": unit})


def advance(amount: int) -> None:
    """Tell that so much more is done of what was reported last."""
    if amount and log.isEnabledFor(logging.INFO):
        log.info("", extra={"amount": amount})


@contextmanager
def advancing(amount: int) -> Iterator[None]:
    """Advance by an amount while the context lasts: bit by bit where its thread calls `passed`, else at its end."""
    _thread.amount, _thread.done = amount, 0
    try:
        yield
    finally:
        advance(amount - _thread.done)
        del _thread.amount


def passed(share: float) -> None:
    """Tell that this share of what this thread is advancing through lies behind it, if it is advancing at all."""
    if hasattr(_thread, "amount"):
        step = min(int(_thread.amount * share), _thread.amount - _thread.done)
        _thread.done += step
        advance(step)


@contextmanager
def following(amount: int, percent: Callable[[], float]) -> Iterator[None]:
    """Advance by an amount while the context lasts, as `percent()` grows; where nobody listens, nobody asks."""
    done, ended = 0, threading.Event()

    def follow() -> None:
        nonlocal done
        while not ended.wait(SECONDS_BETWEEN_QUESTIONS):
            reached = int(amount * min(percent(), 100) / 100)
            advance(max(reached - done, 0))
            done = max(reached, done)

    follower = threading.Thread(target=follow, daemon=True)
    if log.isEnabledFor(logging.INFO):
        follower.start()
    try:
        yield
    finally:
        ended.set()
        if follower.ident:
            follower.join()
        advance(amount - done)
