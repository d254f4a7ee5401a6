"""No value of a typed file changes, and no row is lost, where columns of unlike types meet."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.rendering import executing, render

INEXACT = [
    ("1.4::decimal(38, 10)", "1::decimal(38, 0)"),
    ("0.00000000000000000001::decimal(38, 30)", "0::decimal(19, 0)"),
    ("'170141183460469231731687303715884105727'::hugeint", "'170141183460469231731687303715884105726'::uhugeint"),
    ("9007199254740993", "9007199254740992.0::double"),
    ("16777217", "16777216::float"),
]
EXACT = [
    ("1.40::decimal(38, 10)", "1.4::decimal(38, 1)"),
    ("1::decimal(38, 10)", "1::decimal(38, 0)"),
    ("7::hugeint", "7::uhugeint"),
    ("1.5::decimal(12, 4)", "1.5::double"),
    ("18446744073709551615", "18446744073709551615::ubigint"),
]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'; set timezone = 'UTC'")
        with executing(connection):
            yield connection


def rows_of_two(connection: duckdb.DuckDBPyConnection, one: str, other: str, macro: str) -> list[tuple[object, ...]]:
    """Lay one key into a table each, and ask a macro what the two have in common."""
    connection.execute(f"create or replace table one as select {one} as k, 1 as x")
    connection.execute(f"create or replace table other as select {other} as k, 1 as x")
    arguments = ["k", ["x"]] if macro == "compare" else ["k"]
    return connection.execute(render(macro, "one", "other", *arguments)).fetchall()


@pytest.mark.parametrize("macro", ["compare", "join_report", "join_counts"])
@pytest.mark.parametrize(("one", "other"), [*INEXACT, *(pair[::-1] for pair in INEXACT)])
def test_keys_that_would_only_meet_in_a_type_that_rounds_them_stop_the_statement(
    connection: duckdb.DuckDBPyConnection, macro: str, one: str, other: str
) -> None:
    name = macro.split("_")[0]
    with pytest.raises(duckdb.InvalidInputException, match=f"{name}.*: k is .* cannot hold it exactly: .*; cast it"):
        rows_of_two(connection, one, other, macro)


@pytest.mark.parametrize(("one", "other"), [*EXACT, *(pair[::-1] for pair in EXACT)])
def test_equal_keys_of_unlike_types_meet_where_nothing_is_rounded(
    connection: duckdb.DuckDBPyConnection, one: str, other: str
) -> None:
    assert rows_of_two(connection, one, other, "compare") == []
    assert rows_of_two(connection, one, other, "join_report") == []
    assert rows_of_two(connection, one, other, "join_counts")[0][-1] == "one_to_one"
