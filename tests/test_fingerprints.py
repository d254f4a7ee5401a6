"""When two raw rows are equal, whatever source, order of columns and order of arrival they come in."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.cleaned import BOOKKEEPING
from tests.rendering import Relation, executing, relation, render


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        connection.execute("attach ':memory:' as warehouse; use warehouse; create schema raw; create schema staging")
        yield connection


def staged(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: list[str],
    rows: list[tuple[str | None, ...]],
    type: str = "varchar",
) -> Relation:
    """Lay rows into a raw table with these columns, and clean them."""
    listed = ", ".join(f'"{name}" {type}' for name in columns)
    number = connection.execute("select count(*) + 1 from duckdb_tables() where schema_name = 'raw'").fetchall()[0][0]
    connection.execute(f"create table raw.{source} ({listed}, {BOOKKEEPING})")
    places = ", ".join("?" for _ in columns)
    for row_number, row in enumerate(rows, start=1):
        values = f"{places}, {number}, {row_number}, null, null"
        connection.execute(f"insert into raw.{source} values ({values})", list(row))
    with executing(connection):
        query = render("clean", relation("raw", source), {name: {"type": "text"} for name in columns})
    connection.execute(f"create table staging.{source} as {query}")
    return relation("staging", source)


def fingerprints(connection: duckdb.DuckDBPyConnection, staging: Relation) -> list[int]:
    rows = connection.execute(f"select _row_fingerprint from {staging} order by _row_number").fetchall()
    return [fingerprint for (fingerprint,) in rows]


def test_rows_of_two_sources_with_other_orders_of_columns_are_equal_where_their_columns_are(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    shop = staged(connection, "shop", ["buyer", "seller"], [("x", "y")])
    web = staged(connection, "web", ["seller", "buyer"], [("x", "y"), ("y", "x")])
    with executing(connection):
        both = render("combine", {"shop": shop, "web": web})
    connection.execute(f"create table staging.both_sources as {both}")
    table = relation("staging", "both_sources")
    losers = connection.execute(f"select _file_id, _row_number, rule from ({render('losers', table)})")
    assert losers.fetchall() == [(2, 2, "equal_rows")]
    kept = connection.execute(f"select buyer, seller from ({render('deduplicate', table)}) order by all")
    assert kept.fetchall() == [("x", "y"), ("y", "x")]


def test_equal_values_under_other_names_are_no_equal_rows(connection: duckdb.DuckDBPyConnection) -> None:
    shop = staged(connection, "shop", ["city", "name"], [("paris", "london")])
    web = staged(connection, "web", ["name", "town"], [("paris", "london")])
    assert fingerprints(connection, shop) != fingerprints(connection, web)


def test_the_order_and_the_case_in_which_columns_came_change_no_fingerprint(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows: list[tuple[str | None, ...]] = [("1", "b", None), ("2", None, "c"), ("3", "", 'with "quotes"')]
    first = staged(connection, "first", ["id", "full name", "Note"], rows)
    second = staged(connection, "second", ["note", "id", "Full Name"], [(note, id, name) for id, name, note in rows])
    assert fingerprints(connection, first) == fingerprints(connection, second)
    assert len(set(fingerprints(connection, first))) == 3


@pytest.mark.parametrize(
    ("one", "value", "other", "other_value"),
    [
        ("decimal(10, 2)", "1.50", "decimal(10, 3)", "0.150"),
        ("integer", "18262", "date", "2020-01-01"),
        ("enum('a', 'b')", "a", "enum('x', 'y')", "x"),
        ("decimal(8, 2)", "1.50", "integer", "150"),
    ],
)
def test_values_of_unlike_types_are_no_equal_rows_though_they_have_the_same_bytes(
    connection: duckdb.DuckDBPyConnection, one: str, value: str, other: str, other_value: str
) -> None:
    first = staged(connection, "first", ["x"], [(value,)], type=one)
    second = staged(connection, "second", ["x"], [(other_value,)], type=other)
    assert fingerprints(connection, first) != fingerprints(connection, second)
