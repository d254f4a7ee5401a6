"""The verb `deploy`: the newest version replaces the deployed one only if it is shown to be better.

Champion, challenger and a dummy are scored now, on the same held-out rows. The record of the decision is written
first and the link follows it, so that a run that is killed between the two is finished by the next one.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb
import numpy as np

from flows import evaluate, records, store, training_rows, warehouse
from flows.declaration import Classifier
from flows.errors import TidemillError
from flows.evaluate import Array, Bootstrap, Interval
from flows.settings import Settings
from flows.training_rows import Rows

log = logging.getLogger("tidemill.deploy")


@dataclass(frozen=True)
class DeploySummary:
    """What was decided on a classifier, why, and how it scores; `deployed` is the version in production afterwards."""

    classifier: str
    decision: str
    reason: str
    deployed: int | None
    scores: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The gate's answer and the improvement in log loss (nats) it rests on."""

    decision: str
    reason: str
    improvement: Interval | None = None


def deploy(settings: Settings, classifier: Classifier, run: records.Run) -> DeploySummary:
    """Decide on the newest version, record the decision, and swap the link if it is to be deployed."""
    with warehouse.write(settings) as connection:
        champion = _champion(connection, settings, classifier)
        refusal = _refusal(connection, classifier, run)
    newest = max(store.versions(settings, classifier.name), default=None)
    if refusal:
        summary = DeploySummary(classifier.name, "refused", refusal, champion)
    elif newest is None:
        summary = DeploySummary(classifier.name, "keep", "no version is trained yet; run `tidemill train`", None)
    elif newest == champion or _is_decided(settings, classifier, newest):
        summary = _keep_without_change(settings, classifier, champion, newest)
    else:
        summary = _decide(settings, classifier, run, newest, champion)
    log.info("deploy: %s %s (%s)", summary.classifier, summary.decision, summary.reason)
    return summary


def _champion(connection: duckdb.DuckDBPyConnection, settings: Settings, classifier: Classifier) -> int | None:
    """Return the deployed version by the records; the link is brought in line with them where a run was killed."""
    row = connection.execute(
        "select arg_max(version, deployed_at) from records.deployments where classifier = ?", [classifier.name]
    ).fetchone()
    linked = store.deployed_version(settings, classifier.name)
    if row is None or row[0] is None:
        return linked
    if row[0] != linked:
        store.deploy(settings, classifier.name, row[0])
    return int(row[0])


def _refusal(connection: duckdb.DuckDBPyConnection, classifier: Classifier, run: records.Run) -> str | None:
    """Return why this run's training was refused, if it was."""
    row = connection.execute(
        "select reason from records.models where run_id = ? and classifier = ? and decision = 'refused'",
        [run.run_id, classifier.name],
    ).fetchone()
    return str(row[0]) if row else None


def _is_decided(settings: Settings, classifier: Classifier, version: int) -> bool:
    with warehouse.write(settings) as connection:
        row = connection.execute(
            "select count(*) from records.models where classifier = ? and version = ?", [classifier.name, version]
        ).fetchone()
    return bool(row and row[0])


def _keep_without_change(
    settings: Settings, classifier: Classifier, champion: int | None, newest: int
) -> DeploySummary:
    reason = f"version {newest} is {'deployed' if newest == champion else 'decided'} and nothing newer is trained"
    scores = _scores(settings, classifier, champion) if champion else {}
    return DeploySummary(classifier.name, "keep", reason, champion, scores)


def _decide(
    settings: Settings, classifier: Classifier, run: records.Run, newest: int, champion: int | None
) -> DeploySummary:
    rows = _held_out(settings, classifier)
    bootstrap = _bootstrap(classifier)
    challenger = _probabilities(settings, classifier, newest, rows)
    dummy = np.full(len(challenger), rows.events / len(challenger))
    rival, rival_name = dummy, "the dummy"
    if champion is not None:
        try:
            rival, rival_name = _probabilities(settings, classifier, champion, rows), f"version {champion}"
        except TidemillError as error:
            rival_name = f"the dummy, because version {champion} cannot score these rows: {error}"
    decision = gate(classifier, rows, challenger, rival, dummy, rival_name)
    scores = _intervals(rows, challenger, bootstrap)
    metrics = {name: asdict(interval) for name, interval in scores.items()}
    if decision.improvement:
        metrics["log_loss_improvement"] = asdict(decision.improvement)
    _record(settings, classifier, run, newest, champion, decision, metrics)
    if decision.decision != "promote":
        in_production = _scores(settings, classifier, champion) if champion else scores
        return DeploySummary(classifier.name, decision.decision, decision.reason, champion, in_production)
    store.deploy(settings, classifier.name, newest)
    return DeploySummary(classifier.name, "promote", decision.reason, newest, scores)


def gate(
    classifier: Classifier, rows: Rows, challenger: Array, rival: Array, dummy: Array, rival_name: str
) -> Decision:
    """Decide whether the challenger replaces what is there, by a paired bootstrap on the log loss.

    Parameters
    ----------
    challenger, rival, dummy
        Probabilities of the same held-out rows; the dummy's are the share of events.
    rival_name
        Whom the challenger is compared with, for the reason.

    Notes
    -----
    Promoted only if the lower bound of the mean improvement over the rival, and over the dummy, is above zero. With
    fewer than `minimum_events` events or non-events the interval itself cannot be trusted, so nothing is decided.
    """
    fewest = min(rows.events, rows.non_events)
    if fewest < classifier.gate.minimum_events:
        return Decision(
            "insufficient_evidence",
            f"{rows.events} events and {rows.non_events} non-events are held out; "
            f"{classifier.gate.minimum_events} of each are needed",
        )
    target, bootstrap = rows.target.to_numpy(np.float64), _bootstrap(classifier)
    losses = evaluate.log_losses(target, challenger)
    improvement = evaluate.mean_interval(evaluate.log_losses(target, rival) - losses, bootstrap)
    over_dummy = evaluate.mean_interval(evaluate.log_losses(target, dummy) - losses, bootstrap)
    if over_dummy.lower <= 0:
        reason = f"not shown to be better than the dummy: log loss improves on it by {over_dummy}"
        return Decision("keep", reason, improvement)
    measured = f"log loss improves on {rival_name} by {improvement}"
    if improvement.lower > 0:
        return Decision("promote", measured, improvement)
    return Decision("keep", f"not shown to be better: {measured}", improvement)


def _bootstrap(classifier: Classifier) -> Bootstrap:
    return Bootstrap(classifier.gate.bootstrap_rounds, classifier.gate.confidence, classifier.gate.seed)


def _held_out(settings: Settings, classifier: Classifier) -> Rows:
    with warehouse.read_published(settings) as connection:
        return training_rows.read(connection, classifier, is_held_out=True)


def _probabilities(settings: Settings, classifier: Classifier, version: int, rows: Rows) -> Array:
    model = store.load(settings, classifier.name, version)
    missing = [name for name in model.manifest.features if name not in rows.features]
    if missing:
        raise TidemillError(f"version {version} needs the features {', '.join(missing)}, which are declared no more")
    probabilities: Array = model.pipeline.predict_proba(rows.features[list(model.manifest.features)])[:, 1]
    return probabilities


def _scores(settings: Settings, classifier: Classifier, version: int) -> Mapping[str, Interval]:
    """Score the deployed version; empty where it cannot score these rows any more."""
    rows = _held_out(settings, classifier)
    try:
        return _intervals(rows, _probabilities(settings, classifier, version, rows), _bootstrap(classifier))
    except TidemillError as error:
        log.warning("deploy: %s", error)
        return {}


def _intervals(rows: Rows, probability: Array, bootstrap: Bootstrap) -> dict[str, Interval]:
    target = rows.target.to_numpy(np.float64)
    roc_auc, average_precision = evaluate.ranking_intervals(target, probability, bootstrap)
    return {
        "log_loss": evaluate.mean_interval(evaluate.log_losses(target, probability), bootstrap),
        "brier": evaluate.mean_interval((probability - target) ** 2, bootstrap),
        "roc_auc": roc_auc,
        "average_precision": average_precision,
    }


def _record(
    settings: Settings,
    classifier: Classifier,
    run: records.Run,
    version: int,
    champion: int | None,
    decision: Decision,
    metrics: Mapping[str, Any],
) -> None:
    """Write the decision and, in the same transaction, the deployment it means."""
    manifest = store.read_manifest(settings, classifier.name, version)
    model = records.Model(
        run_id=run.run_id,
        classifier=classifier.name,
        version=version,
        trained_at=records.now(),
        trigger=run.trigger,
        training_relation=manifest.training_relation,
        training_rows=manifest.training_rows,
        training_rows_sha256=manifest.training_rows_sha256,
        training_rows_location=str(settings.published_file),
        held_out_rows=manifest.held_out_rows,
        features=list(manifest.features),
        estimator=manifest.estimator,
        params=manifest.params,
        metrics=metrics,
        package_versions=manifest.package_versions,
        seed=manifest.seed,
        code_version=manifest.code_version,
        champion_version=champion,
        decision=decision.decision,
        reason=decision.reason,
    )
    with warehouse.write(settings) as connection:
        connection.begin()
        records.add(connection, model)
        if decision.decision == "promote":
            swap = records.Deployment(run.run_id, classifier.name, version, champion, records.now(), "promote")
            records.add(connection, swap)
        connection.commit()
