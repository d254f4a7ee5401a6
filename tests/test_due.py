"""Whether a run has anything to do, asked without Prefect and dbt."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flows import due, records, warehouse
from flows.declaration import Declaration
from flows.settings import Settings
from tests.people import LEAVING, RUN, publish_people, turn

PEOPLE = Declaration("people", sources=(), classifiers=(LEAVING,))


@pytest.fixture
def idle(settings: Settings) -> Settings:
    """Settings where the whole loop has run and nothing has changed since."""
    settings.landing.mkdir()
    publish_people(settings)
    turn(settings)
    done = replace(RUN, status="completed", fingerprint=due.run_fingerprint(settings), last_load_id=0)
    with warehouse.write(settings) as connection:
        records.add(connection, done)
    return settings


def test_nothing_is_to_do_where_nothing_has_changed(idle: Settings) -> None:
    assert due.reasons_to_run(idle, PEOPLE) == []


@pytest.mark.parametrize("lost", [".", "leaving", "leaving/versions"])
def test_an_emptied_models_store_is_a_reason_to_run(idle: Settings, lost: str) -> None:
    shutil.rmtree(idle.models_store / Path(lost))
    assert due.reasons_to_run(idle, PEOPLE) == ["models_store has no version of classifier leaving any more"]
