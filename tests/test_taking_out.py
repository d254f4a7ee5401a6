"""Taking out what gives way to a batch, and publishing it: the very rows, and without reading all others."""

import json
from typing import Any

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.publish import continued
from tests.rendering import render

# Files that share a bit of the macro's 32, such as 1 and 33.
PLACES = st.sets(st.tuples(st.integers(1, 70), st.integers(1, 4)))


def plan(replaces: str) -> dict[str, Any]:
    return {"replaces": replaces, "place": ["file_id", "row_number"], "reads": [{"takes": "groups"}]}


def delete(replaces: str) -> str:
    return f"delete from ledger as stands using {render('replaced_rows', plan(replaces))}"


def ledger(places: set[tuple[int, int]], batch: set[tuple[int, int]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table, columns, rows in (
        ("table ledger", "file_id bigint, row_number bigint", places),
        ("temporary table _batch_places", "_file_id bigint, _row_number bigint", batch),
    ):
        connection.execute(f"create {table} ({columns})")
        for row in rows:
            connection.execute(f"insert into {table.split()[-1]} values {row}")
    return connection


@settings(max_examples=25, deadline=None)
@given(PLACES, PLACES)
@example({(1, 1), (33, 1), (33, 2)}, {(1, 1), (1, 2), (2, 2)})
def test_only_the_very_places_of_the_batch_give_way(stands: set[tuple[int, int]], batch: set[tuple[int, int]]) -> None:
    connection = ledger(stands, batch)
    connection.execute(delete("rows"))
    assert set(connection.execute("from ledger").fetchall()) == stands - batch


@settings(max_examples=25, deadline=None)
@given(PLACES, PLACES)
@example({(1, 1), (33, 1), (33, 2)}, {(1, 1), (1, 2), (2, 2)})
def test_only_the_very_places_of_the_batches_are_published(
    stands: set[tuple[int, int]], changed: set[tuple[int, int]]
) -> None:
    connection = ledger(stands, changed)
    connection.execute("create temporary view changed_rows as from _batch_places")
    published = connection.execute(f"select each.* from ledger as each, {continued._changed(plan('rows'))}").fetchall()
    assert sorted(published) == sorted(stands & changed)


def rows_read(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """How many rows the scan of the ledger gives to the rest of a statement."""
    ((_, profile),) = connection.execute(f"explain (analyze, format json) {statement}").fetchall()

    def scans(node: dict[str, Any]) -> list[int]:
        found = [each for child in node.get("children", []) for each in scans(child)]
        is_ledger = "ledger" in node.get("extra_info", {}).get("Table", "")
        return [*found, node["operator_cardinality"]] if is_ledger and "SCAN" in node["operator_type"] else found

    (read,) = scans(json.loads(profile))
    return read


def test_what_gives_way_in_new_files_is_looked_for_in_their_row_groups_only() -> None:
    connection = duckdb.connect()
    connection.execute(
        "create table ledger as select i // 1000 as file_id, i % 1000 as row_number from range(500000) r(i)"
    )
    connection.execute("create temporary table _batch_places as select 499 as _file_id, 7 as _row_number")
    connection.execute("create temporary table _batch_files as select 499 as file_id")
    for replaces in ("rows", "files"):
        assert rows_read(connection, delete(replaces)) < 130_000
