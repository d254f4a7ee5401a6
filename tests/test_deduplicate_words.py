"""How `deduplicate` reads what it is given as text: orders, expressions, and names."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from flows.errors import DeclarationError
from flows.macros import returned
from tests.rendering import render
from tests.test_deduplicate import kept, put


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        put(connection, [(1, "a", 1, "x, y", None), (1, "b", 2, "x, y", None), (1, "A", None, "(", None)])
        yield connection


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("updated desc", 2),
        ("updated  DESC\n  nulls   last ", 2),
        ("updated\tdesc nulls\nfirst", 3),
        ("updated asc", 1),
        ("updated nulls first", 3),
        ("case when updated > 1 then 'desc' end  desc", 2),
    ],
)
def test_an_order_may_be_written_with_any_blanks(connection: duckdb.DuckDBPyConnection, order: str, first: int) -> None:
    (row,) = kept(connection, partition_by="id", order_by=order)
    assert row["_row_number"] == first
    assert f":{order.strip()}:" in row["_duplicates"]


@pytest.mark.parametrize(
    "key", ["replace(email, ')', ',')", "email = ', '", '"email"', "[email, email]", "{'a': email, 'b': email}"]
)
def test_a_comma_or_bracket_in_a_text_divides_nothing(connection: duckdb.DuckDBPyConnection, key: str) -> None:
    assert kept(connection, partition_by=key, order_by="_row_number")[0]["_row_number"] == 1


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"partition_by": "replace(email, '(', ''), id"}, "holds a comma"),
        ({"columns": "id, part"}, "columns 'id, part' holds a comma; give a list"),
        ({"partition_by": "part collate nocase"}, "partition_by 'part collate nocase' .* write lower"),
        ({"columns": ["id", "part COLLATE nocase.noaccent"]}, "columns 'part COLLATE nocase.noaccent' .* write lower"),
    ],
)
def test_what_would_do_something_else_is_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        render("deduplicate", "t", **rules)


@pytest.mark.parametrize("columns", ["lower(part)", ["lower(part)", "id"], ['lower("part")']])
def test_rows_may_be_equal_in_expressions(connection: duckdb.DuckDBPyConnection, columns: object) -> None:
    assert len(kept(connection, columns=columns)) == 2
    assert len(kept(connection, partition_by="id", order_by="_row_number", columns=columns)) == 1


def test_a_source_without_a_rank_and_none_at_all_come_last_and_are_trusted_alike(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    put(connection, [(1, None, 1, "a", None), (1, "z", 1, "b", None), (1, "a", None, None, None)])
    trust = [returned("most_trusted", ["b", "a"], column="part"), "email desc"]
    assert kept(connection, partition_by="id", order_by=trust)[0]["_row_number"] == 3
    (row,) = kept(connection, partition_by="id", order_by=[returned("most_trusted", ["b"], column="part"), "email"])
    assert (row["_row_number"], row["_duplicates"]) == (1, "1:2:key:email:1:1,1:3:key:email:1:1")
