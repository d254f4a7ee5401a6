"""When a classifier is trained: on which trigger, with the numbers of every one that was asked.

Knows the declared triggers. How far data have drifted, `flows/drift.py` measures.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
from cronsim import CronSim

from flows import drift, records, store, training_rows, warehouse
from flows.amounts import amount
from flows.declaration import Classifier
from flows.settings import Settings
from flows.sql import count_rows, literal, quoted
from flows.train import fitting


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
    """Count the rows since the newest version: how many there are more, or how many it has not learned from if more.

    So rows that took the place of others count too; among those held out they cannot be told.
    """
    assert question.newest is not None
    before, now = question.newest.known_rows, known_rows(question.connection, question.classifier)
    new = max(now - before, _not_learned_from(question, question.newest))
    measured = new / max(before, 1) if limit < 1 else float(new)
    return Trigger(
        "new_rows", measured >= limit, f"{amount(new, 'new row')} of {now:,} ({limit:g} are needed)", measured, limit
    )


def _not_learned_from(question: Question, newest: store.Manifest) -> int:
    """Count the training rows whose key is in none of the newest version's."""
    file = store.training_file(question.settings, newest.classifier, newest.version)
    if not file.exists():
        return 0
    connection, classifier = question.connection, question.classifier
    side = fitting.plan(connection, classifier, newest.cuts).side
    mine = training_rows.unordered(connection, classifier, side)
    key = f"cast(mine.{quoted(classifier.key)} as varchar)"
    return count_rows(connection, f"({mine}) as mine anti join {training_rows.saved(file)} as learned on _key = {key}")


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
    """Ask for the feature that drifted furthest among those whose drift is more than chance."""
    version = _standing(question)
    file = store.training_file(question.settings, question.classifier.name, version)
    columns = drift.column_drift(question.connection, question.classifier, file) if file.exists() else ()
    found = [each for each in columns if each.kind == "feature"]
    if not found:
        return Trigger("drift", False, f"there is nothing to compare with version {version}'s rows", None, limit)
    chance = question.classifier.drift.p_value
    largest = max(found, key=lambda each: (each.p_value_adjusted < chance, each.size))
    fires = largest.size >= limit and largest.p_value_adjusted < chance
    said = (
        f"feature {largest.column} has drifted furthest from version {version}'s: PSI {largest.size:.3f} "
        f"({limit:g} is needed), p {largest.p_value_adjusted:.2g} ({chance:g})"
    )
    return Trigger("drift", fires, said, largest.size, limit)


def _falling_score(question: Question, limit: float) -> Trigger:
    version = _standing(question)
    found = drift.loss_drift(question.connection, question.classifier, version)
    if found is None:
        said = f"too few predictions of version {version} have a label, or it was never decided on"
        return Trigger("falling_score", False, said, None, limit)
    fires = found.size >= limit and found.p_value < question.classifier.drift.p_value
    said = (
        f"log loss of version {version} is {found.now:.4f} over {found.rows_now:,} rows, {found.then:.4f} when it was "
        f"decided on ({limit:g} more is needed), p {found.p_value:.2g} ({question.classifier.drift.p_value:g})"
    )
    return Trigger("falling_score", fires, said, found.size, limit)
