"""The verb `predict`: scores the published rows with the deployed classifier, in the warehouse where it has an SQL.

Writes `marts.<classifier>_predictions` in the warehouse; whoever calls publishes it. Knows what is scored with what and
records which way it went, or why it was refused.
"""

import logging
from dataclasses import dataclass

import duckdb

from flows import decisions, predictions, progress, records, store, training_rows, warehouse
from flows.declaration import Classifier, Declaration
from flows.errors import TidemillError
from flows.predictions import Scoring
from flows.settings import Settings
from flows.sql import literal

log = logging.getLogger("tidemill.predict")
WAYS = {"sql": "by SQL", "pickle": "through the pickle"}


@dataclass(frozen=True)
class PredictSummary:
    """How many rows which version has scored, and which way; no version where none is deployed, no way if refused."""

    classifier: str
    version: int | None
    rows_scored: int
    way: str | None = None
    reason: str | None = None

    @property
    def refusal(self) -> str | None:
        """Why the deployed version was not let to score these rows."""
        return self.reason if self.version is not None and self.way is None else None

    @property
    def said(self) -> str:
        """What was done, in a few words."""
        if self.version is None:
            return "nothing is deployed yet"
        if self.way is None:
            return f"refused ({self.reason})"
        return f"{self.rows_scored:,} rows scored by version {self.version}, {WAYS[self.way]}"


def relations(declaration: Declaration) -> list[str]:
    """Return the predictions of every declared classifier."""
    return [predictions.table(each) for each in declaration.classifiers]


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
        log.info("predict: %s is not deployed yet, nothing is scored", classifier.name)
        return PredictSummary(classifier.name, None, 0)
    model = store.load(settings, classifier.name, version)
    progress.report(f"predict {classifier.name}")
    with warehouse.write(settings) as connection:
        _refuse_another_than_recorded(connection, model.manifest)
        connection.execute(f"attach {literal(settings.published_file)} as published_rows (read_only)")
        source = f"published_rows.{training_rows.relation(classifier)}"
        scoring = Scoring(classifier, model, source, records.now())
        summary = _scored_or_refused(connection, scoring)
        connection.execute("detach published_rows")
        records.add(connection, _record(run, scoring, summary))
    _say(summary)
    return summary


def _refuse_another_than_recorded(connection: duckdb.DuckDBPyConnection, manifest: store.Manifest) -> None:
    """Refuse an older version that was put in the place of the deployed one: it is signed too."""
    recorded = decisions.deployed(connection, manifest.classifier)
    if recorded and (recorded.version, recorded.model_sha256) != (manifest.version, manifest.model_sha256):
        raise TidemillError(
            f"predict: models_store/{manifest.classifier}/deployed points to version {manifest.version}, but version "
            f"{recorded.version} was deployed (model {recorded.model_sha256[:12]}…); `tidemill deploy` puts it back"
        )


def _scored_or_refused(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> PredictSummary:
    name, manifest = scoring.classifier.name, scoring.model.manifest
    try:
        _refuse_other_features(scoring)
        training_rows.refuse_infinite(connection, scoring.classifier, scoring.source)
        rows = predictions.write(connection, scoring)
    except TidemillError as refusal:
        return PredictSummary(name, manifest.version, 0, reason=str(refusal))
    way = "sql" if scoring.is_by_sql else "pickle"
    return PredictSummary(name, manifest.version, rows, way, manifest.scored_by_reason)


def _refuse_other_features(scoring: Scoring) -> None:
    """Refuse rows that lack a feature of the version, or have it as another kind, such as a text for a number."""
    declared = {each.name: each.kind for each in scoring.classifier.features}
    kinds = {name: each.kind for name, each in scoring.model.manifest.seen.items()}
    differing = sorted(name for name, kind in kinds.items() if declared.get(name) != kind)
    if differing:
        raise TidemillError(
            f"{scoring.classifier.declared_in}: exposure {scoring.classifier.name}: version "
            f"{scoring.model.manifest.version} needs {', '.join(f'{name} ({kinds[name]})' for name in differing)}, "
            "which is declared no more, or as another kind; train again"
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
    )


def _say(summary: PredictSummary) -> None:
    if summary.way is None:
        log.warning("predict: %s", summary.reason)
        return
    rows, way = f"{summary.rows_scored:,}", WAYS[summary.way]
    log.info("predict: %s version %s scored %s rows %s", summary.classifier, summary.version, rows, way)
