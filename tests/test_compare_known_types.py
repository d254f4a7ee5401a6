"""The macro `compare` gives the same whether the types of the columns are known beforehand or not."""

from collections import Counter
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.macros import render

VALUES = {
    "tinyint": ["0", "-1", "127"],
    "bigint": ["0", "9007199254740993", "-9007199254740993"],
    "hugeint": ["0", "-1", "18446744073709551617", "36893488147419103234"],
    "uhugeint": ["0", "18446744073709551617", "36893488147419103234"],
    "decimal(9, 2)": ["0", "0.01", "-0.01"],
    "decimal(21, 1)": ["0", "-0.1", "10000000000000000000"],
    "decimal(38, 9)": ["0", "18446744073.709551617", "36893488147.419103234"],
    "double": ["0", "'-0.0'", "0.1", "0.30000000000000004", "'nan'", "'inf'", "'-inf'"],
    "float": ["0.1", "'nan'"],
    "boolean": ["true", "false"],
    "varchar": ["''", "'a'", "'A '", "'1'", "'1.0'", "'2026-01-01'", "'nan'"],
    "date": ["'2026-01-01'", "'2026-01-03'", "'infinity'"],
    "time": ["'10:00:00'", "'10:00:00.5'"],
    "timestamp": ["'2026-01-01'", "'2026-01-01 00:00:00.000001'", "'-infinity'"],
    "timestamp_ns": ["'2026-01-01'", "'2026-01-01 00:00:00.000000001'"],
    "timestamptz": ["'2026-01-01 00:00:00+00'", "'2026-01-01 01:00:00+00'"],
    "timetz": ["'10:00:00+00'", "'11:00:00+01'"],
    "interval": ["'1 month'", "'1 day'", "'1 microsecond'"],
    "uuid": ["'80000000-0000-0001-0000-000000000001'", "'80000000-0000-0002-0000-000000000002'"],
    "blob": ["'a'", "'1'"],
    "enum('1', '2')": ["'1'", "'2'"],
    "json": ["'1'", "'{\"a\": 1}'"],
    "integer[]": ["[]", "[0, null]", "[1]"],
    "struct(a integer, b hugeint)": ["{'a': 1, 'b': 18446744073709551617}", "{'a': 1, 'b': 36893488147419103234}"],
    "map(varchar, integer)": ["map {'a': 1}", "map {'a': 2}"],
    "union(num integer, str varchar)": ["union_value(num := 1)", "union_value(str := '1')"],
}
TYPES = list(VALUES)
# Where the values of a row's columns stand among those of their types; the last one stands for NULL.
ROWS = st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 7), min_size=2, max_size=2)), max_size=6)


def side(types: list[str], rows: list[tuple[int, list[int]]]) -> str:
    """Return a query of rows with a key, which may repeat, and a column of each type."""
    columns = ", ".join(f"null::{each} as c{at}" for at, each in enumerate(types))
    selected = [f"select null::integer as id, {columns} where false"]
    for key, places in rows:
        cells = [literal(each, place) for each, place in zip(types, places, strict=True)]
        selected.append(f"select {key}, {', '.join(cells)}")
    return f"({' union all '.join(selected)})"


def literal(data_type: str, place: int) -> str:
    values = [*VALUES[data_type], "null"]
    return f"cast({values[place % len(values)]} as {data_type})"


@settings(max_examples=60, deadline=None)
@given(
    types=st.lists(st.sampled_from(TYPES), min_size=2, max_size=2),
    left=ROWS,
    right=ROWS,
    is_tolerant=st.booleans(),
    fold=st.sampled_from([{}, {"c1": ["case", "space"]}]),
    key=st.sampled_from(["id", []]),
)
def test_known_types_change_nothing_of_what_is_found(
    connection: duckdb.DuckDBPyConnection,
    types: list[str],
    left: Any,
    right: Any,
    is_tolerant: bool,
    fold: dict[str, list[str]],
    key: Any,
) -> None:
    rules = {"tolerance": {"c0": 1} if is_tolerant and key else {}, "fold": fold}
    known = dict(connection.execute(f"select column_name, column_type from (describe {side(types, [])})").fetchall())
    # Which of two values that are folded to the same one is shown depends on chance.
    shown = "*" if not fold else "_merge, changed_columns, _rows_left, _rows_right, _pair"
    sides = side(types, left), side(types, right)
    calls = [render("compare", *sides, key, ["c0", "c1"], **rules, same_types=each) for each in ({}, known)]
    unknown, looked_up = (connection.execute(f"select {shown} from ({call})").fetchall() for call in calls)
    assert Counter(map(repr, unknown)) == Counter(map(repr, looked_up))
