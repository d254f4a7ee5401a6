"""What `/health` says: 200 as long as any classifier is answered for, and of each what serves and what failed."""

from typing import Any

from flows.endpoint.serving import Board, Standing


def health(board: Board) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and the content.

    `ok`: what is deployed is served. `degraded`: some of it is not, and an older version or another classifier serves
    on. `down`: nothing is served.
    """
    if not board.served():
        why = "no version is deployed; `tidemill run` trains and deploys" if not board.standings else None
        return 503, {"status": "down", "reason": why, "classifiers": _classifiers(board)}
    is_whole = all(each.problem is None for each in board.standings.values())
    content = {"status": "ok" if is_whole else "degraded", "reason": None, "classifiers": _classifiers(board)}
    return 200, content


def _classifiers(board: Board) -> dict[str, Any]:
    return {name: _classifier(each) for name, each in board.standings.items()}


def _classifier(standing: Standing) -> dict[str, Any]:
    served = standing.served
    return {
        "version": served.version if served else None,
        "since": served.since if served else None,
        "problem": standing.problem,
        "failed_at": standing.failed_at,
    }
