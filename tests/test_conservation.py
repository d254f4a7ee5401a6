"""After every run each loaded row has one fate, whatever the keys are made of, and each chain ends in a kept row."""

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendering import relation, render
from tests.test_incremental import ACCOUNTED, CLEANED, KEPT, RAW, Model, warehouse
from tests.test_incremental_changes import land, run

LEDGER = relation("records", "row_ledger")
TEXTS = {name: {"type": "text"} for name in ("order_id", "amount", "updated_at")}
NUMBER, WHEN = "try_cast(amount as double)", "try_cast(updated_at as double)"
VALUES = st.sampled_from(["nan", "-0.0", "0", "", "1.0"])
ROWS = st.lists(st.tuples(st.sampled_from(["A", "a", ""]), VALUES, VALUES), max_size=4)
KINDS = st.sampled_from(["new", "new", "supersede", "replay"])
BATCHES = st.lists(st.lists(st.tuples(KINDS, ROWS, st.integers(0, 9)), min_size=1, max_size=2), min_size=1, max_size=4)
UNACCOUNTED = f"""
    select count(*)
    from (select _file_id as file_id, _row_number as row_number from {RAW}) as loaded
    full join {LEDGER} as ledger using (file_id, row_number)
    where coalesce(ledger.fate not in ('kept', 'duplicate', 'superseded', 'rejected'), true)
"""
# A winner took part: it was neither rejected nor replaced by a newer file, and its own chain goes on or it was kept.
BROKEN = f"""
    select count(*)
    from {LEDGER} as loser
    left join {LEDGER} as winner
        on loser.winner_file_id = winner.file_id and loser.winner_row_number = winner.row_number
    where
        loser.winner_row_number is not null
        and (
            winner.fate is null
            or coalesce(winner.stage in ('load', 'clean'), false)
            or (winner.fate <> 'kept' and winner.winner_row_number is null)
        )
"""


def built(**declared: Any) -> list[Model]:
    sql = {
        CLEANED: render("clean", RAW, TEXTS),
        KEPT: render("deduplicate", CLEANED, **declared),
        LEDGER: render("row_ledger", ACCOUNTED),
    }
    return [Model(table, text) for table, text in sql.items()]


def asked(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    "declared",
    [
        {"partition_by": NUMBER, "order_by": [f"{WHEN} desc", "order_id"]},
        {"partition_by": f"{{'a': {NUMBER}, 'b': order_id}}", "best_of": {"updated_at": f"{WHEN} desc"}},
        {"partition_by": ["order_id", NUMBER], "merge_null_keys": True, "columns": ["lower(order_id)", WHEN]},
        {"columns": [NUMBER, "lower(order_id)"]},
    ],
)
@settings(max_examples=8, deadline=None)
@given(batches=BATCHES)
def test_after_every_run_each_row_has_one_fate_and_each_winner_took_part(
    declared: dict[str, Any], batches: list[list[Any]]
) -> None:
    connection, models = warehouse(), built(**declared)
    for number, batch in enumerate(batches, start=1):
        land(connection, number, batch, [RAW])
        run(connection, models, number, None)
        assert asked(connection, UNACCOUNTED) + asked(connection, BROKEN) == [(0,), (0,)]
        kept = f"select count(*) = count(*) filter (where fate = 'kept') from {LEDGER} semi join {KEPT} on"
        assert asked(connection, f"{kept} file_id = _file_id and row_number = _row_number") == [(True,)]
    by_batch = [asked(connection, f"from {model.table} order by all") for model in models]
    connection.execute("set disabled_optimizers = ''")
    for model in models:
        connection.execute(f"create or replace table {model.table} as {model.sql}")
    assert str([asked(connection, f"from {model.table} order by all") for model in models]) == str(by_batch)


def test_a_winner_that_lost_later_wins_again_when_the_file_that_beat_it_is_replaced() -> None:
    connection, models = warehouse(), built(partition_by="order_id", order_by=f"{WHEN} desc")

    def fates_after(number: int, kind: str, rows: list[tuple[str, ...]], older: int) -> list[tuple[Any, ...]]:
        land(connection, number, [(kind, rows, older)], [RAW])
        run(connection, models, number, None)
        return asked(connection, f"select file_id, fate, stage, winner_file_id from {LEDGER} order by file_id")

    fates_after(1, "new", [("A", "1", "1")], 0)
    fates_after(2, "new", [("A", "1", "2")], 0)
    assert fates_after(3, "new", [("A", "1", "3")], 0) == [
        (1, "superseded", "key", 3),
        (2, "superseded", "key", 3),
        (3, "kept", None, None),
    ]
    assert fates_after(4, "supersede", [], 2) == [
        (1, "superseded", "key", 2),
        (2, "kept", None, None),
        (3, "superseded", "load", 4),
    ]
    assert fates_after(5, "supersede", [("A", "1", "0")], 1) == [
        (1, "kept", None, None),
        (2, "superseded", "load", 5),
        (3, "superseded", "load", 4),
        (5, "superseded", "key", 1),
    ]


def test_a_donor_may_come_later_lose_to_a_later_one_and_gives_no_more_when_its_file_is_replaced() -> None:
    connection = warehouse()
    models = built(partition_by="order_id", order_by=f"{WHEN} desc", best_of={"amount": "amount desc"})

    def kept_after(number: int, kind: str, rows: list[tuple[str, ...]], older: int) -> tuple[Any, ...]:
        land(connection, number, [(kind, rows, older)], [RAW])
        run(connection, models, number, None)
        ((kept),) = asked(connection, f"select _file_id, amount, split_part(_donors, ':', 2) from {KEPT}")
        return kept

    assert kept_after(1, "new", [("A", "", "9")], 0) == (1, None, None)
    assert kept_after(2, "new", [("A", "1", "1")], 0) == (1, "1", "2")
    assert kept_after(3, "new", [("A", "2", "2")], 0) == (1, "2", "3")
    assert kept_after(4, "supersede", [], 2) == (1, "1", "2")
    # The donor is the winner now, and so gives to nobody.
    assert kept_after(5, "supersede", [("A", "", "0")], 0) == (2, "1", None)
    assert kept_after(6, "supersede", [], 0) == (5, None, None)
