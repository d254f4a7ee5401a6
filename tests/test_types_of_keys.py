"""Keys and whole rows whose columns have other types on the other side: told by name, never an error of the engine."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes
from flows.errors import DeclarationError
from tests.rendering import executing, render

TYPES = {
    "integer": "5",
    "varchar": "'5'",
    "date": "date '2026-01-31'",
    "timestamp": "timestamp '2026-01-31 00:00:00'",
    "double": "5.0::double",
    "boolean": "true",
    "integer[]": "[5]",
    "struct": "{'A': 5}",
    "union": "union_value(num := 5)::union(num integer, s varchar)",
    "enum": "'5'::enum ('5', 'B')",
}
MEETING = [{"integer", "double"}, {"date", "timestamp"}, {"varchar", "enum"}]
SAME_TEXT = [{"varchar", "integer"}, {"integer", "union"}, {"varchar", "union"}, {"integer", "enum"}, {"enum", "union"}]
UNLIKE = [pair for pair in combinations(TYPES, 2) if set(pair) not in MEETING]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        with executing(connection):
            yield connection


def found(connection: duckdb.DuckDBPyConnection, left: str, right: str, key: list[str]) -> list[Any]:
    sides = [f"(select 1 as id, {value} as x)" for value in (left, right)]
    connection.execute(f"create or replace table compared as {render('compare', *sides, key, ['id', 'x'][len(key) :])}")
    flagged = f"select column_name, left_type, right_type from ({render('columns_of_comparison', 'compared')})"
    return [
        *connection.execute("select * from compared order by _merge").fetchall(),
        *connection.execute(flagged).fetchall(),
    ]


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_whole_rows_of_types_that_do_not_meet_are_compared_as_text_and_flagged(
    connection: duckdb.DuckDBPyConnection, one: str, other: str
) -> None:
    *rows, flag = found(connection, TYPES[one], TYPES[other], [])
    is_same = {one, other} in SAME_TEXT
    assert [row[2] for row in rows] == ([] if is_same else ["left_only", "right_only"])
    types = connection.execute(f"select typeof({TYPES[one]}), typeof({TYPES[other]})").fetchone()
    assert types and flag == ("x", *types)
    own = connection.execute(f"select {TYPES[one]}, {TYPES[other]}").fetchone()
    assert is_same or (
        own and str([rows[0][-3], rows[1][-2]]) in (str([*own]), str([*map(str, own)]), str([own[0], "5"]))
    )


@pytest.mark.parametrize("types", MEETING)
def test_whole_rows_of_types_that_meet_are_equal_and_flagged(
    connection: duckdb.DuckDBPyConnection, types: set[str]
) -> None:
    one, other = sorted(types)
    assert [row[0] for row in found(connection, TYPES[one], TYPES[other], [])] == ["x"]


def test_a_key_of_types_that_do_not_meet_is_compared_as_text_and_flagged(connection: duckdb.DuckDBPyConnection) -> None:
    left = "(select * from (values (date '2026-01-31', 1), (date '2026-02-01', 2)) as t(id, x))"
    right = "(select * from (values ('2026-01-31', 1), ('7', 2)) as t(id, x))"
    connection.execute(f"create table compared as {render('compare', left, right, 'ID', ['x'])}")
    assert connection.execute("select id, _merge from compared order by all").fetchall() == [
        ("2026-02-01", "left_only"),
        ("7", "right_only"),
    ]
    columns = f"select column_name, left_type, right_type from ({render('columns_of_comparison', 'compared')})"
    assert connection.execute(columns).fetchall() == [("ID", "DATE", "VARCHAR")]


@pytest.mark.parametrize("shape", ["{}", "{{'a': {}, 'b[2]': 1}}", "[{}]", "map{{'a': {}}}"])
def test_keys_and_whole_rows_that_hold_arrays_of_a_fixed_length_are_compared_exactly(
    connection: duckdb.DuckDBPyConnection, shape: str
) -> None:
    for number, table in enumerate(("given_left", "given_right")):
        values = shape.format(f"[0.1, i + {number}]::double[2]")
        connection.execute(f"create table {table} as select {values} as k, i % 2 as x from range(4) as t(i)")
    connection.execute("update given_right set x = 7 where x = 0")
    for changed in ({}, {"changed": "given_right"}):
        by_key = render("compare", "given_left", "given_right", "K", ["x"], **changed)
        counts = f"select _merge, is_changed, count(*) from ({by_key}) group by all order by all"
        expected = [("both", True, 3), ("right_only", False, 1)] + [("left_only", False, 1)] * (not changed)
        assert sorted(connection.execute(counts).fetchall()) == sorted(expected)
    whole = f"select k, x, _merge from ({render('compare', 'given_left', 'given_left', [], ['k', 'x'])})"
    assert connection.execute(whole).fetchall() == []


@pytest.mark.parametrize("shape", ["{}::double[]", "{}::double[2]", "{{'a': {}}}", "map{{'a': {}}}", "[{{'a': {}}}]"])
def test_nested_keys_are_deduplicated_exactly(connection: duckdb.DuckDBPyConnection, shape: str) -> None:
    key = shape.format("[case when i % 3 > 0 then i % 3 / 10 end, i // 6]")
    rows = f"(select {key} as k, 1 as _file_id, i + 1 as _row_number, i as x from range(12) as t(i))"
    for wished in ({}, {"best_of": "k"}):
        query = render("deduplicate", rows, "k", "x desc", columns=["x"], is_staged=False, **wished)
        kept = connection.execute(f"select count(distinct k::varchar), count(*), max(x) from ({query})").fetchone()
        assert kept == (6, 6, 11)


@pytest.mark.parametrize("shape", ["{}", "{{'a': {}}}"])
def test_keys_that_hold_arrays_of_a_fixed_length_are_joined(connection: duckdb.DuckDBPyConnection, shape: str) -> None:
    for number, table in enumerate(("accounts", "orders")):
        values = shape.format(f"[0.1, i + {number}]::double[2]")
        connection.execute(f"create table {table} as select {values} as place from range(3) as t(i)")
    report = f"select _merge from ({render('join_report', 'accounts', 'orders', 'place')}) order by place"
    assert connection.execute(report).fetchall() == [("left_only",), ("right_only",)]
    counts = f"select joined_rows, left_only_rows from ({render('join_counts', 'accounts', 'orders', 'place')})"
    assert connection.execute(counts).fetchall() == [(2, 1)]


def test_the_command_compares_by_a_key_of_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(tmp_path / "data.duckdb") as connection:
        connection.execute("create table places as select [i, 0.5]::double[2] as place, 1 as x from range(3) as t(i)")
    places = f"{tmp_path / 'data.duckdb'}:places"
    for key in ("place", None):
        assert compare_files(places, places, read_wishes(key, None, [], []), Outputs(rows=tmp_path / "rows.csv"))
    assert "3 in both, 0 of them changed" in capsys.readouterr().out


def test_keys_of_arrays_of_two_lengths_are_told_apart_and_flagged(connection: duckdb.DuckDBPyConnection) -> None:
    rows = found(connection, "[1, 2]::double[2]", "[1, 2, 3]::double[3]", [])
    assert [row[-3:-1] for row in rows] == [((1.0, 2.0), None), (None, (1.0, 2.0, 3.0)), ("x", "DOUBLE[2]")]


@pytest.mark.parametrize("macro", ["join_report", "join_counts"])
@pytest.mark.parametrize(("left", "right"), [("varchar", "integer"), ("integer", "varchar"), ("date", "integer")])
def test_a_join_of_types_that_do_not_meet_is_refused_with_the_remedy(
    connection: duckdb.DuckDBPyConnection, macro: str, left: str, right: str
) -> None:
    connection.execute(f"create table accounts as select {TYPES[left]} as id")
    connection.execute(f"create table orders as select {TYPES[right]} as ref")
    told = f"join_report: accounts has 'ID' as {left.upper()}, but orders has 'ref' as {right.upper()}, and a join"
    with pytest.raises(
        DeclarationError, match=f"{told}.*declare one type for both where they are cleaned, or cast one"
    ):
        render(macro, "accounts", "orders", {"ID": "ref"})


@pytest.mark.parametrize("types", MEETING)
def test_types_that_meet_are_joined(connection: duckdb.DuckDBPyConnection, types: set[str]) -> None:
    one, other = sorted(types)
    counts = render("join_counts", f"(select {TYPES[one]} as id)", f"(select {TYPES[other]} as id)", "id")
    assert connection.execute(f"select joined_rows from ({counts})").fetchall() == [(1,)]
