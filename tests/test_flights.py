"""Real data that nobody made for Tidemill: the flights of 2013, month by month, by the same flows and macros."""

import json
import os
from pathlib import Path

import pytest

from tests.flights import FLIGHTS_PROJECT, arrive, arrive_once
from tests.place import Place

MONTHS = 3


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> tuple[Place, list[str], int]:
    """A place where four months arrived one after the other, what each run printed, and how many flights there were."""
    place, printed, flights = Place(tmp_path_factory.mktemp("flights"), prefect_api), [], 0
    arrive_once(place.landing)
    for month in range(1, MONTHS + 1):
        flights += arrive(place.landing, month)
        printed.append(place.tidemill("--project", str(FLIGHTS_PROJECT), "run"))
    return place, printed, flights


def test_every_flight_of_every_month_is_kept(months: tuple[Place, list[str], int]) -> None:
    place, _, flights = months
    assert place.ask("select count(*), count(distinct flight_id) from marts.flights") == [(flights, flights)]
    assert place.ask(
        "select fate, count(*) from records.row_ledger where source = 'nycflights.flights' group by fate"
    ) == [("kept", flights)]


def test_each_month_costs_its_own_files_only(months: tuple[Place, list[str], int]) -> None:
    for month, printed in enumerate(months[1], start=1):
        new = 5 if month == 1 else 2
        assert f"{3 + 2 * month} found, {new} new, {3 + 2 * month - new} unchanged" in printed


def test_every_month_trains_a_version_whose_decision_is_recorded(months: tuple[Place, list[str], int]) -> None:
    place, printed, _ = months
    versions = place.ask("select version, decision, reason, training_rows from records.models order by version")
    assert [version for version, *_ in versions] == [1, 2, 3]
    # Fitted on the first weeks of one month, its probabilities are too extreme for the days after.
    assert (versions[0][1], "calibration slope" in versions[0][2]) == ("keep", True)
    assert [training_rows for *_, training_rows in versions] == sorted(
        {training_rows for *_, training_rows in versions}
    )
    for (_, decision, reason, _), text in zip(versions, printed, strict=True):
        assert decision in ("superior", "keep")
        assert f"deploy: {decision} ({reason})" in text
    deployed = max(version for version, decision, *_ in versions if decision == "superior")
    assert place.ask("select max_by(version, deployed_at) from records.deployments") == [(deployed,)]
    assert Path(os.path.realpath(place.folder / "models_store" / "late_arrival" / "deployed")).name == str(deployed)


def test_weather_and_planes_are_found_for_most_flights(months: tuple[Place, list[str], int]) -> None:
    place, _, flights = months
    ((with_weather, with_plane),) = place.ask("select count(temperature), count(seats) from marts.flights")
    assert 0.95 * flights < with_weather <= flights
    assert 0.7 * flights < with_plane <= flights


KNOWN_BEFORE_DEPARTURE = {
    *("airline", "origin", "destination", "scheduled_hour", "weekday", "distance"),
    *("plane_age", "seats", "destination_longitude", "destination_altitude"),
    *("temperature", "humidity", "wind_speed", "precipitation", "pressure", "visibility"),
}


def test_nothing_known_only_after_departure_is_learned_from(months: tuple[Place, list[str], int]) -> None:
    for (features,) in months[0].ask("select features from records.models"):
        assert set(json.loads(str(features))) == KNOWN_BEFORE_DEPARTURE


def test_whole_days_are_held_out_and_stay_so(months: tuple[Place, list[str], int]) -> None:
    place, _, _ = months
    ((training, held_out),) = place.ask(
        "select training_rows, held_out_rows from records.models order by version desc limit 1"
    )
    landed = "(select flight_id, scheduled_on from marts.flights where is_late is not null) as landed"
    assert place.ask(f"select count(*) from {landed}") == [(training + held_out,)]
    versions = place.folder / "models_store" / "late_arrival" / "versions"
    days = [
        f"select distinct scheduled_on from {landed} semi join read_parquet('{rows}') as trained using (flight_id)"
        for rows in (versions / "1" / "training_rows.parquet", versions / str(MONTHS) / "training_rows.parquet")
    ]
    # Every flight of a day that was trained on is a training row, and no day of the first month has changed sides.
    assert place.ask(f"select count(*) from {landed} where scheduled_on in ({days[1]})") == [(training,)]
    first_month = f"select max(scheduled_on) from ({days[0]})"
    assert place.ask(f"select count(*) from ({days[1]}) where scheduled_on <= ({first_month})") == place.ask(
        f"select count(*) from ({days[0]})"
    )
