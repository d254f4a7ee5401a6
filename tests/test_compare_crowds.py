"""The macro `compare` where a key stands in very many rows of both sides: the cost is of rows, not pairs."""

import json
import subprocess
import sys

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.macros import render

ROWS = 200_000
FEW_KEYS = st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, None]), st.sampled_from("ab")), min_size=1, max_size=20)
COUNT = """
import duckdb, json, sys
with duckdb.connect() as connection:
    connection.execute("set disabled_optimizers = 'common_subplan'")
    connection.execute("set enable_progress_bar = false")
    print(json.dumps(connection.execute(sys.stdin.read()).fetchall()))
"""


def counted(left: str, right: str, key: list[str], columns: list[str]) -> list[list[object]]:
    """How many rows are in which state, by a process that is ended where it pairs every row with every other."""
    sql = f"select _merge, is_changed, count(*) from ({render('compare', left, right, key, columns)}) group by all"
    counting = [sys.executable, "-c", COUNT]
    given = f"{sql} order by all"
    done = subprocess.run(counting, input=given, capture_output=True, text=True, check=True, timeout=240)
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("key", ["1", "null::integer", "i % 100"])
def test_two_sides_whose_rows_share_few_keys_are_compared_at_the_cost_of_their_rows(key: str) -> None:
    """A hundred rows of either side have no equal one on the other."""
    left = f"(select {key} as k, i % 1000 as a, i as b from range({ROWS}) as numbers(i))"
    right = f"(select {key} as k, i % 1000 as a, i as b from range(100, {ROWS + 100}) as numbers(i))"
    assert counted(left, right, ["k"], ["a", "b"]) == [["both", False, ROWS - 100], ["both", True, 100]]


def test_two_sides_of_equal_rows_are_compared_whole_at_the_cost_of_their_rows() -> None:
    left, right = (f"(select 1 as k, null::integer as a from range({rows}))" for rows in (ROWS, ROWS + 2))
    assert counted(left, right, [], ["k", "a"]) == [["right_only", False, 2]]


@settings(max_examples=15, deadline=None)
@given(FEW_KEYS, FEW_KEYS)
def test_what_is_found_does_not_depend_on_how_many_pairs_were_expected(
    left: list[tuple[int | None, str]], right: list[tuple[int | None, str]]
) -> None:
    with duckdb.connect() as connection:
        for name, rows in (("l", left), ("r", right)):
            connection.execute(f"create table {name} (k integer, a varchar)")
            connection.executemany(f"insert into {name} values (?, ?)", rows)
        for key, columns in ((["k"], ["a"]), ([], ["k", "a"])):
            sql = render("compare", "l", "r", key, columns)
            always, never = (sql.replace("> 2 * (sum", f"> {factor} * (sum") for factor in ("-1e9", "1e9"))
            found = [sorted(connection.execute(each).fetchall(), key=str) for each in (always, never)]
            assert always != never
            assert found[0] == found[1]
