"""Batch by batch is the same as all at once: cleaned and kept rows, ledger and records, whatever the order."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows import records
from flows.sql import quoted
from tests.rendering import Relation, relation, render

RULES = {
    "order_id": {"type": "text", "required": True, "on_error": "row"},
    "amount": {"type": "decimal(12, 2)"},
    "updated_at": {"type": "date"},
}
RAW, CLEANED, KEPT = relation("raw", "orders"), relation("staging", "orders"), relation("intermediate", "orders")
ACCOUNTED = [{"source": "shop.orders", "raw": RAW, "cleaned": CLEANED, "deduplicated": KEPT}]
ROWS = st.tuples(
    st.sampled_from(["A", "B", "c ", "", "NULL"]),
    st.sampled_from(["1", " 2.50", "twelve", ""]),
    st.sampled_from(["2026-01-01", "2026-01-02", "today"]),
)
FILES = st.lists(ROWS, max_size=4)
# What a load does: a new file, one that takes the place of an older one, or rows of an older one that come later.
LOADS = st.tuples(st.sampled_from(["new", "new", "supersede", "replay"]), FILES, st.integers(0, 9))
BATCHES = st.lists(st.lists(LOADS, min_size=1, max_size=3), min_size=1, max_size=5)
KEYS = st.sampled_from([["order_id"], ["order_id", "amount"], [], ["lower(order_id)"]])


@dataclass(frozen=True)
class Model:
    """A model as dbt would compile it, and where its rows stand."""

    table: Relation
    sql: str

    @property
    def plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = render("batch_plan", self.sql)
        return plan


def models(keys: list[str]) -> list[Model]:
    sql = {
        CLEANED: render("clean", RAW, RULES),
        KEPT: render("deduplicate", CLEANED, keys, ["updated_at desc"] if keys else None),
        relation("records", "row_ledger"): render("row_ledger", ACCOUNTED),
        relation("records", "rejected_rows"): render("rejected_rows", ACCOUNTED),
        relation("records", "formatting_changes"): render("formatting_changes", ACCOUNTED),
    }
    return [Model(table, text) for table, text in sql.items()]


def models_of_two_sources(keys: list[str]) -> list[Model]:
    """The models of two sources that are de-duplicated together."""
    other, cleaned_other, combined = relation("raw", "sales"), relation("staging", "sales"), relation("staging", "all")
    shop, sales = {**ACCOUNTED[0]}, {"source": "shop.sales", "raw": other, "cleaned": cleaned_other}
    sql = {
        CLEANED: render("clean", RAW, RULES),
        cleaned_other: render("clean", other, RULES),
        combined: render("combine", {"shop": CLEANED, "sales": cleaned_other}),
        KEPT: render("deduplicate", combined, keys, ["updated_at desc"] if keys else None),
        relation("records", "row_ledger"): render("row_ledger", [shop, {**sales, "deduplicated": KEPT}]),
    }
    return [Model(table, text) for table, text in sql.items()]


def models_of_sources_apart(keys: list[str]) -> list[Model]:
    """The models of two sources that are each de-duplicated by itself, and one ledger of both."""
    other, cleaned_other, kept_other = (
        relation("raw", "sales"),
        relation("staging", "sales"),
        relation("intermediate", "sales"),
    )
    sales = {"source": "shop.sales", "raw": other, "cleaned": cleaned_other, "deduplicated": kept_other}
    sql = {
        CLEANED: render("clean", RAW, RULES),
        cleaned_other: render("clean", other, RULES),
        KEPT: render("deduplicate", CLEANED, keys, ["updated_at desc"] if keys else None),
        kept_other: render("deduplicate", cleaned_other, ["order_id"], ["updated_at desc"]),
        relation("records", "row_ledger"): render("row_ledger", [*ACCOUNTED, sales]),
    }
    return [Model(table, text) for table, text in sql.items()]


def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set disabled_optimizers = 'common_subplan'; set threads = 1")
    connection.execute("attach ':memory:' as warehouse; use warehouse")
    create_raw_tables(connection)
    return connection


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    records.ensure(connection)
    bookkeeping = "_file_id bigint, _row_number bigint, _loaded_at timestamp, _superseded_by_file_id bigint"
    for raw in (RAW, relation("raw", "sales")):
        connection.execute(f"create table {raw} (order_id varchar, amount varchar, updated_at varchar, {bookkeeping})")
    connection.execute("create schema staging; create schema intermediate; create schema whole")


def load(
    connection: duckdb.DuckDBPyConnection, run: int, kind: str, rows: list[tuple[str, ...]], older: int, raw: Relation
) -> None:
    """Do to the raw table and its records what ingest does."""
    files = [file for (file,) in connection.execute("select distinct file_id from records.file_loads").fetchall()]
    live = f"select distinct _file_id from {raw} where _superseded_by_file_id is null"
    living = sorted(file for (file,) in connection.execute(live).fetchall())
    file = living[older % len(living)] if kind == "replay" and living else max(files, default=0) + 1
    first = 100 * records.next_id(connection, "file_loads", "load_id")
    described = connection.execute(f"describe {raw}").fetchall()
    names = ", ".join(quoted(name) for name, *_ in described[:6])
    for number, row in enumerate(rows, start=first + 1):
        connection.execute(
            f"insert into {raw} ({names}) values (?, ?, ?, ?, ?, now()::timestamp)", [*row, file, number]
        )
    note(connection, run, file, "replayed" if file in files else "loaded")
    reject(connection, run, file, first)
    if kind == "supersede" and living:
        replaced = living[older % len(living)]
        connection.execute(f"update {raw} set _superseded_by_file_id = {file} where _file_id = {replaced}")
        note(connection, run, replaced, "superseded")


def note(connection: duckdb.DuckDBPyConnection, run: int, file: int, action: str) -> None:
    load_id = records.next_id(connection, "file_loads", "load_id")
    now = records.now()
    records.add(connection, records.FileLoad(load_id, f"run-{run}", file, "shop.orders", "1.csv", action, now, now))


def reject(connection: duckdb.DuckDBPyConnection, run: int, file: int, row_number: int) -> None:
    """Reject a record of the file, and replay the one that was rejected before."""
    load_id = records.last_load_id(connection)
    connection.execute(
        f"update records.rejected_records set replay_status = 'replayed', replay_load_id = {load_id} "
        f"where file_id < {file} and replay_status is null"
    )
    text = ["a,b", b"a,b", "extra-cell", "one cell too many"]
    records.add(connection, records.RejectedRecord(f"run-{run}", file, "shop.orders", row_number, 1, 0, *text))


def build_whole(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    connection.execute(f"create or replace table {model.table} as {model.sql}")


def marks_of(built: list[Model], found_since: int | None = None) -> dict[str, Any]:
    """Return what each table's mark says of how it follows, and since when its last batch knows its groups."""
    marks: dict[str, Any] = defaultdict(dict)
    for model in built:
        marks[str(model.table)] = {"plan": render("plan_by_marks", model.plan, marks), "batch_since": found_since}
    return marks


def build_batch(connection: duckdb.DuckDBPyConnection, model: Model, marks: dict[str, Any], since: int) -> None:
    description = connection.execute(f"describe {model.table}").fetchall()
    columns = ", ".join(f'"{name}"' for name, *_ in description)
    plan, until = marks[str(model.table)]["plan"], records.last_load_id(connection)
    for statement in render("batch_statements", model.table, columns, model.sql, plan, since, until):
        connection.execute(statement)


def rows_of(connection: duckdb.DuckDBPyConnection, model: Model) -> list[tuple[Any, ...]]:
    return connection.execute(f"select * from {model.table} order by all").fetchall()


@settings(max_examples=30, deadline=None)
@given(BATCHES, KEYS)
@example([[("new", [("A", "1", "2026-01-01")], 0)], [("supersede", [], 0)]], ["order_id"])
@example([[("new", [("", "1", "today")] * 2, 0)], [("replay", [("", "1", "today")], 0)]], ["order_id"])
def test_batch_by_batch_gives_what_all_at_once_gives(batches: list[list[Any]], keys: list[str]) -> None:
    assert_the_same(models(keys), batches)


@settings(max_examples=15, deadline=None)
@given(BATCHES, KEYS)
def test_sources_that_are_de_duplicated_together_follow_too(batches: list[list[Any]], keys: list[str]) -> None:
    assert_the_same(models_of_two_sources(keys), batches)


@settings(max_examples=15, deadline=None)
@given(BATCHES, KEYS)
def test_the_ledger_of_sources_that_are_de_duplicated_apart_follows_too(
    batches: list[list[Any]], keys: list[str]
) -> None:
    assert_the_same(models_of_sources_apart(keys), batches)


def assert_the_same(built: list[Model], batches: list[list[Any]]) -> None:
    connection = warehouse()
    raws = [relation("raw", name) for name in ("orders", "sales") if any(name in model.table for model in built)]
    for model in built:
        build_whole(connection, model)
    for run, batch in enumerate(batches, start=1):
        since = records.last_load_id(connection)
        for place, (kind, rows, older) in enumerate(batch):
            load(connection, run, kind, rows, older, raws[(run + place) % len(raws)])
        # The ledger looks for the groups by itself, or takes those that were found just before.
        marks = marks_of(built, since if run % 2 else None)
        for model in built:
            build_batch(connection, model, marks, since)
    by_batch = [rows_of(connection, model) for model in built]
    for model in built:
        build_whole(connection, model)
    assert by_batch == [rows_of(connection, model) for model in built]
