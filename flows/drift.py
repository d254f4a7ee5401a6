"""How far the published rows have moved from those a version was trained on, and how its past predictions turned out.

Knows SQL only. Which movement matters, whoever asks decides.
"""

from pathlib import Path

import duckdb

from flows import training_rows
from flows.declaration import Classifier, Feature
from flows.sql import literal, quoted

BINS = 10
# A category of which less was trained on shares a bin with the other rare ones.
MINIMUM_CATEGORY_SHARE = 0.01


def stability_indices(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, trained_on: Path
) -> dict[str, float]:
    """Return each feature's population stability index between the rows trained on and all published rows.

    PSI is the sum over bins of (now - then) x ln(now / then) (Siddiqi 2006, who calls 0.1 to 0.25 some, more a large
    shift). Bins are the tenths of what was trained on, or its categories, and one for no value; empty bins
    count as half a row. Features the version does not know are left out.
    """
    rows = f"(select {training_rows.feature_query(classifier)} from {training_rows.relation(classifier)})"
    file = f"read_parquet({literal(trained_on)})"
    known = {name for name, *_ in connection.execute(f"describe from {file}").fetchall()}
    return {
        each.name: _stability_index(connection, each, file, rows) for each in classifier.features if each.name in known
    }


def _stability_index(connection: duckdb.DuckDBPyConnection, feature: Feature, then: str, now: str) -> float:
    bins = _category_bin if feature.kind == "categorical" else _number_bin
    prepared, bin_of = bins(quoted(feature.name), then)
    row = connection.execute(
        f"with known as ({prepared}), "
        f"then_rows as (select {bin_of} as bin, count(*) as rows from {then}, known group by bin), "
        f"now_rows as (select {bin_of} as bin, count(*) as rows from {now}, known group by bin), "
        "shares as (select greatest(coalesce(then_rows.rows, 0), 0.5) / (select sum(rows) from then_rows) as before, "
        "greatest(coalesce(now_rows.rows, 0), 0.5) / (select sum(rows) from now_rows) as after from then_rows "
        "full join now_rows on then_rows.bin is not distinct from now_rows.bin) "
        "select sum((after - before) * ln(after / before)) from shares"
    ).fetchone()
    assert row is not None
    return float(row[0] or 0.0)


def _number_bin(name: str, then: str) -> tuple[str, str]:
    ends = [place / BINS for place in range(1, BINS)]
    prepared = f"select list_distinct(quantile_disc({name}, {ends})) as ends from {then}"
    return prepared, f"if({name} is null, null, len(list_filter(ends, lambda each: each < {name})))"


def _category_bin(name: str, then: str) -> tuple[str, str]:
    prepared = (
        f"select list(value) as common from (select {name} as value from {then} where {name} is not null "
        f"group by {name} having count(*) >= {MINIMUM_CATEGORY_SHARE} * (select count(*) from {then}))"
    )
    # What a category cannot be called by accident: a zero byte.
    return prepared, f"if({name} is null or list_contains(common, {name}), {name}, chr(0))"


def measured_loss(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, version: int, trained_on: Path
) -> tuple[float, int]:
    """Return the mean log loss (nats) of a version's predictions, and of how many rows: those whose label is known now.

    Rows the version was trained on are left out, by their key.
    """
    key, predictions = quoted(classifier.key), f"marts.{classifier.name}_predictions"
    schema, table = predictions.split(".")
    is_there = connection.execute(
        f"select 1 from duckdb_tables() where schema_name = {literal(schema)} and table_name = {literal(table)}"
    ).fetchone()
    if not is_there:
        return 0.0, 0
    target = f"try_cast(published.{quoted(classifier.target)} as double)"
    row = connection.execute(
        f"select coalesce(avg(-ln(greatest(if({target} = 1, scored.probability, 1 - scored.probability), 1e-15))), 0), "
        f"count({target}) from {predictions} as scored "
        f"inner join {training_rows.relation(classifier)} as published on published.{key} = scored.{key} "
        f"where scored.version = {version} and {target} is not null and not exists (select 1 from "
        f"read_parquet({literal(trained_on)}) as trained where trained.{key} = scored.{key})"
    ).fetchone()
    assert row is not None
    return float(row[0]), int(row[1])
