"""Rows that a replay makes the cleaning read otherwise leave their group, and what they had beaten is kept again."""

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendering import relation, render
from tests.test_incremental import ACCOUNTED, CLEANED, KEPT, RAW, Model, warehouse
from tests.test_incremental_changes import assert_as_if_built_at_once, land, run

RULES = {"order_id": {"type": "text"}, "amount": {"type": "decimal(12, 3)"}, "updated_at": {"type": "date"}}
LEDGER = relation("records", "row_ledger")
# Read by what else stands in the file: 3 April or 4 March, 1.234 or 1,234.
ROWS = st.tuples(
    st.sampled_from(["A", "B"]),
    st.sampled_from(["1.234", "1.5", "1,5"]),
    st.sampled_from(["03/04/2026", "2026-04-03", "2026-03-04", "25/04/2026", "04/25/2026"]),
)
LOADS = st.tuples(
    st.sampled_from(["new", "replay", "replay", "supersede"]), st.lists(ROWS, min_size=1, max_size=3), st.integers(0, 9)
)
BATCHES = st.lists(st.lists(LOADS, min_size=1, max_size=2), min_size=2, max_size=6)


def models(keys: list[str]) -> list[Model]:
    sql = {
        CLEANED: render("clean", RAW, RULES),
        KEPT: render("deduplicate", CLEANED, keys, ["order_id"]),
        LEDGER: render("row_ledger", ACCOUNTED),
    }
    return [Model(table, text) for table, text in sql.items()]


def is_built(connection: duckdb.DuckDBPyConnection, built: list[Model], number: int) -> bool:
    """Tell whether a run came to its end; an ambiguous value ends it, as in dbt."""
    try:
        run(connection, built, number, None)
    except duckdb.InvalidInputException:
        connection.execute("rollback")
        return False
    return True


def test_what_lost_to_a_row_whose_date_is_read_otherwise_since_a_replay_is_kept_again() -> None:
    connection, built = warehouse(), models(["updated_at"])
    month_first = [("A", "1", "03/04/2026"), ("B", "1", "04/25/2026")]
    land(connection, 1, [("new", month_first, 0), ("new", [("C", "1", "2026-03-04")], 0)], [RAW])
    assert is_built(connection, built, 1)
    land(connection, 2, [("replay", [("D", "1", "25/04/2026")], 0)], [RAW])
    assert not is_built(connection, built, 2)
    land(connection, 3, [("supersede", [("E", "1", "2026-05-05")], 0)], [RAW])
    assert is_built(connection, built, 3)
    kept = f"select order_id from {KEPT} order by 1"
    assert connection.execute(kept).fetchall() == [("C",), ("E",)]
    fate = f"select fate from {LEDGER} where file_id = 2"
    assert connection.execute(fate).fetchall() == [("kept",)]


@pytest.mark.parametrize("keys", [["updated_at"], ["amount"]])
@settings(max_examples=10, deadline=None)
@given(batches=BATCHES)
def test_replays_that_change_how_a_file_is_read_give_what_all_at_once_gives(
    keys: list[str], batches: list[list[Any]]
) -> None:
    connection, built = warehouse(), models(keys)
    for number, batch in enumerate(batches, start=1):
        land(connection, number, batch, [RAW])
        was_built = is_built(connection, built, number)
    if was_built:
        assert_as_if_built_at_once(connection, built)
