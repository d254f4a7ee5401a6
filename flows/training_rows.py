"""Reads a classifier's rows from the published table: split into training and held-out rows, in one fixed order."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from flows.declaration import Classifier
from flows.errors import DeclarationError
from flows.sql import literal, quoted

HASH_BATCH_ROWS = 10_000


@dataclass(frozen=True)
class Rows:
    """Some rows of the training table: feature columns as numbers and texts, and the target as 0 and 1."""

    features: pd.DataFrame
    target: pd.Series

    @property
    def events(self) -> int:
        """How many rows have the target."""
        return int(self.target.sum())

    @property
    def non_events(self) -> int:
        """How many rows have it not."""
        return len(self.target) - self.events


def relation(classifier: Classifier) -> str:
    """Return the training table's name."""
    return f"{classifier.schema}.{classifier.table}"


def feature_query(classifier: Classifier) -> str:
    """Select the features as the pipeline takes them: numbers and booleans as DOUBLE, categories as text."""
    types = {"numeric": "double", "boolean": "double", "categorical": "varchar"}
    return ", ".join(
        f"cast({quoted(each.name)} as {types[each.kind]}) as {quoted(each.name)}" for each in classifier.features
    )


def read(connection: duckdb.DuckDBPyConnection, classifier: Classifier, is_held_out: bool) -> Rows:
    """Read the training or the held-out rows; rows whose target is unknown are neither.

    Raises
    ------
    DeclarationError
        When the target has values other than true and false (or 1 and 0).
    """
    frame = connection.execute(_query(classifier, is_held_out)).df()
    frame.pop(classifier.key)
    target = frame.pop("_target")
    if not target.isin([0, 1]).all():
        raise DeclarationError(
            f"{classifier.declared_in}: exposure {classifier.name}: target '{classifier.target}' of "
            f"{relation(classifier)} has values other than true and false; derive a boolean in the mart"
        )
    return Rows(frame, target.astype("int8"))


def save(connection: duckdb.DuckDBPyConnection, classifier: Classifier, path: Path) -> None:
    """Write the training rows to a Parquet file, with their key and in the order in which they are fitted."""
    connection.execute(f"copy ({_query(classifier, is_held_out=False)}) to {literal(path)} (format parquet)")


def refuse_infinite(connection: duckdb.DuckDBPyConnection, classifier: Classifier, source: str) -> None:
    """Refuse infinite features, which no estimator takes; a division by zero in the mart makes them.

    Raises
    ------
    DeclarationError
        When a feature of any row of `source` is infinite.
    """
    numbers = [each.name for each in classifier.features if each.kind == "numeric"]
    infinite = [f"count(*) filter (isinf(cast({quoted(name)} as double)))" for name in numbers]
    counts = connection.execute(f"select {', '.join(['count(*)', *infinite])} from {source}").fetchone()
    assert counts is not None
    for name, count in zip(numbers, counts[1:], strict=True):
        if count:
            raise DeclarationError(
                f"{classifier.declared_in}: exposure {classifier.name}: feature '{name}' of {relation(classifier)} is "
                f"infinite in {count:,} rows; make them null or a number in the mart, such as with nullif(divisor, 0)"
            )


def _query(classifier: Classifier, is_held_out: bool) -> str:
    """Select key, features and target, ordered by all of them, so that rows of one key have one order too."""
    return (
        f"select {quoted(classifier.key)}, {feature_query(classifier)}, "
        f"try_cast({quoted(classifier.target)} as double) as _target from ({_split(classifier)}) "
        f"where _is_held_out = {is_held_out} order by all"
    )


def _split(classifier: Classifier) -> str:
    """Mark each row as held out: the latest times where time is declared, else by a hash of the key.

    Either way a row never changes sides while the data stay: one time never lies on both sides, and the hash of a key
    is the same in every run.
    """
    share = classifier.gate.holdout_share
    known = f"select * from {relation(classifier)} where {quoted(classifier.target)} is not null"
    if classifier.time_column is None:
        bucket = f"md5_number_lower(cast({quoted(classifier.key)} as varchar)) % 10000"
        return f"select *, {bucket} < {round(share * 10000)} as _is_held_out from ({known})"
    time = quoted(classifier.time_column)
    return (
        f"select *, {time} > (select quantile_disc({time}, {1 - share}) from ({known})) as _is_held_out "
        f"from ({known}) where {time} is not null"
    )


def training_sha256(connection: duckdb.DuckDBPyConnection, classifier: Classifier) -> str:
    """Return the sha256 of the training rows as JSON texts, one a line, in the order of their key."""
    digest = hashlib.sha256()
    for line in _training_lines(connection, classifier):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _training_lines(connection: duckdb.DuckDBPyConnection, classifier: Classifier) -> Iterator[str]:
    connection.execute(f"select to_json(each)::varchar from ({_query(classifier, is_held_out=False)}) as each")
    while batch := connection.fetchmany(HASH_BATCH_ROWS):
        yield from (line for (line,) in batch)
