"""The verb `train`: fits the declared classifier on the published training rows and stores it as a new version.

Knows the order of the questions: is it due, may it be fitted, would it be the same again. Whether the version is
deployed, `deploy` decides.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import duckdb

from flows import anchor_rows, decisions, records, split, store, training_rows, warehouse
from flows.declaration import Classifier
from flows.settings import Settings
from flows.train import fitting, formula, guards, probes, triggers
from flows.train.fitting import Plan
from flows.train.guards import Findings
from flows.train.pipeline import fit, where
from flows.train.search import Tried
from flows.train.triggers import Answer, Question
from flows.training_rows import Side

__all__ = ["TrainSummary", "fit", "train"]

log = logging.getLogger("tidemill.train")
THRESHOLD = 0.5


@dataclass(frozen=True)
class TrainSummary:
    """What came of one training: the version there is afterwards, or the reason why there is none."""

    classifier: str
    version: int | None
    training_rows: int
    reason: str
    decision: str = "trained"
    fitted_on: str | None = None
    search: Sequence[Tried] = ()


@dataclass(frozen=True)
class Attempt:
    """What every step of one training needs; `newest` is the newest version so far."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    classifier: Classifier
    run: records.Run
    newest: store.Manifest | None
    cuts: tuple[str, ...]

    @property
    def plan(self) -> Plan:
        """On which rows to fit, and how."""
        return fitting.plan(self.connection, self.classifier, self.cuts)


def train(settings: Settings, classifier: Classifier, run: records.Run) -> TrainSummary:
    """Fit the classifier and store it, if a trigger fires, the guards allow it, and it would not be the same again.

    Raises
    ------
    DeclarationError
        When the estimator or its params do not exist, or cannot be fitted on the rows.
    """
    with anchor_rows.published(settings, classifier) as connection:
        newest = _newest(settings, classifier)
        answer = triggers.ask(Question(settings, connection, classifier, run, newest))
        if answer.fired is None:
            attempt = Attempt(settings, connection, classifier, run, newest, ())
            return _recorded(attempt, answer, Findings(), _not_due(attempt, answer))
        cuts = split.extended(connection, classifier, newest.cuts if newest else ())
        attempt = Attempt(settings, connection, classifier, run, newest, cuts)
        findings = guards.check(connection, classifier, cuts)
        return _recorded(attempt, answer, findings, _refused(attempt, findings) or _fitted(attempt))


def _newest(settings: Settings, classifier: Classifier) -> store.Manifest | None:
    newest = store.newest(settings, classifier.name)
    return None if newest is None else store.read_manifest(settings, classifier.name, newest)


def _not_due(attempt: Attempt, answer: Answer) -> TrainSummary:
    assert attempt.newest is not None
    version, rows = attempt.newest.version, attempt.newest.training_rows
    return TrainSummary(attempt.classifier.name, version, rows, f"not due: {answer.reason}", "not_due")


def _refused(attempt: Attempt, findings: Findings) -> TrainSummary | None:
    if findings.refusal is None:
        return None
    reason = f"{where(attempt.classifier)}: {findings.refusal}"
    return TrainSummary(attempt.classifier.name, None, 0, reason, "refused")


def _fitted(attempt: Attempt) -> TrainSummary:
    """Fit and store a version, unless the newest one was fitted on the same rows in the same way."""
    connection, classifier = attempt.connection, attempt.classifier
    wanted = _manifest(attempt)
    same = attempt.newest
    if same and _is_same(same, wanted):
        reason = f"same rows as version {same.version}, not fitted again"
        return TrainSummary(classifier.name, same.version, same.training_rows, reason, "same_rows")
    plan = attempt.plan
    fitted = fitting.fit_planned(connection, classifier, plan)
    seen = probes.seen(classifier, fitted.rows)
    probe_rows = probes.probes(fitted.rows, seen)
    manifest = replace(wanted, params=dict(fitted.params), classes=list(fitted.classes), seen=seen, probes=probe_rows)
    written = formula.write_out(fitted.pipeline, classifier.key, fitted.rows, fitted.classes)
    store.add_version(attempt.settings, fitted.pipeline, manifest, partial(_save, attempt, plan), written)
    return TrainSummary(
        classifier.name, wanted.version, wanted.training_rows, "fitted", fitted_on=plan.said, search=fitted.search
    )


def _save(attempt: Attempt, plan: Plan, path: Path) -> None:
    training_rows.save(attempt.connection, attempt.classifier, plan.side, path)


def _manifest(attempt: Attempt) -> store.Manifest:
    settings, connection, classifier = attempt.settings, attempt.connection, attempt.classifier
    with warehouse.write(settings) as writer:
        last_recorded = decisions.last_version(writer, classifier.name)
    plan = attempt.plan
    side = plan.side
    return store.Manifest(
        classifier=classifier.name,
        version=store.next_version(settings, classifier.name, last_recorded),
        target=classifier.target,
        key=classifier.key,
        time_column=classifier.time_column,
        features={each.name: each.data_type for each in classifier.features},
        estimator=classifier.estimator,
        params=dict(classifier.params),
        threshold=THRESHOLD,
        seed=classifier.gate.seed,
        training_relation=training_rows.relation(classifier),
        training_rows=training_rows.count(connection, classifier, side),
        training_rows_sha256=training_rows.training_sha256(connection, classifier, side),
        held_out_rows=training_rows.count(connection, classifier, Side(True, attempt.cuts)),
        trained_at=records.now().isoformat(),
        run_id=attempt.run.run_id,
        code_version=attempt.run.code_version,
        package_versions=store.package_versions(),
        known_rows=triggers.known_rows(connection, classifier),
        cuts=attempt.cuts,
        streamed_above_rows=classifier.training.rows_in_memory if plan.is_streamed else None,
        keep_training_rows=classifier.training.keep_training_rows,
        recipe_sha256=_recipe_sha256(classifier),
        date_parts={
            each.name: (each.date_column, each.date_part)
            for each in classifier.features
            if each.date_column and each.date_part
        },
    )


def _recipe_sha256(classifier: Classifier) -> str:
    """Hash all that is declared and decides what is fitted on the same rows."""
    training = classifier.training
    recipe = {
        "features": [asdict(each) for each in classifier.features],
        "target": classifier.target,
        "estimator": classifier.estimator,
        "params": classifier.params,
        "search": [training.search, training.folds],
        "rows_in_memory": training.rows_in_memory,
        "seed": classifier.gate.seed,
    }
    return hashlib.sha256(json.dumps(recipe, sort_keys=True, default=str).encode()).hexdigest()


def _is_same(newest: store.Manifest, wanted: store.Manifest) -> bool:
    """Tell whether fitting again would give the newest version again."""
    decisive = ("training_rows_sha256", "recipe_sha256", "package_versions", "code_version")
    return all(getattr(newest, name) == getattr(wanted, name) for name in decisive)


def _recorded(attempt: Attempt, answer: Answer, findings: Findings, summary: TrainSummary) -> TrainSummary:
    """Write what came of it, with the numbers of the triggers; a refusal is one on the classifier's models too."""
    record = records.Training(
        run_id=attempt.run.run_id,
        classifier=summary.classifier,
        decided_at=records.now(),
        fired=answer.fired.name if answer.fired else None,
        triggers={each.name: asdict(each) for each in answer.asked},
        decision=summary.decision,
        reason=summary.reason,
        model_version=summary.version,
        known_rows=triggers.known_rows(attempt.connection, attempt.classifier),
        training_rows=summary.training_rows,
        fitted_on=summary.fitted_on,
        cuts=list(attempt.cuts),
        search=[asdict(each) for each in summary.search],
        warnings=list(findings.warnings),
    )
    with warehouse.write(attempt.settings) as connection:
        records.add(connection, record)
        if summary.decision == "refused":
            records.add(connection, _refusal(attempt, summary))
    _say(findings, summary)
    return summary


def _refusal(attempt: Attempt, summary: TrainSummary) -> records.Model:
    return records.Model(
        run_id=attempt.run.run_id,
        classifier=summary.classifier,
        version=None,
        trained_at=records.now(),
        trigger=attempt.run.trigger,
        training_relation=training_rows.relation(attempt.classifier),
        training_rows=summary.training_rows,
        estimator=attempt.classifier.estimator,
        decision="refused",
        reason=summary.reason,
    )


def _say(findings: Findings, summary: TrainSummary) -> None:
    for warning in findings.warnings:
        log.warning("train: %s: %s", summary.classifier, warning)
    if summary.decision == "refused":
        log.warning("train: %s", summary.reason)
        return
    rows = f"{summary.training_rows:,}"
    log.info("train: %s version %s, %s rows (%s)", summary.classifier, summary.version, rows, summary.reason)
