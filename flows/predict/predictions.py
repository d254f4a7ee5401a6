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
SHADOW = "shadow_"
TYPES = {False: {"decision": "boolean"}, True: {"decision": "varchar", "probabilities": "map(varchar, double)"}}


@dataclass(frozen=True)
class Scoring:
    """What is scored: the rows of `source`, by a verified version, into the classifier's table.

    Where shadow columns are declared, by the challenger too; `shadow_reason` says why there is none.
    """

    classifier: Classifier
    model: store.Model
    source: str
    scored_at: datetime
    shadow: store.Model | None = None
    shadow_reason: str | None = None

    @property
    def by_pickle_because(self) -> str | None:
        """Why the rows go through the pickle; None where SQL computes all that is asked for."""
        for each in (self.model, *([self.shadow] if self.shadow else [])):
            if each.manifest.scored_by != "sql" or not each.sql:
                challenger = "" if each is self.model else f"the challenger, version {each.manifest.version}: "
                return f"{challenger}{each.manifest.scored_by_reason or 'no SQL is stored with it'}"
        return None


def write(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> int:
    """Replace the table by the predictions of all rows, whole or not at all, and return how many there are.

    Raises
    ------
    TidemillError
        When the version, or the challenger beside it, cannot score these rows.
    """
    connection.begin()
    try:
        rows = _by_pickle(connection, scoring) if scoring.by_pickle_because else _by_sql(connection, scoring)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    return rows


def _by_sql(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> int:
    rows = count_rows(connection, scoring.source)
    with progress.following(rows, connection.query_progress):
        connection.execute(f"create or replace table {scoring.classifier.predictions} as {statement(scoring)}")
    return rows


def statement(scoring: Scoring) -> str:
    """Return the one query that scores all rows by SQL."""
    if scoring.shadow:
        return f"select {_columns(scoring)} from ({_both(scoring, scoring.shadow)})"
    return f"with features as ({_features(scoring)}) select {_columns(scoring)} from ({scoring.model.sql})"


def _columns(scoring: Scoring) -> str:
    """List the table's columns, of the key and of what the version and the challenger, if there is one, give."""
    manifest = scoring.model.manifest
    own = (
        f"{quoted(manifest.key)} as {quoted(scoring.classifier.key)}, {_decided(manifest)}, "
        f"{manifest.version}::bigint as version, {literal(scoring.scored_at)}::timestamp as scored_at"
    )
    if not scoring.classifier.has_shadow:
        return own
    if scoring.shadow is None:
        types = {"probability": "double"} | TYPES[bool(manifest.classes)] | {"version": "bigint"}
        return ", ".join([own, *(f"null::{data_type} as {SHADOW}{name}" for name, data_type in types.items())])
    other = scoring.shadow.manifest
    return f"{own}, {_decided(other, SHADOW)}, {other.version}::bigint as {SHADOW}version"


def _decided(manifest: store.Manifest, prefix: str = "") -> str:
    """List probability and decision; the likeliest of several classes, of equally likely ones the first."""
    given, probability = f"{prefix}{_given(manifest)}", f"{prefix}probability"
    if not manifest.classes:
        return f"{given}, {given} >= {manifest.threshold!r}::double as {prefix}decision"
    return (
        f"list_max(map_values({given})) as {probability}, "
        f"map_keys({given})[list_position(map_values({given}), {probability})] as {prefix}decision, {given}"
    )


def _given(manifest: store.Manifest) -> str:
    """Return the column that a version gives beside the key: one probability, or a map from class to probability."""
    return "probabilities" if manifest.classes else "probability"


def _features(scoring: Scoring) -> str:
    return f"select {_key(scoring)}, {training_rows.feature_query(scoring.classifier)} from {scoring.source}"


def _key(scoring: Scoring) -> str:
    """Select the key by the name under which the version knows it; the declaration may have renamed it since."""
    return f"{quoted(scoring.classifier.key)} as {quoted(scoring.model.manifest.key)}"


def _both(scoring: Scoring, shadow: store.Model) -> str:
    """Score each row by both in one pass: what the second needs travels through the first one's SQL as its key.

    A join of the two by their key would cost more than both, and lose rows whose key is null.
    """
    own, other = scoring.model.manifest, shadow.manifest
    key, packed_key = quoted(own.key), quoted(other.key)
    packed = ", ".join(f"'f{place}': {quoted(name)}" for place, name in enumerate(other.features))
    unpacked = ", ".join(
        f"struct_extract({key}, 'f{place}') as {quoted(name)}" for place, name in enumerate(other.features)
    )
    return (
        f"with features as (select {{'key': {key}, {packed}}} as {key}, {', '.join(map(quoted, own.features))} "
        f"from ({_features(scoring)})), deployed as (from ({scoring.model.sql})) "
        f"select struct_extract(scored.{packed_key}, 'key') as {key}, "
        f"struct_extract(scored.{packed_key}, 'given') as {_given(own)}, "
        f"scored.{_given(other)} as {SHADOW}{_given(other)} from (with features as (select {{'key': "
        f"struct_extract({key}, 'key'), 'given': {_given(own)}}} as {packed_key}, {unpacked} from deployed) "
        f"from ({shadow.sql})) as scored"
    )


def _by_pickle(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> int:
    name, total, all_rows = scoring.classifier.predictions, 0, count_rows(connection, scoring.source)
    connection.execute(f"create or replace table {name} as select {_columns(scoring)} from ({_nothing(scoring)})")
    for batch in connection.cursor().execute(_features(scoring)).to_arrow_reader(BATCH_ROWS):
        connection.register("scored", _scored(batch, scoring))
        connection.execute(f"insert into {name} select {_columns(scoring)} from scored")
        connection.unregister("scored")
        total += batch.num_rows
        progress.report(f"predict {scoring.classifier.name}", total, all_rows)
    return total


def _nothing(scoring: Scoring) -> str:
    """Select what scored batches have, without rows."""
    given = {f"{prefix}probability": "double" for prefix in ("", SHADOW)}
    given |= {f"{prefix}probabilities": "map(varchar, double)" for prefix in ("", SHADOW)}
    empty = ", ".join(f"null::{data_type} as {name}" for name, data_type in given.items() if name in _names(scoring))
    return f"select {_key(scoring)}, {empty} from {scoring.source} limit 0"


def _names(scoring: Scoring) -> list[str]:
    shadow = [f"{SHADOW}{_given(scoring.shadow.manifest)}"] if scoring.shadow else []
    return [_given(scoring.model.manifest), *shadow]


def _scored(batch: pa.RecordBatch, scoring: Scoring) -> pa.Table:
    models = [scoring.model, *([scoring.shadow] if scoring.shadow else [])]
    given = {name: _probabilities(batch, model) for name, model in zip(_names(scoring), models, strict=True)}
    return pa.table({scoring.model.manifest.key: batch.column(0)} | given)


def _probabilities(batch: pa.RecordBatch, model: store.Model) -> pa.Array:
    manifest = model.manifest
    frame = batch.select(list(manifest.features)).to_pandas()
    try:
        given = model.probabilities(frame)
    except (ValueError, TypeError) as error:
        raise TidemillError(f"version {manifest.version} cannot score these rows ({error}); train again") from error
    return _mapped(given, manifest.classes) if manifest.classes else pa.array(given)


def _mapped(probabilities: Any, classes: Sequence[str]) -> pa.Array:
    """Return a map from class to probability for each row."""
    rows, names = len(probabilities), pa.array(classes)
    ends = pa.array(range(0, rows * len(classes) + 1, len(classes)), pa.int32())
    keys = names.take(pa.array(list(range(len(classes))) * rows, pa.int64()))
    return pa.MapArray.from_arrays(ends, keys, pa.array(probabilities.ravel()))
