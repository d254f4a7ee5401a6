"""Writes a classifier's predictions: by the version's SQL in one statement, or by its pickle in batches of rows.

Knows how rows are scored and stored. Does not know which version is deployed, nor what comes of a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from flows import progress, store, training_rows
from flows.declaration import Classifier
from flows.errors import TidemillError
from flows.sql import count_rows, literal, quoted

BATCH_ROWS = 100_000
# The likeliest of several classes, of equally likely ones the first; and the types of these columns.
LIKELIEST = (
    "list_max(map_values(probabilities)) as probability, "
    "map_keys(probabilities)[list_position(map_values(probabilities), probability)] as decision, probabilities"
)
TYPES = {False: {"decision": "boolean"}, True: {"decision": "varchar", "probabilities": "map(varchar, double)"}}


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
    decided = f"probability, probability >= {manifest.threshold!r}::double as decision"
    return (
        f"with features as ({_features(scoring)}) select {key}, {LIKELIEST if manifest.classes else decided}, "
        f"{manifest.version}::bigint as version, {literal(scoring.scored_at)}::timestamp as scored_at "
        f"from ({scoring.model.sql})"
    )


def _features(scoring: Scoring) -> str:
    classifier = scoring.classifier
    return f"select {quoted(classifier.key)}, {training_rows.feature_query(classifier)} from {scoring.source}"


def _by_pickle(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> int:
    key, total, all_rows = quoted(scoring.classifier.key), 0, count_rows(connection, scoring.source)
    types = {"probability": "double"} | TYPES[bool(scoring.model.manifest.classes)]
    columns = types | {"version": "bigint", "scored_at": "timestamp"}
    empty = ", ".join(f"cast(null as {data_type}) as {name}" for name, data_type in columns.items())
    connection.execute(
        f"create or replace table {table(scoring.classifier)} as select {key}, {empty} from {scoring.source} limit 0"
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
        probability = scoring.model.probabilities(frame)
    except (ValueError, TypeError) as error:
        raise TidemillError(f"version {manifest.version} cannot score these rows ({error}); train again") from error
    if manifest.classes:
        decided = _decided(probability, manifest.classes)
    else:
        decided = {"probability": probability, "decision": probability >= manifest.threshold}
    return pa.table({scoring.classifier.key: batch.column(0)} | decided)


def _decided(probabilities: Any, classes: Sequence[str]) -> dict[str, Any]:
    """Return the likeliest class of each row with its probability, and a map of them all."""
    rows, names = len(probabilities), pa.array(classes)
    ends = pa.array(range(0, rows * len(classes) + 1, len(classes)), pa.int32())
    keys = names.take(pa.array(list(range(len(classes))) * rows, pa.int64()))
    return {
        "probability": probabilities.max(axis=1),
        "decision": names.take(pa.array(probabilities.argmax(axis=1))),
        "probabilities": pa.MapArray.from_arrays(ends, keys, pa.array(probabilities.ravel())),
    }
