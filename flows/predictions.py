"""Writes a classifier's predictions: by the version's SQL in one statement, or by its pickle in batches of rows.

Knows how rows are scored and stored. Does not know which version is deployed, nor what comes of a refusal.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from flows import progress, store, training_rows
from flows.declaration import Classifier
from flows.errors import TidemillError
from flows.sql import count_rows, literal, quoted

BATCH_ROWS = 100_000


@dataclass(frozen=True)
class Scoring:
    """What is scored: the rows of `source`, by a verified version, into the classifier's table."""

    classifier: Classifier
    model: store.Model
    source: str
    scored_at: datetime

    @property
    def is_by_sql(self) -> bool:
        """Whether the version has an SQL that computes it."""
        return self.model.manifest.scored_by == "sql" and bool(self.model.sql)


def table(classifier: Classifier) -> str:
    """Return the name of the table that holds a classifier's predictions."""
    return f"marts.{classifier.name}_predictions"


def write(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> int:
    """Replace the table by the predictions of all rows, whole or not at all, and return how many there are.

    Raises
    ------
    TidemillError
        When the version cannot score these rows.
    """
    connection.begin()
    try:
        rows = _by_sql(connection, scoring) if scoring.is_by_sql else _by_pickle(connection, scoring)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    return rows


def _by_sql(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> int:
    rows = count_rows(connection, scoring.source)
    with progress.following(rows, connection.query_progress):
        connection.execute(f"create or replace table {table(scoring.classifier)} as {statement(scoring)}")
    return rows


def statement(scoring: Scoring) -> str:
    """Return the one query that scores all rows by the version's SQL."""
    key, manifest = quoted(scoring.classifier.key), scoring.model.manifest
    return (
        f"with features as ({_features(scoring)}) select {key}, probability, "
        f"probability >= {manifest.threshold!r}::double as decision, {manifest.version}::bigint as version, "
        f"{literal(scoring.scored_at)}::timestamp as scored_at from ({scoring.model.sql})"
    )


def _features(scoring: Scoring) -> str:
    classifier = scoring.classifier
    return f"select {quoted(classifier.key)}, {training_rows.feature_query(classifier)} from {scoring.source}"


def _by_pickle(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> int:
    key, total, all_rows = quoted(scoring.classifier.key), 0, count_rows(connection, scoring.source)
    connection.execute(
        f"create or replace table {table(scoring.classifier)} as select {key}, 0.0::double as probability, "
        f"false as decision, 0::bigint as version, now()::timestamp as scored_at from {scoring.source} limit 0"
    )
    for batch in connection.cursor().execute(_features(scoring)).to_arrow_reader(BATCH_ROWS):
        _add(connection, scoring, _scored(batch, scoring))
        total += batch.num_rows
        progress.report(f"predict {scoring.classifier.name}", total, all_rows)
    return total


def _add(connection: duckdb.DuckDBPyConnection, scoring: Scoring, scored: pa.Table) -> None:
    connection.register("scored", scored)
    connection.execute(
        f"insert into {table(scoring.classifier)} select *, ?, ? from scored",
        [scoring.model.manifest.version, scoring.scored_at],
    )
    connection.unregister("scored")


def _scored(batch: pa.RecordBatch, scoring: Scoring) -> pa.Table:
    manifest = scoring.model.manifest
    frame = batch.select(list(manifest.features)).to_pandas()
    try:
        probability = scoring.model.pipeline.predict_proba(frame)[:, 1]
    except (ValueError, TypeError) as error:
        raise TidemillError(f"version {manifest.version} cannot score these rows ({error}); train again") from error
    decision = probability >= manifest.threshold
    return pa.table({scoring.classifier.key: batch.column(0), "probability": probability, "decision": decision})
