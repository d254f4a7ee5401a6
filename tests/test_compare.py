"""The macro `compare` on random tables, against pandas and against counting: what differs, and in which rows."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.comparing.macros import render
from flows.errors import DeclarationError

Row = tuple[Any, ...]
COLUMNS = {"id": "bigint", "name": "varchar", "amount": "double"}
KEYS = st.one_of(st.none(), st.integers(0, 12))
NAMES = st.one_of(st.none(), st.sampled_from(["", "a", "b", "A ", "NULL"]))
AMOUNTS = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 1.5, 2.0, -3.25, math.inf]))
ROWS = st.lists(st.tuples(KEYS, NAMES, AMOUNTS), max_size=14)
MANY = settings(max_examples=200, deadline=None)
SOME = settings(max_examples=30, deadline=None)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        yield connection


def put(connection: duckdb.DuckDBPyConnection, **tables: Sequence[Row]) -> None:
    for name, rows in tables.items():
        described = ", ".join(f"{column} {data_type}" for column, data_type in COLUMNS.items())
        connection.execute(f"create or replace table {name} ({described})")
        if rows:
            connection.executemany(f"insert into {name} values (?, ?, ?)", rows)


def compared(
    connection: duckdb.DuckDBPyConnection, key: str | list[str] = "id", left: str = "l", right: str = "r", **rules: Any
) -> list[dict[str, Any]]:
    columns = [name for name in COLUMNS if name not in key]
    result = connection.execute(f"{render('compare', left, right, key, columns, **rules)} order by all")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def counts(rows: Sequence[dict[str, Any]]) -> Counter[str]:
    """How many rows are on which side, and which of those on both are changed."""
    return Counter(row["_merge"] for row in rows) + Counter("changed" for row in rows if row["is_changed"])


def pair(connection: duckdb.DuckDBPyConnection, left: str, right: str, **rules: Any) -> tuple[Any, ...] | None:
    """What is found of one pair of values: the kind of difference and how far they are apart."""
    sql = render("compare", f"(select 1 as id, {left} as x)", f"(select 1 as id, {right} as x)", "id", ["x"], **rules)
    row = connection.execute(f"select is_changed, _differences[1].kind, _differences[1].difference from ({sql})")
    return row.fetchone()


@MANY
@given(ROWS, ROWS)
def test_rows_are_merged_as_pandas_merges_them(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    frames = [pd.DataFrame(rows, columns=list(COLUMNS), dtype=object).drop_duplicates("id") for rows in (left, right)]
    put(connection, l=frames[0].values.tolist(), r=frames[1].values.tolist())
    merged = pd.merge(*frames, on="id", how="outer", indicator=True, suffixes=("__left", "__right")).fillna("nothing")
    both = merged[merged["_merge"] == "both"]
    unlike = {name: both[f"{name}__left"] != both[f"{name}__right"] for name in ("name", "amount")}
    ours = compared(connection)
    assert {row["id"] for row in ours if row["is_changed"]} == {
        None if key == "nothing" else key for key in both.loc[unlike["name"] | unlike["amount"], "id"]
    }
    for name, differs in unlike.items():
        assert sum(name in (row["changed_columns"] or "").split(",") for row in ours) == differs.sum()
    for side in ("left_only", "right_only"):
        assert counts(ours)[side] == (merged["_merge"] == side).sum()
    assert all(row["is_changed"] or row["_merge"] != "both" for row in ours)


@MANY
@given(ROWS, ROWS)
def test_rows_of_one_key_are_compared_as_a_multiset(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    ours = compared(connection)
    expected: Counter[str] = Counter()
    equal_pairs_of_repeated_keys = 0
    for key in {row[0] for row in left + right}:
        of_left, of_right = ([row for row in side if row[0] == key] for side in (left, right))
        pairs, twins = min(len(of_left), len(of_right)), (Counter(of_left) & Counter(of_right)).total()
        repeated = max(len(of_left), len(of_right)) > 1
        equal_pairs_of_repeated_keys += twins if repeated else 0
        expected += Counter(left_only=len(of_left) - pairs, right_only=len(of_right) - pairs, changed=pairs - twins)
        rows = [row for row in ours if row["id"] == key]
        assert {(row["_rows_left"], row["_rows_right"]) for row in rows} <= {(len(of_left), len(of_right))}
        assert sorted(row["_pair"] for row in rows) == list(range(1, len(rows) + 1))
    found = counts(ours)
    assert found.pop("both", 0) == expected["changed"] + equal_pairs_of_repeated_keys
    assert found == +expected


@SOME
@given(ROWS, ROWS, st.randoms())
def test_the_order_of_the_rows_never_matters(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row], random: Any
) -> None:
    put(connection, l=left, r=right)
    before = compared(connection)
    random.shuffle(left)
    random.shuffle(right)
    put(connection, l=left, r=right)
    assert compared(connection) == before


MIRRORED = {"left_only": "right_only", "right_only": "left_only", "null_left": "null_right", "null_right": "null_left"}
RULES: dict[str, Any] = {
    "tolerance": {"amount": {"absolute": 0.5, "relative": 0.1}},
    "fold": {"name": ["case", "space"]},
}


@SOME
@given(ROWS, ROWS)
def test_comparing_the_other_way_round_mirrors_everything(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    there, back = compared(connection, **RULES), compared(connection, left="r", right="l", **RULES)
    assert sorted(map(str, map(mirrored, back))) == sorted(map(str, there))


def mirrored(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its sides exchanged, its names in the order of a row that is not."""
    other = {"left": "right", "right": "left"}
    named = {name: name[: -len(side)] + other[side] for name in row for side in other if name.endswith(f"_{side}")}
    turned: dict[str, Any] = {name: row[named.get(name, name)] for name in row}
    turned["_merge"] = MIRRORED.get(row["_merge"], row["_merge"])
    turned["_differences"] = [
        each
        | {"kind": MIRRORED.get(each["kind"], each["kind"])}
        | {"left_value": each["right_value"], "right_value": each["left_value"]}
        for each in row["_differences"]
    ]
    return turned


@SOME
@given(ROWS, ROWS)
def test_the_optimiser_that_is_switched_off_would_change_nothing(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    without = compared(connection, **RULES)
    connection.execute("set disabled_optimizers = ''")
    try:
        assert compared(connection, **RULES) == without
    finally:
        connection.execute("set disabled_optimizers = 'common_subplan'")


@SOME
@given(ROWS, ROWS)
def test_whole_rows_are_compared_where_there_is_no_key(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    found = Counter((row["_merge"], tuple(row[name] for name in COLUMNS)) for row in compared(connection, key=[]))
    expected = Counter({("left_only", row): n for row, n in (Counter(left) - Counter(right)).items()})
    expected.update({("right_only", row): n for row, n in (Counter(right) - Counter(left)).items()})
    assert found == expected


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ("9007199254740993", "9007199254740992", 1.0),
        ("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105726::hugeint", 0.0),
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


@MANY
@example(1000, 500, 0, 60)
@given(st.integers(-100, 100), st.integers(-100, 100), st.integers(0, 20), st.integers(0, 100))
def test_a_tolerance_is_the_wider_of_an_absolute_and_a_relative_one_and_symmetric(
    connection: duckdb.DuckDBPyConnection, left: int, right: int, absolute: int, per_cent: int
) -> None:
    close = abs(left - right) <= max(absolute, per_cent / 100 * max(abs(left), abs(right)))
    rules = {"tolerance": {"x": {"absolute": absolute, "relative": per_cent / 100}}}
    kind = "within_tolerance" if close else "different"
    expected = None if left == right else (not close, kind, float(abs(left - right)))
    assert pair(connection, f"{left}::bigint", f"{right}::bigint", **rules) == expected
    assert pair(connection, f"{right}::double", f"{left}::double", **rules) == expected


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
