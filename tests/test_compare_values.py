"""The macro `compare` on single values: which are equal, how far they are apart, and which rules are refused."""

from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.errors import DeclarationError
from flows.macros import render

SOME = settings(max_examples=20, deadline=None)


def pair(connection: duckdb.DuckDBPyConnection, left: str, right: str, **rules: Any) -> tuple[Any, ...] | None:
    """What is found of one pair of values: the kind of difference and how far they are apart."""
    sql = render("compare", f"(select 1 as id, {left} as x)", f"(select 1 as id, {right} as x)", "id", ["x"], **rules)
    row = connection.execute(f"select is_changed, _differences[1].kind, _differences[1].difference from ({sql})")
    return row.fetchone()


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ("9007199254740993", "9007199254740992", 1.0),
        ("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105726::hugeint", 1.0),
        ("12345678901234567890123::hugeint", "12345678901234567890122::hugeint", 1.0),
        ("123456789012345678.91::decimal(20, 2)", "123456789012345678.92::decimal(20, 2)", 0.01),
        ("0.1::double", "0.1::float", 1.49011612e-09),
        ("'007'", "'7'", 0.0),
    ],
)
def test_values_that_a_double_cannot_tell_apart_are_different(
    connection: duckdb.DuckDBPyConnection, left: str, right: str, difference: float
) -> None:
    assert pair(connection, left, right) == (True, "different", difference)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("'nan'::double", "'nan'::double"),
        ("0.0::double", "-0.0::double"),
        ("null::double", "null::double"),
        ("1::integer", "1.0::double"),
        ("1.50::decimal(9, 2)", "1.5::decimal(4, 1)"),
        ("[1, null]", "[1, null]"),
        ("date '2026-01-01'", "timestamp '2026-01-01 00:00:00'"),
    ],
)
def test_equal_values_are_equal_whatever_their_type(
    connection: duckdb.DuckDBPyConnection, left: str, right: str
) -> None:
    assert pair(connection, left, right) is None


WHOLE = st.integers(-100, 100)


@SOME
@example([(1000, 500)], 0, 60)
@given(st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=40), st.integers(0, 20), st.integers(0, 100))
def test_a_tolerance_is_the_wider_of_an_absolute_and_a_relative_one_and_symmetric(
    connection: duckdb.DuckDBPyConnection, pairs: list[tuple[int, int]], absolute: int, per_cent: int
) -> None:
    """Many pairs in one comparison, because planning one takes longer than comparing thousands."""
    expected = []
    for number, (left, right) in enumerate(pairs):
        close = abs(left - right) <= max(absolute, per_cent / 100 * max(abs(left), abs(right)))
        if left != right:
            expected.append((number, "within_tolerance" if close else "different", float(abs(left - right))))
    rules = {"tolerance": {"x": {"absolute": absolute, "relative": per_cent / 100}}}
    for data_type, swapped in (("bigint", False), ("double", True)):
        sides = [listed([pair[side] for pair in pairs], data_type) for side in (0, 1)]
        sql = render("compare", *(reversed(sides) if swapped else sides), "id", ["x"], **rules)
        found = f"select id, _differences[1].kind, _differences[1].difference from ({sql}) order by id"
        assert connection.execute(found).fetchall() == expected


def listed(values: list[int], data_type: str) -> str:
    rows = ", ".join(f"({number}, {value})" for number, value in enumerate(values))
    return f"(select id, x::{data_type} as x from (values {rows}) as given(id, x))"


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("1.00::double", "1.01::double", "within_tolerance"),
        ("'inf'::double", "1e300::double", "different"),
        ("'inf'::double", "'-inf'::double", "different"),
        ("'nan'::double", "1.0::double", "different"),
        ("null::double", "0.0::double", "null_left"),
        ("9007199254740993", "9007199254740992", "different"),
    ],
)
def test_a_tolerance_is_taken_between_decimals_and_never_reaches_infinity_or_null(
    connection: duckdb.DuckDBPyConnection, left: str, right: str, kind: str
) -> None:
    found = pair(connection, left, right, tolerance={"x": {"absolute": 0.01, "relative": 1e-18}})
    assert found and found[1] == kind


def test_a_tolerance_between_wide_decimals_is_not_that_of_their_doubles(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    left, right = (
        "1234567890123456789012345678.123456789::decimal(38, 9)",
        "1234567890123456789012345678::decimal(38, 9)",
    )
    for tolerance, kind in ((0.01, "different"), (0.2, "within_tolerance")):
        found = pair(connection, left, right, tolerance={"x": tolerance})
        assert found and found[1] == kind


def test_case_and_spaces_do_not_count_where_they_are_folded_also_in_keys(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    left, right = "(select 'K 1' as id, ' Ada\u00a0 L' as x)", "(select 'k  1 ' as id, 'ada l' as x)"
    fold = {"id": ["case", "space"], "x": ["case", "space"]}
    assert connection.execute(render("compare", left, right, "id", ["x"], fold=fold)).fetchall() == []
    only_case = render("compare", left, right, "id", ["x"], fold=fold | {"x": ["case"]})
    assert connection.execute(f"select changed_columns from ({only_case})").fetchall() == [("x",)]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"tolerance": {"z": 1}}, "tolerance of 'z', which is not a compared column beside a key"),
        ({"tolerance": {"x": {"abs": 1}}}, "tolerance of 'x': 'abs' is neither absolute nor relative"),
        ({"tolerance": {"x": "0.5"}}, "tolerance of 'x': '0.5' is no number from 0 up"),
        ({"tolerance": {"x": {"relative": -0.1}}}, "tolerance of 'x': '-0.1' is no number from 0 up"),
        ({"tolerance": {"x": float("inf")}}, "tolerance of 'x': 'inf' is no number from 0 up"),
        ({"tolerance": {"x": float("nan")}}, "tolerance of 'x': 'nan' is no number from 0 up"),
        ({"tolerance": {"x": {}}}, "tolerance of 'x' says nothing"),
        ({"fold": {"z": ["case"]}}, "fold of 'z', which is neither a key nor compared"),
        ({"fold": {"x": ["accents"]}}, "'accents' is neither case nor space"),
    ],
)
def test_a_rule_that_would_do_nothing_is_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        render("compare", "l", "r", "id", ["x"], **rules)


def test_a_column_with_a_name_of_compares_own_is_refused() -> None:
    for key, columns in (("_merge", ["x"]), ("x__left", ["x"]), ("id", ["_HASH"])):
        with pytest.raises(DeclarationError, match="rename it first"):
            render("compare", "l", "r", key, columns)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("18446744073709551617::hugeint", "36893488147419103234::hugeint"),
        ("[18446744073709551617::uhugeint]", "[36893488147419103234::uhugeint]"),
        ("18446744073709551618::decimal(38, 0)", "36893488147419103233::decimal(38, 0)"),
        ("0::hugeint", "-1::hugeint"),
        ("'0.00000'::decimal(19, 5)", "'-0.00001'::decimal(19, 5)"),
        ("'0'::decimal(19, 11)", "'-0.00000000001'::decimal(19, 11)"),
        ("'0'::decimal(38, 38)", "'-0.00000000000000000000000000000000000001'::decimal(38, 38)"),
        ("'80000000-0000-0001-0000-000000000001'::uuid", "'80000000-0000-0002-0000-000000000002'::uuid"),
        ("{'a': [interval 1 month]}", "{'a': [interval 1 microsecond]}"),
        ("[]::integer[]", "[0, null]::integer[]"),
        ("{'a': null::integer[], 'b': null}", "{'a': [0, null]::integer[], 'b': null}"),
    ],
)
def test_unlike_values_that_duckdb_hashes_alike_differ(
    connection: duckdb.DuckDBPyConnection, left: str, right: str
) -> None:
    assert connection.execute(f"select hash({left}) = hash({right})").fetchall() == [(True,)]
    found = pair(connection, left, right)
    assert found is not None and found[:2] == (True, "different")


NUMBERS = st.none() | st.sampled_from([0, 1, 2**64 + 1, 2**65 + 2])
LISTS = st.none() | st.lists(NUMBERS, max_size=2)
NESTED = st.none() | st.lists(st.none() | st.fixed_dictionaries({"a": NUMBERS, "b": LISTS}), max_size=2)


@given(rows=st.lists(st.tuples(NESTED, NESTED), min_size=1, max_size=20))
@SOME
def test_nested_values_are_equal_only_where_duckdb_says_so(
    connection: duckdb.DuckDBPyConnection, rows: list[tuple[Any, Any]]
) -> None:
    typed = "struct(a hugeint, b hugeint[])[]"
    values = ", ".join(f"({number}, {one!r}, {other!r})" for number, (one, other) in enumerate(rows)).replace(
        "None", "null"
    )
    given_rows = f"from (values {values}) as v(id, one, other)"
    connection.execute(
        f"create or replace table pairs as select id, one::{typed} as l, other::{typed} as r {given_rows}"
    )
    sql = render("compare", "(select id, l as x from pairs)", "(select id, r as x from pairs)", "id", ["x"])
    expected = "select id from pairs where l is distinct from r order by 1"
    assert (
        connection.execute(f"select id from ({sql}) order by 1").fetchall() == connection.execute(expected).fetchall()
    )


SIGNED_HALVES = st.sampled_from([0, -1]) | st.integers(-(2**52), 2**52)


@given(halves=st.tuples(SIGNED_HALVES, SIGNED_HALVES), other=SIGNED_HALVES, scale=st.integers(0, 35))
@settings(max_examples=60, deadline=None)
@example(halves=(0, -1), other=-1, scale=3)
@example(halves=(0, -1), other=-1, scale=8)
def test_wide_decimals_whose_halves_change_places_or_are_equal_differ(
    connection: duckdb.DuckDBPyConnection, halves: tuple[int, int], other: int, scale: int
) -> None:
    def decimal(upper: int, lower: int) -> str:
        number = upper * 2**64 + lower % 2**64
        digits = f"{abs(number):036}"
        text = f"{'-' if number < 0 else ''}{digits[: len(digits) - scale]}.{digits[len(digits) - scale :]}"
        return f"'{text}'::decimal(35, {scale})"

    upper, lower = halves
    for left, right in (((upper, lower), (lower, upper)), ((upper, upper), (other, other))):
        found = pair(connection, decimal(*left), decimal(*right))
        assert (found is None) == (left == right)


@pytest.mark.parametrize("digits", range(1, 39))
def test_decimals_are_hashed_twice_only_where_they_have_128_bits(
    connection: duckdb.DuckDBPyConnection, digits: int
) -> None:
    hashed = connection.execute(f"select {render('second_hash', f'1::decimal({digits}, 0)')}").fetchall()
    assert (hashed != [(None,)]) == (digits > 18)
