"""How far a long step is, told to whoever listens: the console draws a bar on a terminal, otherwise nobody does.

Carried by a logger of its own, so that a step needs to know neither the terminal nor who called it.
"""

import logging

log = logging.getLogger("progress.tidemill")
log.propagate = False
log.addHandler(logging.NullHandler())


def report(what: str, done: int = 0, total: int | None = None) -> None:
    """Tell what is being done and how much of it is; no total where nobody knows it."""
    log.info(what, extra={"done": done, "total": total})
