"""Fits a classifier on as many rows as there are: all in memory, in batches, or a sample of them.

An estimator with `partial_fit` sees every row, in batches that DuckDB streams; any other one is fitted on a sample of
`train.rows_in_memory` rows, which is recorded. The preparation (medians, scales, categories) is always fitted on what
fits in memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from sklearn.pipeline import Pipeline

from flows import targets, training_rows
from flows.declaration import Classifier
from flows.sql import quoted
from flows.train import pipeline
from flows.train.search import Tried, search
from flows.training_rows import Rows, Side

BATCH_ROWS = 100_000
# Passes over all rows for what learns step by step; with 100,000 rows and more, few are enough (Bottou 2010).
EPOCHS = 5


@dataclass(frozen=True)
class Plan:
    """On which training rows a classifier is fitted, and, as a person reads it, how."""

    side: Side
    said: str
    is_streamed: bool = False


@dataclass(frozen=True)
class Fitted:
    """A fitted pipeline, the params it was fitted with, those of its rows that fit in memory, and what was tried.

    `classes` names the columns of its probabilities, where there are several.
    """

    pipeline: Pipeline
    params: Mapping[str, Any]
    rows: Rows
    classes: Sequence[str]
    search: Sequence[Tried] = ()


def plan(connection: duckdb.DuckDBPyConnection, classifier: Classifier, cuts: Sequence[str]) -> Plan:
    """Decide how to fit, by the number of training rows."""
    every, limit = Side(False, cuts), classifier.training.rows_in_memory
    total = training_rows.count(connection, classifier, every)
    if total <= limit:
        return Plan(every, f"all {total:,} training rows")
    if hasattr(pipeline.build(classifier)["estimate"], "partial_fit"):
        return Plan(every, f"all {total:,} training rows, in batches of {BATCH_ROWS:,}", is_streamed=True)
    return Plan(replace(every, at_most=limit), f"about {limit:,} of {total:,} training rows, by a hash of the key")


def fit_planned(connection: duckdb.DuckDBPyConnection, classifier: Classifier, planned: Plan) -> Fitted:
    """Search the params where that is declared, then fit with the best of them."""
    training = classifier.training
    in_memory = replace(planned.side, at_most=training.rows_in_memory, folds=training.folds if training.search else 0)
    rows = training_rows.read(connection, classifier, in_memory)
    tried = search(classifier, rows) if training.search else ()
    chosen = replace(classifier, params={**classifier.params, **tried[0].params}) if tried else classifier
    if planned.is_streamed:
        classes = training_rows.classes(connection, classifier, planned.side)
        source = training_rows.unordered(connection, chosen, planned.side)
        streamed = fit_streamed(connection, chosen, source, rows.among(classes))
        return Fitted(streamed, chosen.params, rows, classes, tried)
    return Fitted(pipeline.fit(chosen, rows), chosen.params, rows, rows.classes, tried)


def fit_streamed(connection: duckdb.DuckDBPyConnection, classifier: Classifier, source: str, some: Rows) -> Pipeline:
    """Fit in batches on the rows that the query `source` gives (key, features, target), prepared by some of them."""
    fitted = pipeline.build(classifier)
    prepare, estimate = fitted["prepare"].fit(some.features), fitted["estimate"]
    # What counts instead of stepping, such as naive Bayes, would count every row again.
    for _ in range(EPOCHS if hasattr(estimate, "max_iter") else 1):
        for batch in connection.execute(_shuffled(classifier, source)).to_arrow_reader(BATCH_ROWS):
            frame = batch.to_pandas()
            target = targets.numbered(frame.pop("_target"), some.classes)
            estimate.partial_fit(prepare.transform(frame), target, classes=list(range(len(some.classes) or 2)))
    return fitted


def _shuffled(classifier: Classifier, source: str) -> str:
    """Select the rows in an order that has nothing to do with them, and is the same in every run."""
    names = ", ".join(quoted(name) for name in (*(each.name for each in classifier.features), "_target"))
    key = quoted(classifier.key)
    return f"select {names} from ({source}) order by md5(cast({key} as varchar)), {names}"
