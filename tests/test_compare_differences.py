"""How far two numbers are apart, in the macro `compare`: exact at every size and scale, and never an error."""

from decimal import Context, Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.rendering import render

DIGITS = 38
EXACT = Context(prec=100)


@pytest.mark.parametrize("data_type", ["integer", "bigint", "decimal(18, 9)", "double", "varchar"])
def test_numbers_of_nine_digits_and_both_signs_are_compared(
    connection: duckdb.DuckDBPyConnection, data_type: str
) -> None:
    left, right = (f"(select 1 as id, ({x})::{data_type} as x)" for x in (-600000000, 600000000))
    sql = render("compare", left, right, "id", ["x"], tolerance={"x": 1})
    found = connection.execute(f"select is_changed, _differences[1].difference from ({sql})").fetchall()
    assert found == [(True, 1.2e9)]


def test_a_tolerance_is_exact_between_decimals_of_38_digits(connection: duckdb.DuckDBPyConnection) -> None:
    left, right = (
        f"(select 1 as id, {x}::decimal(38, 10) as x)"
        for x in ("12345678901234567890.9999999999", "12345678901234567891.0000000001")
    )
    for tolerance, kind in ((1e-10, "different"), (2e-10, "within_tolerance")):
        sql = render("compare", left, right, "id", ["x"], tolerance={"x": tolerance})
        assert connection.execute(f"select _differences[1].kind from ({sql})").fetchall() == [(kind,)]


@st.composite
def written_decimals(draw: st.DrawFn) -> str:
    """A decimal of up to 38 digits as DuckDB prints it, with many nines and noughts."""
    behind = draw(st.integers(0, DIGITS - 1))
    digits = draw(st.text("0159", min_size=DIGITS, max_size=DIGITS))[: DIGITS if behind == 0 else DIGITS - 1]
    whole, fraction = digits[: len(digits) - behind].lstrip("0"), digits[len(digits) - behind :]
    return draw(st.sampled_from(["", "-"])) + (whole or "0") + (f".{fraction}" if fraction else "")


@settings(max_examples=30, deadline=None)
@example([("-999999999.99999999", "999999999.99999999"), (".5", "-.25"), ("9" * 38, "8" * 38)])
@given(st.lists(st.tuples(written_decimals(), written_decimals()), min_size=30, max_size=60))
def test_the_difference_of_two_decimals_is_that_of_python_at_any_size(
    connection: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str]]
) -> None:
    """Also beside its neighbour, of which the first digits say nothing."""
    near = [(one, f"{one[:-1]}{9 - int(one[-1])}") for one, _ in pairs]
    rows = ", ".join(f"({number}, '{one}', '{other}')" for number, (one, other) in enumerate([*pairs, *near]))
    query = (
        f"select {render('numeric_difference', 'one', 'other')} from (values {rows}) as t(id, one, other) order by id"
    )
    found = [Decimal(row[0]) for row in connection.execute(query).fetchall()]
    for apart, (one, other) in zip(found, [*pairs, *near], strict=True):
        expected = abs(EXACT.subtract(Decimal(one), Decimal(other)))
        assert abs(EXACT.subtract(apart, expected)) <= EXACT.multiply(expected, Decimal("1e-15")), (one, other)
