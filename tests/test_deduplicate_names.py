"""However a column is called or a key is spelled, the first build and every batch after it understand the same."""

from typing import Any

import pytest

from tests.rendering import render
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
