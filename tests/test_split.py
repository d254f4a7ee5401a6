"""Split: on which side a row lies is decided once; rows that arrive later change nothing about the others."""

from collections import Counter
from dataclasses import replace

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import split, training_rows
from flows.declaration import Classifier
from flows.declaration.declared import Feature, Gate
from flows.training_rows import Side

VISITS = Classifier(
    name="returns",
    declared_in="models/marts/_marts__models.yml",
    schema="marts",
    table="visits",
    key="visit_id",
    target="returned",
    time_column="seen_on",
    features=(),
    estimator="sklearn.linear_model.LogisticRegression",
    params={},
    schedule=None,
    gate=Gate(),
)
Sides = dict[int, bool | None]


def visits(connection: duckdb.DuckDBPyConnection, days: list[int]) -> None:
    connection.execute("create schema if not exists marts")
    values = ", ".join(f"({number}, 'P' || {number % 7}, {day})" for number, day in enumerate(days))
    connection.execute(
        "create or replace table marts.visits as select visit_id, person_id, date '2020-01-01' + day as seen_on, "
        f"visit_id % 2 = 0 as returned from (values {values}) as rows(visit_id, person_id, day)"
    )


def sides(connection: duckdb.DuckDBPyConnection, classifier: Classifier, cuts: tuple[str, ...]) -> Sides:
    return dict(connection.execute(f"select visit_id, _is_held_out from ({split.marked(classifier, cuts)})").fetchall())


@settings(deadline=None)
@given(batches=st.lists(st.lists(st.integers(0, 400), min_size=1, max_size=30), min_size=2, max_size=6))
def test_a_row_never_changes_sides_whatever_arrives_later(batches: list[list[int]]) -> None:
    days: list[int] = []
    cuts: tuple[str, ...] = ()
    decided: Sides = {}
    with duckdb.connect() as connection:
        for batch in batches:
            days += batch
            visits(connection, days)
            longer = split.extended(connection, VISITS, cuts)
            assert longer[: len(cuts)] == cuts
            cuts = longer
            now = sides(connection, VISITS, cuts) if cuts else {}
            assert {number: now[number] for number in decided} == decided
            decided = {number: side for number, side in now.items() if side is not None}


def test_the_latest_times_of_each_block_are_held_out() -> None:
    with duckdb.connect() as connection:
        visits(connection, list(range(8)))
        first = split.extended(connection, VISITS, ())
        assert first == ("2020-01-06", "2020-01-08")
        visits(connection, list(range(12)))
        second = split.extended(connection, VISITS, first)
        held_out = {number for number, side in sides(connection, VISITS, second).items() if side}
    assert held_out == {6, 7, 11}


@pytest.mark.parametrize("more", [[8], [8] * 50])
def test_one_more_time_waits_until_another_follows(more: list[int]) -> None:
    with duckdb.connect() as connection:
        visits(connection, list(range(8)))
        cuts = split.extended(connection, VISITS, ())
        visits(connection, [*range(8), *more])
        assert split.extended(connection, VISITS, cuts) == cuts
        assert {side for number, side in sides(connection, VISITS, cuts).items() if number >= 8} == {None}


def test_a_time_in_the_future_holds_nothing_out() -> None:
    with duckdb.connect() as connection:
        visits(connection, [*range(8), 2_000_000])
        assert split.extended(connection, VISITS, ())[-1] == "2020-01-08"


def test_few_new_rows_open_no_block() -> None:
    with duckdb.connect() as connection:
        visits(connection, list(range(1000)))
        cuts = split.extended(connection, VISITS, ())
        visits(connection, list(range(1008)))
        assert split.extended(connection, VISITS, cuts) == cuts
        visits(connection, list(range(1020)))
        assert len(split.extended(connection, VISITS, cuts)) == 4


def test_all_rows_of_an_entity_are_on_one_side_of_a_hash() -> None:
    by_person = replace(VISITS, time_column=None, gate=Gate(entity="person_id", holdout_share=0.5))
    with duckdb.connect() as connection:
        visits(connection, list(range(100)))
        people = connection.execute(
            f"select person_id, count(distinct _is_held_out) from ({split.marked(by_person, ())}) group by person_id"
        ).fetchall()
    assert {sides for _, sides in people} == {1}


def test_rows_without_an_entity_are_split_and_folded_by_their_key() -> None:
    by_person = replace(VISITS, time_column=None, gate=Gate(entity="person_id", holdout_share=0.5))
    by_person = replace(by_person, features=(Feature("visit_id", "bigint", "numeric"),))
    with duckdb.connect() as connection:
        visits(connection, list(range(100)))
        connection.execute("update marts.visits set person_id = null where visit_id >= 50")
        marked = sides(connection, by_person, ())
        folds = connection.execute(training_rows.unordered(connection, by_person, Side(is_held_out=True, folds=3)))
        assert None not in [row[-1] for row in folds.fetchall()]
    assert len(marked) == 100
    assert Counter(marked[number] for number in range(50, 100)).keys() == {True, False}
