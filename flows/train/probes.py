"""What training saw of each feature, and the rows on which a version is tried wherever it is loaded or written out.

The probe rows cover what goes wrong between two ways to compute one model: missing values, unseen and rare categories,
the ends of each range and beyond.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from flows import store
from flows.declaration import Classifier
from flows.declaration.declared import FeatureKind
from flows.training_rows import Rows

ORDINARY_ROWS = 16
# A column of names would make a manifest as large as the table; the most frequent come first.
MAXIMUM_CATEGORIES = 10_000
Row = Mapping[str, float | str | None]


def seen(classifier: Classifier, rows: Rows) -> dict[str, store.Seen]:
    """Return the kind, the missing values, and the range or the categories of each feature in the training rows."""
    return {each.name: _seen(each.kind, rows.features[each.name]) for each in classifier.features}


def _seen(kind: FeatureKind, values: "pd.Series[Any]") -> store.Seen:
    missing, known = int(values.isna().sum()), values.dropna()
    if kind == "categorical":
        frequent = known.value_counts().index[:MAXIMUM_CATEGORIES]
        return store.Seen(kind, missing, categories=tuple(str(each) for each in frequent))
    ends = (float(known.min()), float(known.max())) if len(known) else (None, None)
    return store.Seen(kind, missing, *ends)


def probes(rows: Rows, features: Mapping[str, store.Seen]) -> tuple[store.Probe, ...]:
    """Return the probe rows; the probabilities are filled in when the version is stored."""
    return tuple(store.Probe(row, float("nan")) for row in (*_ordinary(rows), *_edges(features)))


def _ordinary(rows: Rows) -> Iterator[Row]:
    positions = np.unique(np.linspace(0, len(rows.target) - 1, ORDINARY_ROWS).astype(int))
    for row in rows.features.iloc[positions].to_dict("records"):
        yield {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _edges(features: Mapping[str, store.Seen]) -> Iterator[Row]:
    """Yield rows at the edge in every feature at once: all missing, all lowest, all highest, all never seen."""
    yield dict.fromkeys(features)
    yield {name: _category(each, 0) if each.kind == "categorical" else each.minimum for name, each in features.items()}
    yield {name: _category(each, -1) if each.kind == "categorical" else each.maximum for name, each in features.items()}
    yield {name: _never_seen(each) for name, each in features.items()}


def _category(feature: store.Seen, position: int) -> str | None:
    """Return the most frequent (0) or the rarest (-1) category."""
    return feature.categories[position] if feature.categories else None


def _never_seen(feature: store.Seen) -> float | str:
    if feature.kind == "categorical":
        return "".join([*feature.categories, "?"])[:200] + "?"
    if feature.kind == "boolean":
        return 1.0
    return 2 * (feature.maximum or 0.0) + 1
