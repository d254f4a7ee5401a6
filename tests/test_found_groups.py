"""The groups that a batch of a de-duplicated table has found serve what follows, as long as they are all there are."""

import duckdb

from tests.rendering import executing, relation, render
from tests.test_incremental import CLEANED, KEPT, RAW, Model, models, warehouse
from tests.test_incremental_changes import assert_as_if_built_at_once, land, run, statements

LEDGER = relation("records", "row_ledger")
FIRST = ("new", [("A", "1", "2026-01-01"), ("B", "1", "2026-01-01")], 0)
NEWER_A = ("new", [("A", "2", "2026-01-02")], 0)
NEWER_B = ("new", [("B", "2", "2026-01-02")], 0)


def built_with_first_file() -> tuple[duckdb.DuckDBPyConnection, list[Model]]:
    connection, built = warehouse(), models(["order_id"])
    land(connection, 1, [FIRST], [RAW])
    run(connection, built, 1, None)
    return connection, built


def ledger_statements(connection: duckdb.DuckDBPyConnection, built: list[Model]) -> str:
    ledger = next(model for model in built if model.table == LEDGER)
    return "\n".join(statements(connection, ledger, 9))


def test_the_ledger_takes_the_groups_that_were_found_just_before() -> None:
    connection, built = built_with_first_file()
    land(connection, 2, [NEWER_A], [RAW])
    run(connection, built[:2], 2, None)
    assert f"from {CLEANED}" not in ledger_statements(connection, built)
    run(connection, built, 2, None)
    assert_as_if_built_at_once(connection, built)


def test_the_ledger_looks_for_the_groups_itself_where_it_missed_a_batch() -> None:
    connection, built = built_with_first_file()
    for number, newer in ((2, NEWER_A), (3, NEWER_B)):
        land(connection, number, [newer], [RAW])
        run(connection, built[:2], number, None)
    assert f"from {CLEANED}" in ledger_statements(connection, built)
    run(connection, built, 3, None)
    assert_as_if_built_at_once(connection, built)


def test_a_run_without_new_files_forgets_nothing_of_the_last_batch() -> None:
    connection, built = built_with_first_file()
    land(connection, 2, [NEWER_A], [RAW])
    for number in (2, 3):
        run(connection, built[:2], number, None)
    with executing(connection):
        mark = render("read_mark", KEPT)
    assert mark["batch_since"] < mark["load_id"]
    run(connection, built, 3, None)
    assert_as_if_built_at_once(connection, built)


def test_columns_that_decide_nothing_are_read_of_the_kept_rows_only() -> None:
    connection, built = built_with_first_file()
    land(connection, 2, [NEWER_A], [RAW])
    kept = next(model for model in built if model.table == KEPT)
    run(connection, built[:1], 2, None)
    for each in statements(connection, kept, 2):
        connection.execute(each)
        if "temporary table _batch_1" in each:
            break
    names = [name for name, *_ in connection.execute("describe _batch_1").fetchall()]
    assert "updated_at" in names and "order_id" in names and "amount" not in names
    run(connection, built, 2, None)
    assert_as_if_built_at_once(connection, built)
