"""Drift of a deployed version: what is measured between its training rows and the published rows it has not seen."""

from dataclasses import replace

from flows import drift, predict, publish, store, warehouse
from flows.declaration import Classifier
from flows.drift import DriftSummary
from flows.settings import Settings
from tests.people import LEAVING, RUN, publish_people, recorded, turn

TABLES = ["marts.people", "marts.leaving_predictions", "marts.leaving_past_predictions"]


def watched(settings: Settings, classifier: Classifier = LEAVING, run: str = "run-1") -> DriftSummary:
    """Score and measure as a run does, and publish both."""
    this_run = replace(RUN, run_id=run)
    predict.predict(settings, classifier, this_run)
    summary = drift.watch(settings, classifier, this_run)
    publish.publish(settings, run, TABLES)
    return summary


def change(settings: Settings, *statements: str) -> None:
    """Change the people and publish them as the next run's transform would."""
    with warehouse.write(settings) as connection:
        for statement in statements:
            connection.execute(statement)
    publish.publish(settings, "run-2", TABLES)


def alarms(summary: DriftSummary) -> set[tuple[str, str | None]]:
    return {(each.kind, each.column) for each in summary.alarms}


def test_resampled_rows_raise_no_alarm_and_every_measure_is_recorded(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    summary = watched(settings)
    assert summary.said == "no alarm in 6 measures"
    measured = recorded(
        settings, "select kind, column_name, size < 0.05, p_value_adjusted > 0.01, is_alarm, version from records.drift"
    )
    assert measured == [
        (kind, column, True, True, False, 1)
        for kind, column in [
            ("feature", "age"), ("missing", "age"), ("feature", "city"), ("missing", "city"), ("label_rate", None),
            ("score", None),
        ]
    ]  # fmt: skip


CHANGES = [
    ("age = age + 30", {("feature", "age"), ("score", None)}),
    ("city = null", {("feature", "city"), ("missing", "city")}),
    ("city = 'Rome'", {("feature", "city"), ("missing", "city")}),
    ("has_left = true", {("label_rate", None)}),
]


def test_a_planted_drift_raises_its_alarms_and_no_other(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    watched(settings)
    change(settings, "create table people_before as from marts.people")
    for changed, raised in CHANGES:
        change(
            settings,
            "create or replace table marts.people as from people_before",
            f"update marts.people set {changed}",
        )
        assert alarms(watched(settings)) == raised


def test_rows_that_were_trained_on_are_not_compared_with_themselves(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    trained = store.read_manifest(settings, "leaving", 1).training_rows
    assert {each.rows_now for each in watched(settings).measures} == {2000 - trained}
