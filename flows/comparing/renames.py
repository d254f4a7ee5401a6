"""Columns that only one side has, and which of them look like one column under two names."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from flows.comparing.sides import Column, Side
from flows.sql import quoted

# The least hashes of the distinct values are a fair sample of them, the same on both sides (bottom-k sketch; Cohen &
# Kaplan 2007), so that two columns of any size are compared by a thousand values each.
SKETCH_SIZE = 1000
MINIMUM_OVERLAP = 0.5
# Two flags overlap whatever they mean.
MINIMUM_VALUES = 3


@dataclass(frozen=True)
class Rename:
    """Two columns that share values: the share is that of their common values among all of them."""

    left: str
    right: str
    overlap: float


def suggest_renames(
    connection: duckdb.DuckDBPyConnection,
    left: Side,
    right: Side,
    of_left: Sequence[Column],
    of_right: Sequence[Column],
) -> tuple[Rename, ...]:
    """Pair columns that only one side has by the values they share, the best pair first, each column once."""
    if not of_left or not of_right:
        return ()
    left_sketches = {each.name: _sketch(connection, left, each) for each in of_left}
    right_sketches = {each.name: _sketch(connection, right, each) for each in of_right}
    pairs = [
        Rename(one, other, _overlap(left_sketches[one], right_sketches[other]))
        for one in left_sketches
        for other in right_sketches
    ]
    return tuple(_best(sorted(pairs, key=lambda pair: (-pair.overlap, pair.left, pair.right))))


def _best(pairs: Sequence[Rename]) -> list[Rename]:
    chosen: list[Rename] = []
    for pair in pairs:
        is_free = all(pair.left != each.left and pair.right != each.right for each in chosen)
        if pair.overlap >= MINIMUM_OVERLAP and is_free:
            chosen.append(pair)
    return chosen


def _sketch(connection: duckdb.DuckDBPyConnection, side: Side, column: Column) -> frozenset[int]:
    name = quoted(column.name)
    rows = connection.execute(
        f"select distinct hash(cast({name} as varchar)) as value from {side.relation} where {name} is not null "
        f"order by value limit {SKETCH_SIZE}"
    ).fetchall()
    return frozenset(value for (value,) in rows)


def _overlap(one: frozenset[int], other: frozenset[int]) -> float:
    """Estimate the share of common values among all: exact while both are smaller than a sketch."""
    least = set(sorted(one | other)[:SKETCH_SIZE])
    if len(least) < MINIMUM_VALUES:
        return 0.0
    return len(least & one & other) / len(least)
