"""What a classifier's target is: true or false, or the text of one of several classes.

Within the flows a target is a number: 1 for an event and 0 for none, or the place of a class among the sorted classes.
In SQL and in stored rows classes are texts, so that they mean the same whatever other classes there are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from flows.declaration import Classifier
from flows.sql import quoted


def expression(classifier: Classifier, of: str = "") -> str:
    """Return the target in SQL as it is learned from, of a row called `of`: 1 and 0, or the text of its class."""
    column, data_type = quoted(classifier.target), "varchar" if classifier.is_multi_class else "double"
    return f"try_cast({f'{of}.{column}' if of else column} as {data_type})"


def wrong(connection: duckdb.DuckDBPyConnection, classifier: Classifier) -> str | None:
    """Say what is wrong with a target that has values other than true and false (or 1 and 0), and no classes."""
    if classifier.is_multi_class:
        return None
    target, relation = quoted(classifier.target), f"{classifier.schema}.{classifier.table}"
    row = connection.execute(
        f"select any_value(cast({target} as varchar)) from {relation} "
        f"where {target} is not null and coalesce(try_cast({target} as double) not in (0, 1), true)"
    ).fetchone()
    assert row is not None
    if row[0] is None:
        return None
    return (
        f"target '{classifier.target}' of {relation} has values other than true and false, such as '{row[0]}'; derive "
        "a boolean in the mart, or declare each value as a class with `multi_class: true`"
    )


def classes_of(target: "pd.Series[str]") -> tuple[str, ...]:
    """Return the classes of some rows, sorted."""
    return tuple(sorted(target.unique()))


def numbered(target: "pd.Series[str]", classes: Sequence[str]) -> "pd.Series[int]":
    """Return each row's place among the classes, or 1 and 0 as they are where there are no classes."""
    if not classes:
        return target.astype("int8")
    return target.map({name: place for place, name in enumerate(classes)}).astype("int64")


def renumbered(target: "pd.Series[int]", classes: Sequence[str], wider: Sequence[str]) -> "pd.Series[int]":
    """Return places among the classes as places among more of them."""
    places = np.array([wider.index(each) for each in classes], dtype=np.int64)
    return pd.Series(places[target], index=target.index)


def counts(target: "np.typing.NDArray[Any]", classes: Sequence[str]) -> dict[str, int]:
    """Count the rows of each class, or the events and the non-events."""
    if not classes:
        events = int(target.sum())
        return {"events": events, "non-events": len(target) - events}
    return dict(zip(classes, map(int, np.bincount(target.astype(np.intp), minlength=len(classes))), strict=True))


def counted(numbers: Mapping[str, int], classes: Sequence[str]) -> str:
    """Return counts as a person reads them: `120 events and 80 non-events`, or `120 of 'a' and 80 of 'b'`."""
    texts = [f"{number:,} of '{name}'" if classes else f"{number:,} {name}" for name, number in numbers.items()]
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]])) if texts else "no rows"
