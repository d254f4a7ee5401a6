"""No value of a typed file changes, and no row is lost, where columns of unlike types meet."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from flows.errors import DeclarationError
from flows.macros import returned
from tests.cleaned import Cleaned, cleaned_by
from tests.rendering import executing, render

INEXACT = [
    ("1.4::decimal(38, 10)", "1::decimal(38, 0)"),
    ("0.00000000000000000001::decimal(38, 30)", "0::decimal(19, 0)"),
    ("'170141183460469231731687303715884105727'::hugeint", "'170141183460469231731687303715884105726'::uhugeint"),
    ("9007199254740993", "9007199254740992.0::double"),
    ("16777217", "16777216::float"),
    ("0.1000000001::decimal(12, 10)", "0.1::float"),
]
EXACT = [
    ("1.40::decimal(38, 10)", "1.4::decimal(38, 1)"),
    ("1::decimal(38, 10)", "1::decimal(38, 0)"),
    ("7::hugeint", "7::uhugeint"),
    ("1.5::decimal(12, 4)", "1.5::double"),
    ("0.1::decimal(12, 10)", "0.1::float"),
    ("0.00001::decimal(12, 10)", "0.00001::float"),
    ("18446744073709551615", "18446744073709551615::ubigint"),
    ("-0.5::decimal(9, 9)", "-0.5::double"),
    ("0::decimal(38, 38)", "0"),
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


@pytest.mark.parametrize("macro", ["join_report", "join_counts"])
@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_a_join_of_moments_that_no_type_holds_is_refused_with_the_remedy(
    connection: duckdb.DuckDBPyConnection, macro: str, unit: str
) -> None:
    moments = f"'2026-01-31'::timestamp_{unit}", "timestamptz '2026-01-31'"
    for one, other in (moments, moments[::-1]):
        with pytest.raises(DeclarationError, match=r"join_report: one has 'k' as TIMESTAMP.*; declare one type"):
            rows_of_two(connection, one, other, macro)


@pytest.mark.parametrize("value", ["0.5", "-0.25", "0", "-0.000000001"])
@pytest.mark.parametrize("other", ["decimal(10, 9)", "decimal(38, 20)", "double"])
def test_a_decimal_without_whole_digits_equals_the_same_number_of_another_type(
    connection: duckdb.DuckDBPyConnection, value: str, other: str
) -> None:
    sides = [f"(select 1 as id, {value}::{data_type} as x)" for data_type in ("decimal(9, 9)", other)]
    for left, right in (sides, sides[::-1]):
        assert connection.execute(render("compare", left, right, "id", ["x"])).fetchall() == []


@pytest.mark.parametrize(
    ("rules", "texts", "values"),
    [
        ({"type": "decimal(12, 2)"}, ["1.234", "1,5"], [Decimal(1234), Decimal("1.5")]),
        ({"type": "decimal(12, 2)", "decimal_mark": ","}, ["1.234", "1.234,50"], [Decimal(1234), Decimal("1234.5")]),
        ({"type": "date"}, ["03/04/2026", "04/13/2026"], [date(2026, 3, 4), date(2026, 4, 13)]),
        ({"type": "date", "formats": ["german"]}, ["2026-04-03", "03.04.2026"], [None, date(2026, 4, 3)]),
    ],
)
def test_the_words_of_an_enumeration_are_read_as_texts_are(
    rules: dict[str, Any], texts: list[str], values: list[object]
) -> None:
    query = render("clean", "raw", {"x": rules})
    found = cleaned_by(query, texts, data_type=f"enum{tuple(texts)}")
    assert [each.value for each in found] == values
    assert found == cleaned_by(query, texts)


@pytest.mark.parametrize("limit", [{"maximum": 1e18}, {"minimum": -1e18}])
@pytest.mark.parametrize("data_type", ["bigint", "decimal(38, 0)"])
def test_a_limit_written_with_a_power_of_ten_is_exact(limit: dict[str, float], data_type: str) -> None:
    (bound,) = (int(each) for each in limit.values())
    beyond = bound + 1 if bound > 0 else bound - 1
    rules = limit | {"type": "integer" if data_type == "bigint" else data_type}
    found = cleaned_by(render("clean", "raw", {"x": rules}), [bound, beyond], data_type=data_type)
    assert found == [Cleaned(bound, (), (), False), Cleaned(None, (), ("range",), False)]


def test_a_limit_that_no_value_of_a_decimal_reaches_lets_all_pass() -> None:
    query = render("clean", "raw", {"x": {"type": "decimal(38, 10)", "minimum": -1e30, "maximum": 1e300}})
    assert [each.problems for each in cleaned_by(query, ["1234567890123456789012345678.5"])] == [()]


@pytest.mark.parametrize("data_type", ["decimal(9, 9)", "varchar"])
def test_a_zero_that_begins_with_its_point_is_a_whole_number(data_type: str) -> None:
    query = render("clean", "raw", {"x": {"type": "integer", "decimal_mark": "."}})
    found = cleaned_by(query, [".000000000", ".100000000"], data_type=data_type)
    assert found == [Cleaned(0, ("number_format",), (), False), Cleaned(None, (), ("integer",), False)]


@pytest.mark.parametrize("others", [["decimal(12,4)"], ["decimal(12,4)[]"], ["integer"]])
def test_lists_of_decimals_meet_in_no_type(others: list[str]) -> None:
    assert returned("common_type", ["decimal(10,2)[]", *others]) is None


@pytest.mark.parametrize("tokens", [["-1", "0", "2.5"], [-1, 0, 2.5], ["-1.00", "0.0", "2.50"]])
@pytest.mark.parametrize("cleaned_type", ["double", "integer", "decimal(9, 3)", "text"])
@pytest.mark.parametrize("data_type", ["double", "float", "decimal(30, 20)", "bigint"])
def test_a_number_that_means_nothing_does_so_however_its_type_prints_it(
    tokens: list[Any], cleaned_type: str, data_type: str
) -> None:
    query = render("clean", "raw", {"x": {"type": cleaned_type, "null_tokens": tokens}})
    nothing = Cleaned(None, ("null_token",), (), False)
    numbers = [-1, 0] if data_type == "bigint" else [-1, 0, -0.0, 2.5]
    assert cleaned_by(query, numbers, data_type=data_type) == [nothing] * len(numbers)
    (other,) = cleaned_by(query, [10], data_type=data_type)
    assert other.value is not None


def test_a_text_means_nothing_only_as_it_is_written() -> None:
    query = render("clean", "raw", {"x": {"null_tokens": ["-1"]}})
    assert [each.value for each in cleaned_by(query, ["-1", "-1.0"])] == [None, "-1.0"]
