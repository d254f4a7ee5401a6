"""However a column is called or a key is spelled, the first build and every batch after it understand the same."""

from typing import Any

import pytest

from tests.rendering import Relation, relation, render
from tests.test_incremental import CLEANED, KEPT, RAW, Model, models, warehouse
from tests.test_incremental_changes import assert_as_if_built_at_once, land, run

FIRST = ("new", [("A", "1", "2026-01-01"), ("", "1", "2026-01-01"), ("B", "1", "2026-01-01")], 0)
LATER = ("new", [("A", "2", "2026-01-02"), ("", "1", "2026-01-01")], 0)


def follow(deduplicated: str, cleaned: str = "") -> None:
    """Build both models at once, then by a batch, and compare that with what is built at once."""
    connection = warehouse()
    built = [Model(CLEANED, cleaned) if cleaned else models([])[0], Model(KEPT, deduplicated)]
    for number, file in enumerate((FIRST, LATER), start=1):
        land(connection, number, [file], [RAW])
        run(connection, built, number, None)
    assert_as_if_built_at_once(connection, built)


@pytest.mark.parametrize(
    "declared",
    [
        {"partition_by": "_rows.order_id"},
        {"partition_by": ["lower(_rows.order_id)", "amount"], "order_by": "_rows.updated_at desc"},
        {"partition_by": "_rows.order_id", "merge_null_keys": True},
        {"partition_by": "order_id", "columns": ["_rows.order_id", "_rows.amount"]},
        {"columns": "_rows.order_id"},
        {"partition_by": "order_id", "best_of": {"amount": "_rows.updated_at desc"}},
    ],
)
def test_a_column_may_be_spelled_as_one_of_the_row(declared: dict[str, Any]) -> None:
    follow(render("deduplicate", CLEANED, **declared))


@pytest.mark.parametrize("name", ["_hash", "_group_1", "files", "kept", "_rows", "_place", "_content", "_order_1"])
def test_a_key_may_be_called_like_something_that_the_macro_reads_by(name: str) -> None:
    rules = {name: {"from": "order_id"}, "amount": {"type": "decimal(12, 2)"}}
    follow(render("deduplicate", CLEANED, name, [f"{name} desc", "amount"]), render("clean", RAW, rules))


def test_tables_of_one_name_in_two_databases_are_told_apart() -> None:
    """Of a database that the profile attaches each table is built whole: no transaction writes to two of them."""
    connection, (cleaned, *_) = warehouse(), models([])
    connection.execute("attach ':memory:' as other; create schema other.staging; create schema other.intermediate")
    kept, cleaned_there = Model(KEPT, render("deduplicate", CLEANED, "order_id")), Relation(elsewhere(CLEANED))
    kept_there = Model(Relation(elsewhere(KEPT)), render("deduplicate", cleaned_there, "amount"))
    followed_there = Model(Relation(elsewhere(KEPT, "again")), render("deduplicate", CLEANED, "amount"))
    again = Model(
        relation("intermediate", "again"),
        render("deduplicate", kept_there.table, "amount", columns=["amount"], is_staged=False),
    )
    built = [cleaned, Model(cleaned_there, cleaned.sql), kept, kept_there, followed_there, again]
    for number, file in enumerate((FIRST, LATER), start=1):
        land(connection, number, [file], [RAW])
        run(connection, built, number, None)
    assert connection.execute("select distinct relation from batches.changed_rows order by 1").fetchall() == [
        ("intermediate.orders",),
        ("staging.orders",),
    ]
    assert_as_if_built_at_once(connection, built)


def elsewhere(table: Relation, name: str = "orders") -> str:
    return table.replace('"warehouse"', '"other"').replace('"orders"', f'"{name}"')
