"""Batch by batch is the same as all at once, whatever `deduplicate` is declared to do."""

from typing import Any

import pytest
from hypothesis import given, settings

from tests.rendering import relation, render
from tests.test_incremental import ACCOUNTED, BATCHES, CLEANED, KEPT, RAW, RULES, Model, assert_the_same


@pytest.mark.parametrize(
    "declared",
    [
        {"partition_by": "order_id", "merge_null_keys": True, "best_of": {"amount": "updated_at desc"}},
        {"partition_by": ["order_id", "amount"], "columns": ["order_id", "updated_at"], "best_of": ["updated_at"]},
        {"columns": ["order_id", "amount"]},
        # What reads columns without their names.
        {"partition_by": "order_id", "order_by": ["cast(_rows as varchar) desc"]},
    ],
)
@settings(max_examples=10, deadline=None)
@given(batches=BATCHES)
def test_batch_by_batch_gives_what_all_at_once_gives_whatever_is_declared(
    declared: dict[str, Any], batches: list[list[Any]]
) -> None:
    sql = {
        CLEANED: render("clean", RAW, RULES),
        KEPT: render("deduplicate", CLEANED, **declared),
        relation("records", "row_ledger"): render("row_ledger", ACCOUNTED),
    }
    assert_the_same([Model(table, text) for table, text in sql.items()], batches)
