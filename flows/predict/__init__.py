"""The verb `predict`: scores the published rows with the deployed classifier, in the warehouse where it has an SQL.

Writes `marts.<classifier>_predictions` in the warehouse; whoever calls publishes it. Knows what is scored with what and
records which way it went, or why it was refused.
"""

import logging
from dataclasses import dataclass, replace

import duckdb

from flows import decisions, infinite_features, progress, records, store, training_rows, warehouse
from flows.amounts import amount
from flows.declaration import Classifier, Declaration
from flows.errors import TidemillError
from flows.predict import predictions
from flows.predict.predictions import Scoring
from flows.settings import Settings

log = logging.getLogger("tidemill.predict")
WAYS = {"sql": "by SQL", "pickle": "through the pickle"}


@dataclass(frozen=True)
class PredictSummary:
    """How many rows which version has scored, and which way; no version where none is trusted, no way if refused."""

    classifier: str
    version: int | None
    rows_scored: int
    way: str | None = None
    reason: str | None = None
    shadow_version: int | None = None
    shadow_reason: str | None = None

    @property
    def refusal(self) -> str | None:
        """Why the deployed version was not let to score these rows."""
        return self.reason if self.way is None else None

    @property
    def said(self) -> str:
        """What was done, in a few words."""
        if self.refusal:
            return f"refused ({self.refusal})"
        if self.way is None:
            return "nothing is deployed yet"
        return f"{amount(self.rows_scored, 'row')} scored by version {self.version}, {WAYS[self.way]}"


def relations(declaration: Declaration) -> list[str]:
    """Return the predictions of every declared classifier."""
    return [each.predictions for each in declaration.classifiers]


def predict(settings: Settings, classifier: Classifier, run: records.Run) -> PredictSummary:
    """Score every row of the published table; the predictions change whole or not at all.

    What cannot be scored, such as rows with an infinite number, is refused and recorded; past predictions stay.

    Raises
    ------
    TidemillError
        When what is deployed cannot be verified, or is not what the records say.
    """
    version = store.deployed_version(settings, classifier.name)
    if version is None:
        return _nothing_scored(settings, classifier.name)
    model = store.load(settings, classifier.name, version)
    progress.report(f"predict {classifier.name}")
    with warehouse.write(settings) as connection:
        _refuse_another_than_recorded(connection, model.manifest)
        warehouse.attach(connection, settings.published_file, "published_rows")
        source = f"published_rows.{training_rows.relation(classifier)}"
        scoring = Scoring(classifier, model, source, records.now(), *_challenger(settings, classifier, version))
        summary = _scored_or_refused(connection, scoring)
        connection.execute("detach published_rows")
        records.add(connection, _record(run, scoring, summary))
    _say(summary)
    return summary


def _nothing_scored(settings: Settings, classifier: str) -> PredictSummary:
    """Tell that none is deployed yet from one that is and may be anybody's."""
    why = store.why_not_trusted(settings, classifier)
    if why is None:
        log.info("predict: %s is not deployed yet, nothing is scored", classifier)
        return PredictSummary(classifier, None, 0)
    reason = f"what is deployed of {classifier} is not trusted: {why}"
    log.warning("predict: %s", reason)
    return PredictSummary(classifier, None, 0, reason=reason)


def _refuse_another_than_recorded(connection: duckdb.DuckDBPyConnection, manifest: store.Manifest) -> None:
    """Refuse an older version that was put in the place of the deployed one: it is signed too."""
    recorded = decisions.deployed(connection, manifest.classifier)
    if recorded and (recorded.version, recorded.model_sha256) != (manifest.version, manifest.model_sha256):
        raise TidemillError(
            f"predict: by models_store/{manifest.classifier} version {manifest.version} is deployed, but version "
            f"{recorded.version} was deployed (model {recorded.model_sha256[:12]}…); `tidemill deploy` puts it back"
        )


def _scored_or_refused(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> PredictSummary:
    name, manifest = scoring.classifier.name, scoring.model.manifest
    try:
        _refuse_other_features(scoring.classifier, manifest)
        infinite_features.refuse(connection, scoring.classifier, scoring.source)
        rows, done = _written(connection, scoring)
    except TidemillError as refusal:
        return PredictSummary(name, manifest.version, 0, reason=str(refusal))
    reason, shadow = done.by_pickle_because, done.shadow.manifest.version if done.shadow else None
    return PredictSummary(
        name, manifest.version, rows, "pickle" if reason else "sql", reason, shadow, done.shadow_reason
    )


def _written(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> tuple[int, Scoring]:
    """Score the rows, without the challenger where that fails."""
    if scoring.shadow is not None:
        try:
            return predictions.write(connection, scoring), scoring
        except Exception as error:  # whatever a challenger raises, it does not stop the deployed version
            scoring = replace(scoring, shadow=None, shadow_reason=str(error))
    return predictions.write(connection, scoring), scoring


def _challenger(settings: Settings, classifier: Classifier, deployed: int) -> tuple[store.Model | None, str | None]:
    """Return the newest version that is not deployed, or the reason why none can score these rows."""
    if not classifier.has_shadow:
        return None, None
    version = store.newest(settings, classifier.name, other_than=deployed)
    if version is None:
        return None, "there is no version beside the deployed one"
    try:
        model = store.load(settings, classifier.name, version)
        _refuse_other_features(classifier, model.manifest)
    except TidemillError as error:
        return None, str(error)
    return model, None


def _refuse_other_features(classifier: Classifier, manifest: store.Manifest) -> None:
    """Refuse rows that lack a feature of the version, or have it as another kind, such as a text for a number.

    A target that is of several classes now, or was, is another one.
    """
    if bool(manifest.classes) != classifier.is_multi_class:
        raise TidemillError(
            f"{classifier.declared_in}: exposure {classifier.name}: version {manifest.version} was trained when the "
            "target was of another type; train again"
        )
    declared = {each.name: each.kind for each in classifier.features}
    kinds = {name: each.kind for name, each in manifest.seen.items()}
    differing = sorted(name for name, kind in kinds.items() if declared.get(name) != kind)
    if differing:
        raise TidemillError(
            f"{classifier.declared_in}: exposure {classifier.name}: version {manifest.version} needs "
            f"{', '.join(f'{name} ({kinds[name]})' for name in differing)}, which is declared no more, or as another "
            "kind; train again"
        )


def _record(run: records.Run, scoring: Scoring, summary: PredictSummary) -> records.Prediction:
    return records.Prediction(
        run_id=run.run_id,
        classifier=summary.classifier,
        version=scoring.model.manifest.version,
        decision="refused" if summary.refusal else "scored",
        way=summary.way,
        reason=summary.reason,
        rows=summary.rows_scored,
        scored_at=scoring.scored_at,
        shadow_version=summary.shadow_version,
        shadow_reason=summary.shadow_reason,
    )


def _say(summary: PredictSummary) -> None:
    if summary.way is None:
        log.warning("predict: %s", summary.reason)
        return
    rows, way = amount(summary.rows_scored, "row"), WAYS[summary.way]
    log.info("predict: %s version %s scored %s %s", summary.classifier, summary.version, rows, way)
    if summary.shadow_version:
        log.info("predict: %s version %s scored them in the shadow", summary.classifier, summary.shadow_version)
    elif summary.shadow_reason:
        log.warning("predict: %s has no challenger's scores: %s", summary.classifier, summary.shadow_reason)
