"""What is served now: one verified version per classifier, replaced whole, and only by another verified one.

A request takes one `Served` and keeps it, so it never sees parts of two. Knows the store. Knows no HTTP.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from flows import store
from flows.endpoint import linear, unseen
from flows.endpoint.limits import Limits
from flows.endpoint.metrics import Metrics
from flows.endpoint.schema import Features, Schema, schema
from flows.endpoint.unseen import Familiar
from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import Answer, Manifest, Mark, Model

log = logging.getLogger("tidemill.endpoint")
# Some causes leave no mark on the version: a key that was unreadable, memory that ran out.
RETRY_SECONDS = 30.0


@dataclass(frozen=True)
class Served:
    """A verified version, ready to answer; `is_quick` where a row costs microseconds."""

    classifier: str
    version: int
    since: str
    deployed_at: str
    manifest: Manifest
    schema: Schema
    familiar: Sequence[Familiar]
    score: Callable[[Sequence[Features]], list[Answer]]
    is_quick: bool


@dataclass(frozen=True)
class Standing:
    """How a classifier stands: what is served, what `deployed` looked like then, and why that could not be served."""

    served: Served | None = None
    mark: Mark | None = None
    problem: str | None = None
    failed_at: str | None = None
    tried: float = 0.0


@dataclass(frozen=True)
class Board:
    """Every classifier of the store that was ever deployed, by name."""

    standings: Mapping[str, Standing] = field(default_factory=dict)

    def served(self) -> dict[str, Served]:
        """Return what is served."""
        return {name: each.served for name, each in self.standings.items() if each.served}


class Serving:
    """Holds the board, and brings it in line with the store when `refresh` is called."""

    def __init__(self, settings: Settings, limits: Limits, metrics: Metrics) -> None:
        self._settings = settings
        self._limits = limits
        self._metrics = metrics
        self.board = Board()

    def refresh(self) -> None:
        """Verify and take over what is newly deployed; what cannot be verified leaves the old one in place."""
        before = self.board.standings
        names = sorted({*self._stored(), *before})
        found = {name: self._looked_at(name, before.get(name, Standing())) for name in names}
        self.board = Board({name: each for name, each in found.items() if each.served or each.problem})

    def _stored(self) -> list[str]:
        try:
            return store.classifiers(self._settings)
        except OSError as error:  # it must not end the watch; what is served is looked at, and says what is wrong
            log.warning("endpoint: models_store cannot be read (%s)", error)
            return []

    def _looked_at(self, name: str, before: Standing) -> Standing:
        mark = store.deployed_mark(self._settings, name)
        if mark == before.mark and (before.problem is None or time.monotonic() - before.tried < RETRY_SECONDS):
            return before
        try:
            served = _verified(self._settings, name, self._limits, before.served)
        except Exception as error:  # whatever it is, it must not end the watch; it is said, and the old one serves on
            return self._failed(name, replace(before, mark=mark), error)
        self._metrics.serves(name, served.version)
        log.info("endpoint: %s version %d is served", name, served.version)
        return Standing(served, mark)

    def _failed(self, name: str, before: Standing, error: Exception) -> Standing:
        self._metrics.failed(name)
        serving_on = f"version {before.served.version} is served on" if before.served else "nothing is served"
        log.warning("endpoint: %s: %s: %s", name, serving_on, error, exc_info=not isinstance(error, TidemillError))
        return replace(before, problem=str(error), failed_at=_now(), tried=time.monotonic())


def _verified(settings: Settings, name: str, limits: Limits, before: Served | None) -> Served:
    deployed = store.stated(settings, name)
    if before and deployed.deployed_at < before.deployed_at:
        raise TidemillError(
            f"models_store/{name}/deployment.json: an earlier deployment, of version {deployed.version}, was put back; "
            "`tidemill deploy` puts the recorded one in its place"
        )
    version, model = deployed.version, store.load(settings, name, deployed.version)
    is_same = before is not None and before.manifest.model_sha256 == model.manifest.model_sha256
    since = before.since if before and is_same and before.version == version else _now()
    by_coefficients = linear.scorer(model)
    return Served(
        classifier=name,
        version=version,
        since=since,
        deployed_at=deployed.deployed_at,
        manifest=model.manifest,
        schema=schema(model.manifest, limits.rows),
        familiar=unseen.familiar(model.manifest),
        score=by_coefficients or _by_pickle(model),
        is_quick=by_coefficients is not None,
    )


def _by_pickle(model: Model) -> Callable[[Sequence[Features]], list[Answer]]:
    def score(rows: Sequence[Features]) -> list[Answer]:
        answers: list[Answer] = model.probabilities(store.feature_frame(model.manifest, rows)).tolist()
        return answers

    return score


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
