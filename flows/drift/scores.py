"""Whether a version's probabilities are spread otherwise now than in its first predictions.

Its training rows would be no measure: a flexible classifier is surer of what it has learned than of anything after.
"""

import json
from dataclasses import replace

import duckdb
import numpy as np
from scipy.special import expit

from flows.drift import measures, samples
from flows.drift.measures import Bins, Measure
from flows.drift.samples import SAMPLE
from flows.sql import literal

# The ends of bins that no sample has chosen: steps of 0.1 on the logit scale, so that rare events have theirs too.
ENDS = [float(each) for each in expit(np.arange(-92, 93) / 10)]
TENTHS = 10


def measured(connection: duckdb.DuckDBPyConnection, classifier: str, version: int, limit: float) -> list[Measure]:
    """Compare the probabilities of the sample's rows of now with the first recorded ones; none where none are.

    The first time both are of now.
    """
    now, mean = _now(connection)
    if mean is None:
        return []
    then, first_mean = _first(connection, classifier, version) or (now, mean)
    names = sorted({*then, *now}, key=_end)
    bins = Bins(names, [then.get(name, 0.0) for name in names], [now.get(name, 0.0) for name in names])
    measure = measures.distribution("score", None, in_tenths(bins), limit)
    return [replace(measure, bins=bins, then=first_mean, now=mean)]


def _now(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, float], float | None]:
    row = connection.execute(f"select avg(_probability) from {SAMPLE} where _is_now").fetchone()
    assert row is not None
    bins = samples.in_ends(connection, "_probability", ENDS)
    counts = zip(bins.names, bins.now, strict=True)
    return {name: rows for name, rows in counts if name is not None and rows}, row[0]


def _first(
    connection: duckdb.DuckDBPyConnection, classifier: str, version: int
) -> tuple[dict[str, float], float] | None:
    row = connection.execute(
        f"select bins, value_now from records.drift where classifier = {literal(classifier)} and version = {version} "
        "and kind = 'score' order by measured_at limit 1"
    ).fetchone()
    if row is None:
        return None
    stored = json.loads(row[0])
    return dict(zip(stored["names"], stored["now"], strict=True)), float(row[1])


def _end(name: str | None) -> float:
    return np.inf if name is None or name == samples.ABOVE else float(name)


def in_tenths(bins: Bins) -> Bins:
    """Take neighbouring bins together until each has about a tenth of both samples."""
    then, now = np.asarray(bins.then), np.asarray(bins.now)
    both = then + now
    places = (TENTHS * (both.cumsum() - both / 2) / both.sum()).astype(int)
    groups = [places == place for place in np.unique(places)]
    names = [bins.names[int(np.flatnonzero(group)[-1])] for group in groups]
    return Bins(names, [float(then[each].sum()) for each in groups], [float(now[each].sum()) for each in groups])
