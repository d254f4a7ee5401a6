"""The verb `deploy`: the newest version replaces the deployed one only if it is shown to be better.

Champion, challenger and a dummy are scored now, on the same held-out rows; `gate.py` holds the rule. The record of the
decision is written first and the link follows it, so that a run that is killed between the two is finished by the next.
"""

import logging
from dataclasses import asdict, dataclass, field
from datetime import datetime

from flows import decisions, deployments, gate, records, retention, store, warehouse
from flows.declaration import Classifier
from flows.deploy import card, contests, held_out, scoring
from flows.deploy.contests import Standing
from flows.deploy.scoring import Scores
from flows.errors import TidemillError
from flows.gate import Contest, Decision
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
    scores: Scores = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """What every step of one decision needs."""

    settings: Settings
    classifier: Classifier
    run: records.Run
    rows: Rows
    anchor: Rows | None


def deploy(settings: Settings, classifier: Classifier, run: records.Run) -> DeploySummary:
    """Decide on the newest version, record the decision, and swap the link if it is to be deployed."""
    with warehouse.write(settings) as connection:
        refusal = decisions.refusal(connection, classifier.name, run.run_id)
    newest = store.newest(settings, classifier.name)
    if refusal:
        deployed = store.deployed_version(settings, classifier.name)
        summary = DeploySummary(classifier.name, "refused", refusal, deployed)
    elif newest is None:
        summary = DeploySummary(classifier.name, "keep", "no version is trained yet; run `tidemill train`", None)
    else:
        rows, anchor = held_out.read(settings, classifier, newest), held_out.read_anchor(settings, classifier)
        summary = _weigh(Stage(settings, classifier, run, rows, anchor), newest)
    log.info("deploy: %s %s (%s)", summary.classifier, summary.decision, summary.reason)
    retention.let_go(settings, classifier.name)
    return summary


def _weigh(stage: Stage, newest: int) -> DeploySummary:
    standing = _standing(stage)
    if newest == standing.champion or _is_decided(stage, newest, standing):
        return _keep_without_change(stage, newest, standing)
    return _decide(stage, newest, standing)


def _standing(stage: Stage) -> Standing:
    """Return what is deployed by the records; the store is brought in line with them where a run was killed.

    Where they know nothing of what is deployed, or the store has lost what they name, the store is believed.
    """
    name = stage.classifier.name
    with warehouse.write(stage.settings) as connection:
        recorded = decisions.deployed(connection, name)
    in_store = store.deployed_version(stage.settings, name)
    if recorded and store.holds(stage.settings, name, recorded.version, recorded.model_sha256):
        _put_in_place(stage, recorded.version)
        return Standing(recorded.version)
    lost = recorded.version if recorded else None
    if in_store is not None:
        _record_found(stage, in_store, lost)
        _put_in_place(stage, in_store)
    elif lost is not None:
        log.warning("deploy: %s version %d was deployed, but models_store has lost it", name, lost)
    return Standing(in_store, lost)


def _put_in_place(stage: Stage, version: int) -> None:
    """State and link what is deployed, where another is; a version that does not load any more has to be replaced."""
    if not store.is_in_place(stage.settings, stage.classifier.name, version):
        try:
            store.deploy(stage.settings, stage.classifier.name, version)
        except TidemillError as error:
            log.warning("deploy: %s version %d is not put in its place: %s", stage.classifier.name, version, error)


def _record_found(stage: Stage, version: int, previous: int | None) -> None:
    """Record anew a version that is deployed, after the warehouse or a part of the store was replaced."""
    found = Decision("found", "found", "found deployed in models_store, without a record of it; not judged again")
    log.warning("deploy: %s version %d was %s", stage.classifier.name, version, found.reason)
    _record(stage, version, previous, found, _scores(stage, version))


def _is_decided(stage: Stage, version: int, standing: Standing) -> bool:
    """Tell whether a decision on this version still stands."""
    manifest = store.read_manifest(stage.settings, stage.classifier.name, version)
    with warehouse.write(stage.settings) as connection:
        sha256 = gate.settings_sha256(stage.classifier.gate, stage.classifier.drift)
        past = decisions.past(connection, stage.classifier.name, manifest.model_sha256, sha256)
    return any(_still_stands(each, stage, standing) for each in past)


def _still_stands(past: decisions.Past, stage: Stage, standing: Standing) -> bool:
    is_lost = standing.champion is None and standing.lost is not None
    # Nothing is deployed any more: neither a promotion nor a comparison with what is lost tells what to do now.
    if is_lost and (past.decision in decisions.DEPLOYS or past.champion_version is not None):
        return False
    return past.decision != "insufficient_evidence" or past.held_out_rows == len(stage.rows.target)


def _keep_without_change(stage: Stage, newest: int, standing: Standing) -> DeploySummary:
    is_deployed = newest == standing.champion
    reason = f"version {newest} is {'deployed' if is_deployed else 'decided'} and nothing newer is trained"
    scores = _scores(stage, standing.champion) if standing.champion else {}
    return DeploySummary(stage.classifier.name, "keep", reason, standing.champion, scores)


def _decide(stage: Stage, newest: int, standing: Standing) -> DeploySummary:
    decision, contest, scores = _judge(stage, newest, standing)
    card.keep(
        stage.settings, store.read_manifest(stage.settings, stage.classifier.name, newest), decision, contest, scores
    )
    _record(stage, newest, standing.champion, decision, scores)
    deployed = standing.champion
    if decision.is_promotion:
        store.deploy(stage.settings, stage.classifier.name, newest)
        deployed = newest
    elif deployed is not None:
        scores = _scores(stage, deployed)
    return DeploySummary(stage.classifier.name, decision.decision, decision.reason, deployed, scores)


def _judge(stage: Stage, newest: int, standing: Standing) -> tuple[Decision, Contest, Scores]:
    settings, classifier, rows = stage.settings, stage.classifier, stage.rows
    contest = contests.contest(settings, classifier, rows, stage.anchor, newest, standing)
    withdrawn = deployments.withdrawn(settings, classifier.name, newest)
    decision = Decision("keep", "withdrawn", withdrawn) if withdrawn else gate.judge(classifier.gate, contest)
    return decision, contest, scoring.intervals(classifier, rows, contest.challenger)


def _scores(stage: Stage, version: int) -> Scores:
    """Score a version; empty where it cannot score these rows any more."""
    try:
        scored = scoring.contestant(stage.settings, stage.classifier, stage.rows, version)
    except TidemillError as error:
        log.warning("deploy: %s", error)
        return {}
    return scoring.intervals(stage.classifier, stage.rows, scored)


def _record(stage: Stage, version: int, champion: int | None, decision: Decision, scores: Scores) -> None:
    """Write the decision and, in the same transaction, the deployment it means."""
    name, run, now = stage.classifier.name, stage.run, records.now()
    manifest = store.read_manifest(stage.settings, name, version)
    model = _model(stage, manifest, champion, decision, scores)
    kind, why = "promote" if decision.is_promotion else decision.decision, decision.reason
    sha256, signature = manifest.model_sha256, manifest.signature
    swap = records.Deployment(run.run_id, name, version, champion, now, kind, why, signature, sha256)
    with warehouse.write(stage.settings) as connection:
        decisions.write(connection, model, swap if decision.decision in decisions.DEPLOYS else None)


def _model(
    stage: Stage, manifest: store.Manifest, champion: int | None, decision: Decision, scores: Scores
) -> records.Model:
    evidence = decision.evidence
    measured = dict(scores) | ({"log_loss_improvement": evidence.improvement} if evidence else {})
    return records.Model(
        run_id=stage.run.run_id,
        classifier=manifest.classifier,
        version=manifest.version,
        trained_at=datetime.fromisoformat(manifest.trained_at),
        trigger=stage.run.trigger,
        training_relation=manifest.training_relation,
        training_rows=manifest.training_rows,
        training_rows_sha256=manifest.training_rows_sha256,
        training_rows_location=str(store.training_file(stage.settings, manifest.classifier, manifest.version)),
        training_file_sha256=manifest.training_file_sha256,
        model_sha256=manifest.model_sha256,
        held_out_rows=len(stage.rows.target),
        features=list(manifest.features),
        estimator=manifest.estimator,
        params=manifest.params,
        metrics={name: asdict(interval) for name, interval in measured.items()},
        package_versions=manifest.package_versions,
        seed=manifest.seed,
        gate=asdict(stage.classifier.gate),
        code_version=manifest.code_version,
        champion_version=champion,
        decision=decision.decision,
        rule=decision.rule,
        reason=decision.reason,
        evidence=asdict(evidence) if evidence else None,
        gate_sha256=gate.settings_sha256(stage.classifier.gate, stage.classifier.drift),
    )
