"""Triggers: when a classifier is trained again, and that every answer is a record with its numbers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flows import publish, records, train, warehouse
from flows.declaration.declared import TrainSettings
from flows.settings import Settings
from tests.people import LEAVING, RUN, publish_people, recorded, turn
from tests.test_drift_measures import TABLES, watched

BY_HAND = replace(RUN, flow="train")


def trained_in(settings: Settings, run: records.Run = RUN, **declared: Any) -> tuple[str, str | None, str]:
    """Train with these triggers and return the recorded decision, the trigger that fired, and the reason."""
    schedule = declared.pop("schedule", None)
    train.train(settings, replace(LEAVING, schedule=schedule, training=TrainSettings(**declared)), run)
    ((decision, fired, reason),) = recorded(
        settings, "select decision, fired, reason from records.trainings order by rowid desc limit 1"
    )
    return str(decision), None if fired is None else str(fired), str(reason)


def test_without_declared_triggers_changed_rows_are_trained_on_and_that_is_recorded(settings: Settings) -> None:
    publish_people(settings)
    assert trained_in(settings)[:2] == ("trained", "first")
    assert trained_in(settings)[:2] == ("same_rows", "rows_changed")
    publish_people(settings, count=2100)
    assert trained_in(settings)[:2] == ("trained", "rows_changed")


@pytest.mark.parametrize(
    ("limit", "decision"), [(100.0, "trained"), (101.0, "not_due"), (0.05, "trained"), (0.06, "not_due")]
)
def test_new_rows_train_from_the_declared_number_or_share_on(settings: Settings, limit: float, decision: str) -> None:
    publish_people(settings)
    trained_in(settings)
    publish_people(settings, count=2100)
    assert trained_in(settings, new_rows=limit)[0] == decision
    ((measured, wanted),) = recorded(
        settings,
        "select (triggers -> 'new_rows' ->> 'measured')::double, (triggers -> 'new_rows' ->> 'limit')::double "
        "from records.trainings order by rowid desc limit 1",
    )
    assert (measured, wanted) == (100 if limit > 1 else 0.05, limit)


def test_rows_that_took_the_place_of_others_are_new_rows_too(settings: Settings) -> None:
    publish_people(settings)
    trained_in(settings)
    assert trained_in(settings, new_rows=1)[0] == "not_due"
    with warehouse.write(settings) as connection:
        connection.execute("update marts.people set person_id = 'Q' || person_id where hash(person_id) % 10 = 0")
    publish.publish(settings, "run-2", ["marts.people"])
    assert trained_in(settings, new_rows=300)[0] == "not_due"
    assert trained_in(settings, new_rows=0.05)[:2] == ("trained", "new_rows")


def test_a_schedule_trains_when_it_has_come_round_since_the_last_training(settings: Settings) -> None:
    publish_people(settings)
    trained_in(settings)
    publish_people(settings, count=2100)
    yearly = f"0 0 1 {(records.now() + timedelta(days=62)).month} *"
    assert trained_in(settings, schedule=yearly)[:2] == ("not_due", None)
    with warehouse.write(settings) as connection:
        connection.execute("update records.trainings set decided_at = decided_at - interval 400 day")
    assert trained_in(settings, schedule=yearly)[:2] == ("trained", "schedule")


def test_drifted_features_train_and_resampled_ones_do_not(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    publish_people(settings, count=2500)
    decision, _, reason = trained_in(settings, drift=0.2)
    assert decision == "not_due"
    assert "PSI 0.0" in reason
    with warehouse.write(settings) as connection:
        connection.execute("update marts.people set age = age + 30")
    publish.publish(settings, "run-2", ["marts.people"])
    assert trained_in(settings, drift=0.2)[:2] == ("trained", "drift")
    ((_,), (said,)) = recorded(settings, "select triggers ->> '$.drift.said' from records.trainings offset 1")
    assert "feature age has drifted furthest from version 1's" in str(said)


@pytest.mark.parametrize(("is_wrong", "decision"), [(False, "not_due"), (True, "trained")])
def test_predictions_that_turned_out_worse_than_promised_train(
    settings: Settings, is_wrong: bool, decision: str
) -> None:
    publish_people(settings)
    turn(settings)
    with warehouse.write(settings) as connection:
        connection.execute(
            "insert into marts.people select 'N' || person_id, age, city, null from marts.people where age is not null"
        )
    publish.publish(settings, "run-2", ["marts.people"])
    watched(settings)
    has_left = f"hash(person_id) % 100 {'>=' if is_wrong else '<'} age"
    with warehouse.write(settings) as connection:
        connection.execute(f"update marts.people set has_left = {has_left} where has_left is null")
    publish.publish(settings, "run-3", TABLES)
    assert trained_in(settings, falling_score=0.1)[0] == decision


def test_by_hand_a_classifier_is_trained_whatever_is_declared(settings: Settings) -> None:
    publish_people(settings)
    trained_in(settings)
    publish_people(settings, count=2100)
    assert trained_in(settings, new_rows=500)[:2] == ("not_due", None)
    assert trained_in(settings, BY_HAND, new_rows=500)[:2] == ("trained", "command")
