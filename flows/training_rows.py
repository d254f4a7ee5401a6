"""Reads a classifier's rows from the published table: split into training and held-out rows, in one fixed order."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pandas as pd

from flows.declaration import Classifier
from flows.errors import TidemillError
from flows.sql import quoted

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
    TidemillError
        When the target has values other than true and false (or 1 and 0).
    """
    frame = connection.execute(
        f"select {feature_query(classifier)}, {_target(classifier)} as _target from ({_split(classifier)}) "
        f"where _is_held_out = {is_held_out} order by {quoted(classifier.key)}"
    ).df()
    target = frame.pop("_target")
    if not target.isin([0, 1]).all():
        raise TidemillError(
            f"{classifier.declared_in}: exposure {classifier.name}: target '{classifier.target}' of "
            f"{relation(classifier)} has values other than true and false; derive a boolean in the mart"
        )
    return Rows(frame, target.astype("int8"))


def _target(classifier: Classifier) -> str:
    return f"cast({quoted(classifier.target)} as double)"


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
    connection.execute(
        f"select to_json(each)::varchar from (select {quoted(classifier.key)}, {feature_query(classifier)}, "
        f"{_target(classifier)} as _target from ({_split(classifier)}) where not _is_held_out) as each "
        f"order by {quoted(classifier.key)}"
    )
    while batch := connection.fetchmany(HASH_BATCH_ROWS):
        yield from (line for (line,) in batch)
