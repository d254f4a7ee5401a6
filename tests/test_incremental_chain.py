"""Rows that compete in one model after another follow batch by batch as well, and give what all at once gives."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.publish import continued
from tests.rendering import Relation, relation, render
from tests.test_incremental import ACCOUNTED, CLEANED, KEPT, RAW, RULES, Model, warehouse
from tests.test_incremental_changes import (
    KILLS,
    SALES,
    assert_as_if_built_at_once,
    follow,
    land,
    run,
    run_to_the_end,
    statements,
)

CLEANED_SALES, KEPT_SALES = relation("staging", "sales"), relation("intermediate", "sales")
BOTH, LAST, LEDGER = (
    relation("intermediate", "both"),
    relation("intermediate", "last"),
    relation("records", "row_ledger"),
)
COLUMNS = ["order_id", "amount", "updated_at"]
ROWS = st.tuples(
    st.sampled_from(["A", "B", "C", "D", ""]),
    st.sampled_from(["1", "2", "two"]),
    st.sampled_from([f"2026-01-0{day}" for day in range(1, 8)]),
)
# Many rows that compete in both models, then few that change who wins in the first.
FIRST = st.lists(st.tuples(st.just("new"), st.lists(ROWS, min_size=5, max_size=5), st.just(0)), min_size=2, max_size=2)
LOADS = st.tuples(
    st.sampled_from(["new", "new", "supersede", "replay"]), st.lists(ROWS, min_size=1, max_size=2), st.integers(0, 9)
)
BATCHES = st.builds(
    lambda first, later: [first, *later],
    FIRST,
    st.lists(st.lists(LOADS, min_size=1, max_size=2), min_size=2, max_size=4),
)


def kept_again(read: Relation, **declared: Any) -> Model:
    """A model that de-duplicates what other such models have kept, by another key."""
    given = {"partition_by": "amount", "order_by": ["updated_at desc"], "columns": COLUMNS, "is_staged": False}
    return Model(LAST, render("deduplicate", read, **{**given, **declared}))


def one_after_another(**declared: Any) -> list[Model]:
    ledger = render("row_ledger", [{**ACCOUNTED[0], "deduplicated": [KEPT, LAST]}])
    return [
        Model(CLEANED, render("clean", RAW, RULES)),
        Model(KEPT, render("deduplicate", CLEANED, ["order_id"], ["updated_at desc"], best_of=["amount"])),
        kept_again(KEPT, **declared),
        Model(LEDGER, ledger),
    ]


def apart_and_then_together(combined: dict[str, Relation], **declared: Any) -> list[Model]:
    """Each source by itself, then what `combine` makes of some of them; sales may come in as they were cleaned."""
    sales = {"source": "shop.sales", "raw": SALES, "cleaned": CLEANED_SALES}
    in_turn = [[KEPT, LAST], [KEPT_SALES, LAST] if KEPT_SALES in combined.values() else LAST]
    accounted = [{**each, "deduplicated": turn} for each, turn in zip([ACCOUNTED[0], sales], in_turn, strict=True)]
    return [
        Model(CLEANED, render("clean", RAW, RULES)),
        Model(CLEANED_SALES, render("clean", SALES, RULES)),
        Model(KEPT, render("deduplicate", CLEANED, ["order_id"], ["updated_at desc"])),
        Model(KEPT_SALES, render("deduplicate", CLEANED_SALES, ["order_id"], ["updated_at desc"])),
        Model(BOTH, render("combine", combined)),
        kept_again(BOTH, **declared),
        Model(LEDGER, render("row_ledger", accounted)),
    ]


CHAINS = {
    "one after another": one_after_another(),
    "with nulls as keys": one_after_another(merge_null_keys=True),
    "best of each": one_after_another(best_of={"order_id": "updated_at"}),
    "by content only": one_after_another(partition_by=None, order_by=None, columns=["amount"]),
    "together": apart_and_then_together({"shop": KEPT, "sales": KEPT_SALES}),
    "with rows of a staging model": apart_and_then_together({"shop": KEPT, "sales": CLEANED_SALES}, is_staged=True),
}


@pytest.mark.parametrize("chain", CHAINS)
@settings(max_examples=8, deadline=None)
@given(batches=BATCHES, kills=KILLS)
def test_batch_by_batch_gives_what_all_at_once_gives_one_model_after_another(
    chain: str, batches: list[list[Any]], kills: list[int | None]
) -> None:
    """Also where runs are killed; the next one finds more files."""
    connection, built = warehouse(), CHAINS[chain]
    follow(connection, built, batches, kills, [RAW, SALES])
    assert_as_if_built_at_once(connection, built)


def is_built_whole(connection: duckdb.DuckDBPyConnection, model: Model) -> bool:
    return statements(connection, model, 9)[0].startswith("create or replace table")


@pytest.mark.parametrize("chain", CHAINS)
def test_no_model_of_a_chain_is_built_anew_for_a_batch(chain: str) -> None:
    """Else the test above would prove what is built whole."""
    connection, built = warehouse(), CHAINS[chain]
    for number in (1, 2, 3):
        land(connection, number, [("new", [("A", "1", "2026-01-01")], 0)], [RAW, SALES])
        if number > 1:
            assert not any(is_built_whole(connection, model) for model in built)
        run_to_the_end(connection, built, number, 30 if number == 2 else None)


@pytest.mark.parametrize("chain", CHAINS)
def test_a_row_that_lost_to_one_that_is_gone_or_has_another_key_now_is_kept_again(chain: str) -> None:
    connection, built = warehouse(), CHAINS[chain]
    for number, file in enumerate(
        ([("A", "1", "2026-01-02"), ("B", "1", "2026-01-01")], [("A", "2.50", "2026-01-03")])
    ):
        land(connection, number, [("new", file, 0)], [RAW, RAW])
        run(connection, built, number, None)
    assert connection.execute(f"select order_id from {LAST} order by all").fetchall() == [("A",), ("B",)]
    assert_as_if_built_at_once(connection, built)


def test_a_model_that_was_left_out_while_changes_were_published_and_forgotten_is_built_anew(tmp_path: Path) -> None:
    connection, built = warehouse(), CHAINS["one after another"]
    published, last = tmp_path / "published.duckdb", built[2]
    published.touch()
    land(connection, 1, [("new", [("A", "1", "2026-01-02"), ("B", "1", "2026-01-01")], 0)], [RAW])
    run(connection, built, 1, None)
    continued.count_from(connection, published)
    land(connection, 2, [("new", [("A", "2", "2026-01-03")], 0)], [RAW])
    run(connection, built[:2], 2, None)
    assert not is_built_whole(connection, last)
    continued.count_from(connection, published)
    assert is_built_whole(connection, last)
    run(connection, built, 2, None)
    continued.count_from(connection, published)
    assert not is_built_whole(connection, last)
    assert_as_if_built_at_once(connection, built)
