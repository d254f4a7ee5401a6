"""Past predictions are kept until their label is known, and their loss is measured against what was promised."""

import shutil
from dataclasses import replace
from typing import Any

import pytest

from flows import drift, store, warehouse
from flows.drift import past
from flows.settings import Settings
from tests.people import LEAVING, publish_people, recorded, turn
from tests.test_drift_measures import alarms, change, watched

PAST = "select count(*) from marts.leaving_past_predictions"
# People like those trained on, whose label is not known yet.
NEWCOMERS = "insert into marts.people select 'N' || person_id, age, city, null from marts.people"
LABELLED = "update marts.people set has_left = hash(person_id) % 100 {} coalesce(age, 50) where has_left is null"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Version 1 has scored 2,000 newcomers, none of them labelled; the tests only copy it."""
    folder = tmp_path_factory.mktemp("scored")
    settings = Settings(warehouse=folder / "warehouse", models_store=folder / "models_store", threads=2)
    publish_people(settings)
    turn(settings)
    watched(settings)
    change(settings, NEWCOMERS)
    watched(settings)
    return settings


@pytest.fixture
def scored(once: Settings, settings: Settings) -> Settings:
    for source, copy in ((once.warehouse, settings.warehouse), (once.models_store, settings.models_store)):
        shutil.copytree(source, copy, symlinks=True, dirs_exist_ok=True)
    return settings


def losses(settings: Settings) -> list[tuple[Any, ...]]:
    return recorded(
        settings, "select version, rows_now, is_alarm from records.drift where kind = 'loss' order by rowid"
    )


def test_predictions_are_kept_whose_label_was_unknown_and_none_the_version_was_decided_on(scored: Settings) -> None:
    assert recorded(scored, f"{PAST} where person_id like 'N%' and version = 1") == [(2000,)]
    assert recorded(scored, PAST) == [(2000,)]


@pytest.mark.parametrize(("holds", "raised"), [("<", set()), (">=", {("loss", None)})])
def test_the_loss_is_measured_when_labels_arrive_and_is_an_alarm_only_if_worse_than_promised(
    scored: Settings, holds: str, raised: set[tuple[str, str | None]]
) -> None:
    change(scored, LABELLED.format(holds))
    assert {each for each in alarms(watched(scored)) if each[0] == "loss"} == raised
    assert losses(scored) == [(1, 2000, bool(raised))]


def test_the_loss_is_that_of_the_first_prediction_by_hand(scored: Settings) -> None:
    by_hand = "avg(-ln(if(has_left, probability, 1 - probability)))"
    change(scored, LABELLED.format("<"))
    ((expected,),) = recorded(
        scored, f"select {by_hand} from marts.leaving_past_predictions inner join marts.people using (person_id)"
    )
    change(scored, "update marts.people set age = 99 where person_id like 'N%'")
    watched(scored)
    ((measured,),) = recorded(scored, "select value_now from records.drift where kind = 'loss'")
    assert measured == pytest.approx(expected, abs=1e-12)


def test_rows_that_arrive_with_their_label_count_and_those_decided_on_do_not(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    watched(settings)
    assert recorded(settings, PAST) == [(0,)]
    change(settings, "insert into marts.people select 'N' || person_id, age, city, has_left from marts.people")
    watched(settings)
    assert recorded(settings, PAST) == [(2000,)]
    assert losses(settings) == []
    watched(settings)
    assert losses(settings) == [(1, 2000, False)]


def test_running_again_keeps_nothing_twice_and_a_vanished_row_is_dropped(scored: Settings) -> None:
    watched(scored)
    assert recorded(scored, PAST) == [(2000,)]
    change(scored, "delete from marts.people where person_id = 'NP7'")
    watched(scored)
    assert recorded(scored, PAST) == [(1999,)]


def test_an_earlier_version_is_measured_once_more_and_its_labelled_predictions_dropped(scored: Settings) -> None:
    with warehouse.write(scored) as connection:
        connection.execute("update marts.leaving_past_predictions set version = 0")
        connection.execute("insert into records.models by name select * replace (0 as version) from records.models")
    change(scored, LABELLED.format("<"))
    watched(scored)
    watched(scored)
    assert losses(scored) == [(0, 2000, False)]
    assert recorded(scored, f"{PAST} where version = 0") == [(0,)]


def test_with_an_entity_its_rows_count_once(scored: Settings) -> None:
    by_city = replace(LEAVING, gate=replace(LEAVING.gate, entity="city"))
    change(scored, LABELLED.format("<"))
    with warehouse.read_published(scored) as connection:
        ((_, entities, _, _),) = connection.execute(past._losses(by_city, "marts.people")).fetchall()
        # Two cities, and each of the people without one.
        ((without,),) = connection.execute(
            "select count(*) from marts.people where city is null and person_id like 'N%'"
        ).fetchall()
        file = store.training_file(scored, "leaving", 1)
        features = drift.column_drift(connection, by_city, file)
    assert entities == without + 2
    assert all(each.rows_now < 1000 for each in features)
