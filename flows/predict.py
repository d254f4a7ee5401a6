"""The verb `predict`: scores the published rows with the deployed classifier, batch by batch.

Writes `marts.<classifier>_predictions` in the warehouse; whoever calls publishes it.
"""

import logging
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from flows import decisions, progress, records, store, training_rows, warehouse
from flows.declaration import Classifier, Declaration
from flows.errors import TidemillError
from flows.settings import Settings
from flows.sql import count_rows, literal, quoted

log = logging.getLogger("tidemill.predict")
BATCH_ROWS = 100_000


@dataclass(frozen=True)
class PredictSummary:
    """How many rows which version has scored; no version where none is deployed."""

    classifier: str
    version: int | None
    rows_scored: int


def predictions_table(classifier: Classifier) -> str:
    """Return the name of the table that holds a classifier's predictions."""
    return f"marts.{classifier.name}_predictions"


def relations(declaration: Declaration) -> list[str]:
    """Return the predictions of every declared classifier."""
    return [predictions_table(each) for each in declaration.classifiers]


def predict(settings: Settings, classifier: Classifier, run: records.Run) -> PredictSummary:
    """Score every row of the published table; the predictions change whole or not at all."""
    version = store.deployed_version(settings, classifier.name)
    if version is None:
        log.info("predict: %s is not deployed yet, nothing is scored", classifier.name)
        return PredictSummary(classifier.name, None, 0)
    model = store.load(settings, classifier.name, version)
    _refuse_another_than_recorded(settings, model.manifest)
    missing = set(model.manifest.features) - {each.name for each in classifier.features}
    if missing:
        raise TidemillError(
            f"predict: {classifier.name} version {version} needs {', '.join(sorted(missing))}, which "
            f"{classifier.declared_in} declares no more; train again"
        )
    with warehouse.write(settings) as connection:
        attached = literal(settings.published_file)
        connection.execute(f"attach {attached} as published_rows (read_only)")
        training_rows.refuse_infinite(connection, classifier, f"published_rows.{training_rows.relation(classifier)}")
        rows = _score_all(connection, classifier, model)
        connection.execute("detach published_rows")
    log.info("predict: %s version %d scored %s rows", classifier.name, version, f"{rows:,}")
    return PredictSummary(classifier.name, version, rows)


def _refuse_another_than_recorded(settings: Settings, manifest: store.Manifest) -> None:
    """Refuse an older version that was put in the place of the deployed one: it is signed too."""
    with warehouse.write(settings) as connection:
        recorded = decisions.deployed(connection, manifest.classifier)
    if recorded and (recorded.version, recorded.model_sha256) != (manifest.version, manifest.model_sha256):
        raise TidemillError(
            f"predict: models_store/{manifest.classifier}/deployed points to version {manifest.version}, but version "
            f"{recorded.version} was deployed (model {recorded.model_sha256[:12]}…); `tidemill deploy` puts it back"
        )


def _score_all(connection: duckdb.DuckDBPyConnection, classifier: Classifier, model: store.Model) -> int:
    key, table, source = quoted(classifier.key), predictions_table(classifier), training_rows.relation(classifier)
    reader = connection.cursor()
    connection.begin()
    connection.execute(
        f"create or replace table {table} as select {key}, 0.0::double as probability, false as decision, "
        f"0::bigint as version, now()::timestamp as scored_at from published_rows.{source} limit 0"
    )
    batches = reader.execute(
        f"select {key}, {training_rows.feature_query(classifier)} from published_rows.{source}"
    ).to_arrow_reader(BATCH_ROWS)
    scored_at, total, all_rows = records.now(), 0, count_rows(connection, f"published_rows.{source}")
    for batch in batches:
        scored = _scored(batch, classifier, model)
        connection.register("scored", scored)
        connection.execute(f"insert into {table} select *, ?, ? from scored", [model.manifest.version, scored_at])
        connection.unregister("scored")
        total += scored.num_rows
        progress.report(f"predict {classifier.name}", total, all_rows)
    connection.commit()
    return total


def _scored(batch: pa.RecordBatch, classifier: Classifier, model: store.Model) -> pa.Table:
    frame = batch.select(list(model.manifest.features)).to_pandas()
    probability = model.pipeline.predict_proba(frame)[:, 1]
    decision = probability >= model.manifest.threshold
    return pa.table({classifier.key: batch.column(0), "probability": probability, "decision": decision})
