"""Whether a version's probabilities are spread otherwise now than in its first predictions.

Its training rows would be no measure: a flexible classifier is surer of what it has learned than of anything after.
"""

import json

import duckdb

from flows.drift import measures, samples
from flows.drift.measures import Bins, Measure
from flows.drift.samples import SAMPLE
from flows.sql import literal


def measured(connection: duckdb.DuckDBPyConnection, classifier: str, version: int, limit: float) -> list[Measure]:
    """Compare the probabilities of the sample's rows of now with the first recorded ones; none where none are."""
    row = connection.execute(f"select avg(_probability) from {SAMPLE} where _is_now").fetchone()
    assert row is not None
    if row[0] is None:
        return []
    bins, then = _bins(connection, classifier, version)
    measure = measures.distribution("score", None, bins, limit)
    return [Measure(**vars(measure) | {"then": row[0] if then is None else then, "now": row[0]})]


def _bins(connection: duckdb.DuckDBPyConnection, classifier: str, version: int) -> tuple[Bins, float | None]:
    """Return the bins of first and now, and the first mean; the first time both are of now."""
    first = connection.execute(
        f"select bins, value_now from records.drift where classifier = {literal(classifier)} and version = {version} "
        "and kind = 'score' order by measured_at limit 1"
    ).fetchone()
    if first is None:
        now = _now(connection, samples.tenths(connection, "_probability", "_is_now"))
        return Bins(list(now), list(now.values()), list(now.values())), None
    stored = json.loads(first[0])
    then = dict(zip(stored["names"], stored["now"], strict=True))
    now = _now(connection, [float(name) for name in then if name != samples.ABOVE])
    names = list(dict.fromkeys([*then, *now]))
    return Bins(names, [then.get(name, 0.0) for name in names], [now.get(name, 0.0) for name in names]), first[1]


def _now(connection: duckdb.DuckDBPyConnection, ends: list[float]) -> dict[str, float]:
    bins = samples.in_tenths(connection, "_probability", ends)
    return {name: rows for name, rows in zip(bins.names, bins.now, strict=True) if name is not None}
