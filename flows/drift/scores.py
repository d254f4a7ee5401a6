"""Whether a version's probabilities are spread otherwise now than in its first predictions.

Its training rows would be no measure: a flexible classifier is surer of what it has learned than of anything after.
"""

import json
from dataclasses import replace

import duckdb
import numpy as np
from scipy.special import expit

from flows.declaration import Classifier
from flows.drift import measures, samples
from flows.drift.measures import Bins, Measure
from flows.drift.samples import SAMPLE
from flows.sql import literal

# The ends of bins that no sample has chosen: steps of 0.1 on the logit scale, so that rare events have theirs too.
ENDS = [float(each) for each in expit(np.arange(-92, 93) / 10)]
TENTHS = 10


def measured(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, version: int, limit: float
) -> list[Measure]:
    """Compare the probabilities of the sample's rows of now with the first recorded ones; none where none are.

    The first time both are of now. Of several classes those of each are compared.
    """
    found = []
    for name in _classes(connection, classifier):
        now, mean = _now(connection, name)
        if mean is not None:
            then, first_mean = _first(connection, classifier.name, version, name) or (now, mean)
            names = sorted({*then, *now}, key=_end)
            bins = Bins(names, [then.get(each, 0.0) for each in names], [now.get(each, 0.0) for each in names])
            measure = measures.distribution("score", name, in_tenths(bins), limit)
            found.append(replace(measure, bins=bins, then=first_mean, now=mean))
    return found


def _classes(connection: duckdb.DuckDBPyConnection, classifier: Classifier) -> list[str | None]:
    """Return the classes that have a probability; else there is one, of an event that has no name."""
    if not classifier.is_multi_class:
        return [None]
    rows = connection.execute(f"select distinct unnest(map_keys(_probability)) from {SAMPLE} order by 1").fetchall()
    return [name for (name,) in rows]


def _now(connection: duckdb.DuckDBPyConnection, name: str | None) -> tuple[dict[str, float], float | None]:
    probability = "_probability" if name is None else f"map_extract_value(_probability, {literal(name)})"
    row = connection.execute(f"select avg({probability}) from {SAMPLE} where _is_now").fetchone()
    assert row is not None
    bins = samples.in_ends(connection, probability, ENDS)
    counts = zip(bins.names, bins.now, strict=True)
    return {end: rows for end, rows in counts if end is not None and rows}, row[0]


def _first(
    connection: duckdb.DuckDBPyConnection, classifier: str, version: int, name: str | None
) -> tuple[dict[str, float], float] | None:
    row = connection.execute(
        f"select bins, value_now from records.drift where classifier = {literal(classifier)} and version = {version} "
        f"and kind = 'score' and column_name is not distinct from {literal(name) if name else 'null'} "
        "order by measured_at limit 1"
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
