"""Sets the columns of two sides beside each other, and decides as which type their values are compared.

Types that differ are compared in the one that holds both exactly, never skipped. The rules stand in docs/compare.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from flows.comparing.numbers import is_number, number_type
from flows.comparing.sides import Column, Side
from flows.comparing.times import MOMENTS, NANOSECONDS, TIMESTAMP, ZONED, moment_type, unit_of
from flows.ingest.column_types import common_type, loses_text
from flows.macros import render, returned
from flows.sql import quoted

TEXT, EXACT_TEXT = "VARCHAR", "numbers as exact text"
EXACT_MOMENT = "points in time as exact text"


@dataclass(frozen=True)
class Aligned:
    """A column that both sides have: its name, both types, and the type (or form) in which it is compared."""

    name: str
    left: Column
    right: Column
    compared_as: str

    @property
    def is_number(self) -> bool:
        """Tell whether it is compared as numbers."""
        return is_number(self.compared_as) or self.compared_as == EXACT_TEXT

    @property
    def unit(self) -> str | None:
        """What the difference of two times is counted in; None where its values are no times."""
        return unit_of(self.compared_as)

    @property
    def differs_in_type(self) -> bool:
        """Tell whether the sides have different types."""
        return self.left.data_type != self.right.data_type

    def value(self, column: Column) -> str:
        """Return the SQL of one side's value as it is compared."""
        name = quoted(column.name)
        if self.compared_as == EXACT_TEXT:
            return render("number_text", name)
        if self.compared_as == EXACT_MOMENT:
            return f"cast({name if column.data_type == NANOSECONDS else f'cast({name} as TIMESTAMP)'} as VARCHAR)"
        return name if column.data_type == self.compared_as else f"cast({name} as {self.compared_as})"


def align(
    connection: duckdb.DuckDBPyConnection, left: Side, right: Side, names: Sequence[str], folded: Collection[str]
) -> tuple[Aligned, ...]:
    """Return how each of these columns is compared; a column that is folded is a text.

    Parameters
    ----------
    names
        Columns that both sides have.
    folded
        Those whose case or space does not count.
    """
    return tuple(_align(connection, left, right, name, name in folded) for name in names)


def create_views(
    connection: duckdb.DuckDBPyConnection, left: Side, right: Side, columns: Sequence[Aligned]
) -> tuple[str, str]:
    """Create a view on each side with these columns, of equal names and types; returns what they are called."""
    of_left = [f"{each.value(each.left)} as {quoted(each.name)}" for each in columns]
    of_right = [f"{each.value(each.right)} as {quoted(each.name)}" for each in columns]
    connection.execute(f"create view left_side as select {', '.join(of_left)} from {left.relation}")
    connection.execute(f"create view right_side as select {', '.join(of_right)} from {right.relation}")
    return "left_side", "right_side"


def _align(connection: duckdb.DuckDBPyConnection, left: Side, right: Side, name: str, is_folded: bool) -> Aligned:
    of_left, of_right = left.column(name), right.column(name)
    assert of_left and of_right
    compared_as = TEXT if is_folded else _compared_as(connection, (left, of_left), (right, of_right))
    # DuckDB has no CASE of arrays of a fixed length.
    return Aligned(of_left.name, of_left, of_right, returned("list_type", compared_as))


Placed = tuple[Side, Column]


def _compared_as(connection: duckdb.DuckDBPyConnection, one: Placed, other: Placed) -> str:
    types = one[1].data_type, other[1].data_type
    if types == (TEXT, TEXT):
        return _of_texts(connection, one, other)
    if TEXT in types:
        text, typed = (one, other) if types[0] == TEXT else (other, one)
        return _of_text_and_type(connection, text, typed[1].data_type)
    return _of_types(*types)


def _of_types(one: str, other: str) -> str:
    if one != other and {one, other} <= MOMENTS:
        return _of_moments({one, other})
    common = common_type(one, other)
    return EXACT_TEXT if common == TEXT and is_number(one) and is_number(other) else common


def _of_moments(types: set[str]) -> str:
    """Nanoseconds reach neither far back nor far ahead, so nothing else is cast to them."""
    if NANOSECONDS in types:
        return EXACT_MOMENT
    return ZONED if ZONED in types else TIMESTAMP


def _of_texts(connection: duckdb.DuckDBPyConnection, one: Placed, other: Placed) -> str:
    """Numbers, or points in time, only where both sides of the column hold nothing else."""
    for type_of in (number_type, moment_type):
        first = type_of(connection, one[0].relation, one[1].name)
        second = first and type_of(connection, other[0].relation, other[1].name)
        if first and second:
            return _of_types(first, second)
    return TEXT


def _of_text_and_type(connection: duckdb.DuckDBPyConnection, text: Placed, data_type: str) -> str:
    side, column = text
    if is_number(data_type):
        written = number_type(connection, side.relation, column.name)
        return _of_types(written, data_type) if written else TEXT
    wider = {"DATE": ("DATE", "TIMESTAMP")}.get(data_type, (data_type,))
    return next((each for each in wider if _all_become(connection, side.relation, column.name, each)), TEXT)


def _all_become(connection: duckdb.DuckDBPyConnection, relation: str, column: str, data_type: str) -> bool:
    name = quoted(column)
    try:
        fails = f"try_cast({name} as {data_type}) is null"
        lossy = loses_text(name, data_type) or "false"
        query = f"select count(*) from {relation} where {name} is not null and ({fails} or {lossy})"
        row = connection.execute(query).fetchone()
    except duckdb.Error:  # a type no text can be cast to
        return False
    return row == (0,)
