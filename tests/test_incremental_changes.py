"""Batch by batch is the same as all at once also where a run is killed, a column comes later, or a source does."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendering import executing, relation, render
from tests.test_incremental import (
    BATCHES,
    CLEANED,
    KEPT,
    RAW,
    Model,
    load,
    models,
    models_of_sources_apart,
    models_of_two_sources,
    rows_of,
    warehouse,
)

SALES = relation("raw", "sales")
# How many statements of a run are done before it is killed; none: it is not.
KILLS = st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=5, max_size=5)


class Killed(Exception):
    """The process that ran dbt is gone."""


def with_comparison(made: Callable[[list[str]], list[Model]]) -> list[Model]:
    """The models, and a comparison of what they keep with what they cleaned, which no batch brings up to date."""
    compared = render("compare", CLEANED, KEPT, "order_id", ["amount", "updated_at"])
    return [*made(["order_id"]), Model(relation("intermediate", "compared"), compared)]


def run(connection: duckdb.DuckDBPyConnection, built: list[Model], number: int, killed_after: int | None) -> None:
    """Build every model as the materialization `table` does: in a transaction, by its mark."""
    left = 10_000 if killed_after is None else killed_after
    for model in built:
        connection.execute("begin")
        for statement in statements(connection, model, number):
            if not left:
                connection.execute("rollback")
                raise Killed
            connection.execute(statement)
            left -= 1
        connection.execute("commit")


def statements(connection: duckdb.DuckDBPyConnection, model: Model, number: int) -> list[str]:
    whole = f"create or replace table {model.table} as {model.sql}"
    with executing(connection):
        if not render("may_follow", model.plan, model.table):
            return [whole]
        mark, wanted = render("read_mark", model.table), render("wanted_mark", model.plan, model.sql)
        is_followed = wanted is not None and render("follows", mark, wanted)
    if wanted is None:
        return [whole]
    if not is_followed:
        return [whole, render("set_table_mark", model.table, json.dumps({**wanted, "generation": str(number)}))]
    columns = ", ".join(f'"{name}"' for name, *_ in connection.execute(f"describe {model.table}").fetchall())
    loads = mark["load_id"], wanted["load_id"]
    with executing(connection):
        has_batch = loads[0] < loads[1] and render("is_touched", model.table, wanted["plan"], *loads)
    batch = render("batch_statements", model.table, columns, model.sql, wanted["plan"], *loads) if has_batch else []
    next_mark = render("mark_after_batch", mark, wanted, has_batch)
    return [*batch, render("set_table_mark", model.table, json.dumps(next_mark))]


def land(connection: duckdb.DuckDBPyConnection, number: int, batch: list[Any], raws: Sequence[Any]) -> None:
    for place, (kind, rows, older) in enumerate(batch):
        load(connection, number, kind, rows, older, raws[(number + place) % len(raws)])


def assert_as_if_built_at_once(connection: duckdb.DuckDBPyConnection, built: list[Model]) -> None:
    by_batch = [rows_of(connection, model) for model in built]
    for model in built:
        connection.execute(f"create or replace table {model.table} as {model.sql}")
    assert by_batch == [rows_of(connection, model) for model in built]


def run_to_the_end(connection: duckdb.DuckDBPyConnection, built: list[Model], number: int, kill: int | None) -> None:
    try:
        run(connection, built, number, kill)
    except Killed:
        run(connection, built, number, None)


def follow(
    connection: duckdb.DuckDBPyConnection,
    built: list[Model],
    batches: list[list[Any]],
    kills: list[int | None],
    raws: Sequence[Any],
) -> None:
    """Run after every batch; after a killed run more files come, and the last run is not killed."""
    for number, (batch, kill) in enumerate(zip(batches, kills, strict=False), start=1):
        land(connection, number, batch, raws)
        try:
            run(connection, built, number, kill)
        except Killed:
            continue
    run(connection, built, len(batches) + 1, None)


@settings(max_examples=8, deadline=None)
@given(BATCHES, KILLS)
def test_a_killed_run_leaves_nothing_that_the_next_ones_do_not_mend(
    batches: list[list[Any]], kills: list[int | None]
) -> None:
    """The next run follows at once, or finds more files."""
    connection, built = warehouse(), with_comparison(models)
    follow(connection, built, batches, kills, [RAW])
    assert_as_if_built_at_once(connection, built)


@settings(max_examples=5, deadline=None)
@given(BATCHES, KILLS, st.integers(1, 4))
def test_a_column_that_a_later_file_brings_changes_every_row_as_if_it_had_always_been_there(
    batches: list[list[Any]], kills: list[int | None], first: int
) -> None:
    connection, built = warehouse(), with_comparison(models)
    for number, (batch, kill) in enumerate(zip(batches, kills, strict=False), start=1):
        if number == first:
            connection.execute(f"alter table {RAW} add column colour varchar")
        before = connection.execute(f"select coalesce(max(_file_id), 0) from {RAW}").fetchall()[0][0]
        land(connection, number, batch, [RAW])
        if number >= first:
            connection.execute(f"update {RAW} set colour = _row_number % 2 where _file_id > {before}")
        run_to_the_end(connection, built, number, kill)
    assert_as_if_built_at_once(connection, built)


@settings(max_examples=5, deadline=None)
@given(BATCHES, KILLS, st.integers(1, 5), st.sampled_from([models_of_two_sources, models_of_sources_apart]))
def test_a_source_that_is_declared_later_is_followed_as_if_it_had_always_been_declared(
    batches: list[list[Any]], kills: list[int | None], first: int, later: Callable[[list[str]], list[Model]]
) -> None:
    connection, built = warehouse(), with_comparison(models)
    for number, (batch, kill) in enumerate(zip(batches, kills, strict=False), start=1):
        is_declared = number >= first
        built = with_comparison(later) if is_declared else built
        land(connection, number, batch, [RAW, SALES] if is_declared else [RAW])
        run_to_the_end(connection, built, number, kill)
    assert_as_if_built_at_once(connection, built)


def test_a_run_with_nothing_to_mend_builds_nothing_anew() -> None:
    """Else the tests above would prove what is built whole."""
    connection, built = warehouse(), with_comparison(models)
    for number in (1, 2):
        land(connection, number, [("new", [("A", "1", "2026-01-01")], 0)], [RAW])
        run(connection, built, number, None)
    marks = connection.execute("select comment from duckdb_tables() where comment like '{%'").fetchall()
    assert [json.loads(mark)["generation"] for (mark,) in marks] == ["1"] * 5


def test_a_table_with_which_no_load_has_to_do_is_left_as_it_is() -> None:
    connection, built, left_alone = warehouse(), models_of_sources_apart(["order_id"]), list[str]()
    for number, raw in enumerate((RAW, SALES, SALES), start=1):
        load(connection, number, "new", [("A", "1", "2026-01-01")], 0, raw)
        left_alone.clear()
        for model in built:
            has_batch = len(statements(connection, model, number)) > 1
            left_alone.extend([] if has_batch else [model.table])
            run(connection, [model], number, None)
    assert left_alone == [CLEANED, KEPT]
    assert_as_if_built_at_once(connection, built)
