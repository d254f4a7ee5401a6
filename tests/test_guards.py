"""Guards: what cannot be learned from, or should not, is refused with its reason or recorded as a warning."""

import json
from dataclasses import replace

import pytest

from flows import publish, train, training_rows, warehouse
from flows.declaration import Classifier
from flows.declaration.declared import Feature, Gate, TrainSettings
from flows.settings import Settings
from flows.training_rows import Side
from tests.people import LEAVING, RUN, publish_people, recorded, turn


def with_column(settings: Settings, expression: str, data_type: str, kind: str) -> Classifier:
    """Publish people with one more column, and return the classifier that learns from it."""
    publish_people(settings)
    with warehouse.write(settings) as connection:
        connection.execute(
            f"create or replace table marts.people as select *, ({expression})::{data_type} as extra "
            "from (select *, person_id[2:]::bigint as number from marts.people)"
        )
    publish.publish(settings, "run-2", ["marts.people"])
    return replace(LEAVING, features=(*LEAVING.features, Feature("extra", data_type, kind)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "data_type", "kind"),
    [
        ("if(has_left, 10, -10) + random()", "double", "numeric"),
        ("if(has_left, -10, 10) + random()", "double", "numeric"),
        ("if(has_left, number, null)", "double", "numeric"),
        ("if(has_left, 'gone ' || number % 5, 'here ' || number % 5)", "varchar", "categorical"),
        ("not has_left", "boolean", "boolean"),
        ("if(has_left, [2, 7][number % 2 + 1], 4)", "bigint", "numeric"),
    ],
)
def test_the_target_in_disguise_is_refused(settings: Settings, expression: str, data_type: str, kind: str) -> None:
    leaking = with_column(settings, expression, data_type, kind)
    trained = train.train(settings, leaking, RUN)
    assert trained.version is None
    assert "feature 'extra' alone ranks the target almost perfectly" in trained.reason
    assert train.train(settings, replace(leaking, training=TrainSettings(leak_auc=1)), RUN).version == 1


@pytest.mark.parametrize(
    ("expression", "data_type", "kind", "warning"),
    [
        ("null", "varchar", "categorical", "'extra' is null in all training rows"),
        ("7", "bigint", "numeric", "'extra' has one value only"),
        ("'c' || number", "varchar", "categorical", "an id says nothing"),
        ("number", "bigint", "numeric", "an id says nothing"),
    ],
)
def test_a_feature_that_says_nothing_is_a_recorded_warning(
    settings: Settings, expression: str, data_type: str, kind: str, warning: str
) -> None:
    assert train.train(settings, with_column(settings, expression, data_type, kind), RUN).version == 1
    ((warnings,),) = recorded(settings, "select warnings from records.trainings")
    assert [warning in each for each in json.loads(str(warnings))] == [True]


@pytest.mark.parametrize(
    ("expression", "data_type", "kind"),
    [("random()", "double", "numeric"), ("number % 7", "bigint", "numeric"), ("number % 5", "varchar", "categorical")],
)
def test_an_honest_feature_is_neither_refused_nor_warned_of(
    settings: Settings, expression: str, data_type: str, kind: str
) -> None:
    assert train.train(settings, with_column(settings, expression, data_type, kind), RUN).version == 1
    assert recorded(settings, "select warnings::varchar from records.trainings") == [("[]",)]


def test_too_few_rows_of_a_class_are_refused_with_their_number(settings: Settings) -> None:
    publish_people(settings, has_left="number % 200 = 0")
    reason = str(train.train(settings, LEAVING, RUN).reason)
    assert "training rows only; 10 are needed" in reason
    assert recorded(settings, "select decision, fired from records.trainings") == [("refused", "first")]


def test_entities_on_both_sides_of_a_time_are_counted_in_a_warning(settings: Settings) -> None:
    publish_people(settings)
    with warehouse.write(settings) as connection:
        connection.execute("alter table marts.people add column seen_on date")
        connection.execute("alter table marts.people add column firm bigint")
        connection.execute(
            "update marts.people set seen_on = date '2020-01-01' + person_id[2:]::integer, "
            "firm = person_id[2:]::integer % 30"
        )
    publish.publish(settings, "run-2", ["marts.people"])
    timed = replace(LEAVING, time_column="seen_on", gate=Gate(entity="firm"))
    assert train.train(settings, timed, RUN).version == 1
    ((warnings,),) = recorded(settings, "select warnings::varchar from records.trainings")
    assert "30 of 'firm' have both training and held-out rows" in str(warnings)


def test_held_out_rows_that_a_contestant_was_trained_on_are_not_scored(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    half = replace(LEAVING, gate=replace(LEAVING.gate, holdout_share=0.5))
    with warehouse.read_published(settings) as connection:
        everything = training_rows.count(connection, half, Side(is_held_out=True))
    turn(settings, half)
    ((first, second),) = recorded(settings, "select min(held_out_rows), max(held_out_rows) from records.models")
    # Half of the rows are held out now, but version 1 was trained on all but its own held-out quarter.
    assert first == second
    assert everything > int(str(second)) * 1.8
