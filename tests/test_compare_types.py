"""The macro `compare` where a column has one type on the left and another on the right: exact, and never skipped."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.macros import render

SOME = settings(max_examples=60, deadline=None)
FAR = 2**53


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'; set timezone = 'UTC'")
        yield connection


def pair(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> tuple[Any, ...] | None:
    """What is found of one pair of values: the kind of difference, both values, and how far they are apart."""
    sql = render("compare", f"(select 1 as id, {left} as x)", f"(select 1 as id, {right} as x)", "id", ["x"])
    found = connection.execute(f"select unnest(_differences) as found from ({sql})").fetchone()
    return tuple(found[0].values())[1:] if found else None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("9007199254740992", "9007199254740992::double"),
        ("100000000000000000000::hugeint", "1e20::double"),
        ("1", "1.00::decimal(9, 2)"),
        ("0.5::float", "0.5::double"),
        ("0.10::decimal(9, 2)", "0.1::double"),
        ("-0.0::double", "0"),
        ("0.00001::double", "0.00001::decimal(18, 8)"),
        ("-1.5e-7::double", "-0.00000015::decimal(38, 20)"),
        ("pow(2, 124)", "21267647932558653966460912964485513216::hugeint"),
        ("pow(2, 127)", "170141183460469231731687303715884105728::uhugeint"),
        ("'-inf'::float", "'-inf'::double"),
        ("'nan'::float", "'nan'::double"),
        ("null::date", "null::bigint"),
        ("date '2026-01-31'", "'2026-01-31'"),
        ("date '2026-01-31'", "timestamp '2026-01-31 00:00:00'"),
        ("date '2026-01-31'", "timestamptz '2026-01-31 01:00:00+01'"),
        ("date 'infinity'", "timestamp 'infinity'"),
        ("timestamp_ns '2026-01-31 00:00:00'", "timestamptz '2026-01-31 01:00:00+01'"),
        ("timestamp '2026-01-31 00:00:00.5'", "timestamp_ns '2026-01-31 00:00:00.5'"),
        ("[1, null]", "[1, null]::bigint[]"),
        ("'a'::enum ('a', 'b')", "'a'"),
    ],
)
def test_values_of_different_types_are_equal_where_they_are_the_same_number_time_or_text(
    connection: duckdb.DuckDBPyConnection, left: str, right: str
) -> None:
    assert pair(connection, left, right) is None
    assert pair(connection, right, left) is None


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ("9007199254740993", "9007199254740992::double", 1.0),
        ("12345678901234567.89::decimal(30, 2)", "12345678901234567.89::double", 0.11),
        ("0.1::float", "0.1::double", 1.49011612e-09),
        ("date '2026-01-31'", "'31.1.2026'", None),
        ("date '2026-01-31'", "timestamp '2026-01-31 00:00:01'", 1.0),
        ("timestamp_ns '2026-01-31 00:00:00.000000001'", "timestamptz '2026-01-31 00:00:00+00'", 0.0),
        ("0.00001::double", "0.00002::decimal(18, 8)", 1e-05),
        ("date '2026-01-31'", "5", None),
        ("{'a': 1}", "5", None),
        ("true", "1", None),
        ("'007'", "7", 0.0),
    ],
)
def test_values_of_different_types_that_are_not_the_same_are_told_as_they_stand(
    connection: duckdb.DuckDBPyConnection, left: str, right: str, difference: float | None
) -> None:
    there, back = pair(connection, left, right), pair(connection, right, left)
    assert there and back and (there[0], there[3]) == (back[0], back[3]) == ("different", difference)
    assert (there[1], there[2]) == (back[2], back[1])
    assert connection.execute(f"select ({left})::varchar, ({right})::varchar").fetchone() == there[1:3]


@SOME
@given(st.lists(st.tuples(st.integers(FAR - 3, FAR + 3), st.integers(FAR - 3, FAR + 3)), min_size=1, max_size=12))
def test_whole_numbers_beside_doubles_are_told_apart_beyond_the_doubles_reach(
    connection: duckdb.DuckDBPyConnection, pairs: list[tuple[int, int]]
) -> None:
    """Also where their key repeats, so that rows are paired by their values."""
    for key in ("row_number() over ()", "1"):
        left, right = (
            f"(select {key} as id, x::{data_type} as x from (values {values}) as given(x))"
            for data_type, values in (
                ("bigint", ", ".join(f"({one})" for one, _ in pairs)),
                ("double", ", ".join(f"({other})" for _, other in pairs)),
            )
        )
        sql = render("compare", left, right, "id", ["x"])
        changed = connection.execute(f"select count(*) from ({sql}) where is_changed").fetchone()
        if key == "1":
            twins = sorted(one for one, _ in pairs), sorted(int(float(other)) for _, other in pairs)
            shared = sum(min(twins[0].count(each), twins[1].count(each)) for each in set(twins[0]))
            assert changed == (len(pairs) - shared,)
        else:
            assert changed == (sum(one != int(float(other)) for one, other in pairs),)


def test_a_key_that_its_other_type_cannot_hold_stops_the_comparison_instead_of_pairing_wrong_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    left, right = "(select unnest([{0}, 1]) as id)", "(select unnest([{0}, 1])::double as id)"
    for key in (["id"], []):
        columns = [] if key else ["id"]
        near = render("compare", left.format(FAR - 1), right.format(FAR - 1), key, columns)
        assert connection.execute(near).fetchall() == []
        far = render("compare", left.format(FAR + 1), right.format(FAR + 1), key, columns)
        with pytest.raises(duckdb.Error, match=r"compare: id is .* on the other, and .* cannot hold it"):
            connection.execute(far).fetchall()


def test_a_decimal_key_beside_a_double_stops_where_no_double_prints_like_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    double = "(select 900719.123456789::double as id)"
    for value in ("900719.123456789", "900719.123456789001"):
        sql = render("compare", f"(select {value}::decimal(38, 12) as id)", double, "id", [])
        if value in double:
            assert connection.execute(sql).fetchall() == []
        else:
            with pytest.raises(duckdb.Error, match=r"compare: id is DECIMAL.*: 900719.123456789001; cast"):
                connection.execute(sql).fetchall()


def test_a_side_without_rows_has_types_too(connection: duckdb.DuckDBPyConnection) -> None:
    empty = "(select 1 as id, date '2026-01-31' as x where false)"
    sql = render("compare", empty, "(select 1 as id, 5 as x)", "id", ["x"])
    assert connection.execute(f"select _merge, x__left, x__right from ({sql})").fetchall() == [("right_only", None, 5)]


def test_a_column_of_two_types_is_flagged_even_where_all_its_values_are_equal(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    sql = render("compare", "(select 1 as id, 2 as x, 3 as y)", "(select 1 as id, 2.0 as x, 3 as y)", "id", ["x", "y"])
    connection.execute(f"create or replace table of_two_types as {sql}")
    columns = render("columns_of_comparison", "of_two_types")
    flagged = f"select column_name, mismatches, left_type, right_type from ({columns})"
    assert connection.execute(flagged).fetchall() == [("x", 0, "INTEGER", "DECIMAL(2,1)")]


UNION = "union(num integer, s varchar, d double)"
UNIONS = ["null", "num := 2", "s := '2'", "s := 'b'", "d := 2.0", "num := null::integer", "s := null::varchar"]
OF_UNION = st.lists(st.tuples(st.integers(0, 2), st.integers(0, len(UNIONS) - 1)), max_size=7)


@SOME
@given(OF_UNION, OF_UNION, st.booleans())
def test_unions_are_told_apart_by_tag_and_value_also_where_keys_repeat(
    connection: duckdb.DuckDBPyConnection, left: list[tuple[int, int]], right: list[tuple[int, int]], has_key: bool
) -> None:
    def side(rows: list[tuple[int, int]]) -> str:
        values = [f"({key}, {'null' if not each else f'union_value({UNIONS[each]})'}::{UNION})" for key, each in rows]
        return f"(from (values (0, null::{UNION}), {', '.join(['(0, null)', *values])}) as t(id, x) offset 2)"

    sql = render("compare", side(left), side(right), *((["id"], ["x"]) if has_key else ([], ["id", "x"])))
    merged = connection.execute(f"select _merge, is_changed from ({sql})").fetchall()
    ours = Counter("changed" if changed else merge for merge, changed in merged if changed or merge != "both")
    both = Counter(left) & Counter(right)
    pairs = Counter(key for key, _ in left) & Counter(key for key, _ in right) if has_key else both
    expected = Counter(
        left_only=len(left) - pairs.total(), right_only=len(right) - pairs.total(), changed=pairs.total() - both.total()
    )
    assert ours == +expected


@pytest.mark.parametrize("right", ["2", "'2'", "union_value(num := 2)::union(num integer)"])
def test_a_union_beside_its_own_member_gives_no_row_where_they_are_equal(
    connection: duckdb.DuckDBPyConnection, right: str
) -> None:
    one, other = f"(select 1 as id, union_value(num := 2)::{UNION} as x)", f"(select 1 as id, {right} as x)"
    for left, right in ((one, other), (other, one)):
        assert connection.execute(render("compare", left, right, "id", ["x"])).fetchall() == []
        twice = [f"(from {side} union all from {side} union all select id, null from {side})" for side in (left, right)]
        found = connection.execute(
            f"select count(*), count(*) filter (where is_changed) from ({render('compare', *twice, 'id', ['x'])})"
        )
        assert found.fetchall() == [(3, 0)]
