"""The macro `compare` between two snapshots of one table: only the keys that may have changed are looked at."""

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import DeclarationError
from flows.macros import render

IDS = st.one_of(st.none(), st.integers(0, 6))
ROWS = st.lists(st.tuples(IDS, st.sampled_from([None, "a", "A", "b"]), st.integers(0, 2)), max_size=12)


def compared(connection: duckdb.DuckDBPyConnection, **rules: Any) -> list[tuple[Any, ...]]:
    sql = render("compare", "old", "new", ["id", "part"], ["x"], **rules)
    return connection.execute(f"{sql} order by all").fetchall()


@settings(max_examples=100, deadline=None)
@given(ROWS, ROWS, st.lists(st.tuples(IDS, st.sampled_from([None, "a", "A"])), max_size=5), st.booleans())
def test_the_changed_keys_give_their_rows_of_the_whole_comparison_and_no_others(
    connection: duckdb.DuckDBPyConnection,
    old: list[tuple[Any, ...]],
    new: list[tuple[Any, ...]],
    keys: list[tuple[Any, ...]],
    folds: bool,
) -> None:
    for name, rows in (("old", old), ("new", new), ("changed", [(*key, 0) for key in keys])):
        connection.execute(f"create or replace table {name} (id bigint, part varchar, x bigint)")
        if rows:
            connection.executemany(f"insert into {name} values (?, ?, ?)", rows)
    rules: dict[str, Any] = {"fold": {"part": ["case"]}} if folds else {}
    wanted = {(key, part.lower() if folds and part else part) for key, part in keys}
    assert compared(connection, changed="changed", **rules) == [
        row for row in compared(connection, **rules) if row[:2] in wanted
    ]


def given_by_scans(plan: dict[str, Any]) -> int:
    """How many rows the scans of tables gave to the rest of the plan."""
    own = plan["operator_cardinality"] if "SCAN" in plan.get("operator_name", "") else 0
    is_table = "Table" in plan.get("extra_info", {})
    return (own if is_table else 0) + sum(map(given_by_scans, plan["children"]))


def test_rows_outside_of_the_changed_keys_do_not_leave_the_scan(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("old", "new"):
        connection.execute(
            f"create or replace table {name} as "
            "select i as id, 'a' as part, i as x, md5(i::varchar) as y from range(1000000) as numbers(i)"
        )
    sql = render("compare", "old", "new", "id", ["x", "y"], changed="(select 777777 as id)")
    connection.execute("update new set x = 0 where id in (777777, 3)")
    plan = connection.execute(f"explain (analyze, format json) {sql}").fetchall()[0][1]
    assert 1 <= given_by_scans(json.loads(plan)) < 10_000
    assert connection.execute(f"select id, changed_columns from ({sql})").fetchall() == [(777777, "x")]


def test_changed_keys_without_a_key_are_refused() -> None:
    with pytest.raises(DeclarationError, match="the changed keys are given, but no key"):
        render("compare", "old", "new", [], ["x"], changed="changed")
