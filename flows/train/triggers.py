"""When a classifier is trained: on which trigger, with the numbers of every one that was asked.

Knows the declared triggers. How far data have drifted, `flows/drift.py` measures.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
from cronsim import CronSim

from flows import decisions, drift, records, store, training_rows, warehouse
from flows.declaration import Classifier
from flows.settings import Settings
from flows.sql import literal, quoted

# Of fewer rows with a label the loss says too little; the standard error of a mean loss is then around 0.05 nats.
MINIMUM_SCORED_ROWS = 100


@dataclass(frozen=True)
class Trigger:
    """One question with its answer: the number that was measured, the limit it has to reach, and what was measured."""

    name: str
    fires: bool
    said: str
    measured: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Answer:
    """Which trigger fired (the first that did), and all that were asked."""

    asked: tuple[Trigger, ...]
    fired: Trigger | None = field(default=None)

    @property
    def reason(self) -> str:
        """What was found, as a person reads it."""
        return self.fired.said if self.fired else "; ".join(each.said for each in self.asked)


@dataclass(frozen=True)
class Question:
    """What the triggers of one classifier need to know; `newest` is its newest version."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    classifier: Classifier
    run: records.Run
    newest: store.Manifest | None


def ask(question: Question) -> Answer:
    """Ask the triggers; by hand and where there is no version yet, a training needs no declared one."""
    if question.run.flow == "train" and question.run.parent_run_id is None:
        return _answer(Trigger("command", True, "asked for by hand"))
    if question.newest is None:
        return _answer(Trigger("first", True, "there is no version yet"))
    declared = tuple(_declared(question))
    # Whether rows have changed, shows when they are read for fitting.
    return _answer(*declared) if declared else _answer(Trigger("rows_changed", True, "no trigger is declared"))


def _answer(*asked: Trigger) -> Answer:
    return Answer(asked, next((each for each in asked if each.fires), None))


def _declared(question: Question) -> Iterator[Trigger]:
    training = question.classifier.training
    if question.classifier.schedule:
        yield _schedule(question, question.classifier.schedule)
    if training.new_rows:
        yield _new_rows(question, training.new_rows)
    if training.drift:
        yield _drift(question, training.drift)
    if training.falling_score:
        yield _falling_score(question, training.falling_score)


def _schedule(question: Question, schedule: str) -> Trigger:
    with warehouse.write(question.settings) as connection:
        row = connection.execute(
            f"select max(decided_at) from records.trainings where classifier = {literal(question.classifier.name)} "
            "and decision <> 'not_due'"
        ).fetchone()
    last = row[0] if row else None
    due_at = next(CronSim(schedule, last)) if last else records.now()
    fires = due_at <= records.now()
    return Trigger("schedule", fires, f"{schedule} {'was due' if fires else 'is next due'} at {due_at:%Y-%m-%d %H:%M}")


def _new_rows(question: Question, limit: float) -> Trigger:
    """Compare how many rows have a known target with how many had when the newest version was trained."""
    assert question.newest is not None
    before, now = question.newest.known_rows, known_rows(question.connection, question.classifier)
    new = now - before
    measured = new / max(before, 1) if limit < 1 else float(new)
    return Trigger(
        "new_rows", measured >= limit, f"{new:,} new rows of {now:,} ({limit:g} are needed)", measured, limit
    )


def known_rows(connection: duckdb.DuckDBPyConnection, classifier: Classifier) -> int:
    """Count the published rows whose target is known."""
    row = connection.execute(
        f"select count({quoted(classifier.target)}) from {training_rows.relation(classifier)}"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _standing(question: Question) -> int:
    """Return the version in production, or the newest one where none is deployed."""
    assert question.newest is not None
    return store.deployed_version(question.settings, question.classifier.name) or question.newest.version


def _drift(question: Question, limit: float) -> Trigger:
    version = _standing(question)
    file = store.training_file(question.settings, question.classifier.name, version)
    indices = drift.stability_indices(question.connection, question.classifier, file)
    name, largest = max(indices.items(), key=lambda each: each[1], default=("none", 0.0))
    said = f"feature {name} has drifted furthest from version {version}'s: PSI {largest:.3f} ({limit:g} is needed)"
    return Trigger("drift", largest >= limit, said, largest, limit)


def _falling_score(question: Question, limit: float) -> Trigger:
    version, name = _standing(question), question.classifier.name
    file = store.training_file(question.settings, name, version)
    loss, rows = drift.measured_loss(question.connection, question.classifier, version, file)
    with warehouse.write(question.settings) as connection:
        promised = decisions.recorded_loss(connection, name, version)
    if promised is None or rows < MINIMUM_SCORED_ROWS:
        said = (
            f"{rows} predictions of version {version} have a label; {MINIMUM_SCORED_ROWS} and a deployment are needed"
        )
        return Trigger("falling_score", False, said, None, limit)
    said = f"log loss of version {version} is {loss:.4f} over {rows:,} rows, {promised:.4f} when it was deployed"
    return Trigger(
        "falling_score", loss - promised >= limit, f"{said} ({limit:g} more is needed)", loss - promised, limit
    )
