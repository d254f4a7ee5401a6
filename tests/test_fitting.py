"""Fitting: searched params, rows beyond memory, parts of dates, and the same coefficients in every process."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from flows import publish, store, train, training_rows, warehouse
from flows.commands import rebuild
from flows.declaration.declared import Feature, TrainSettings
from flows.settings import Settings
from flows.training_rows import Side
from tests.people import LEAVING, RUN, publish_people, recorded

SGD = replace(LEAVING, estimator="sklearn.linear_model.SGDClassifier", params={"loss": "log_loss", "alpha": 0.01})


def probabilities(settings: Settings, version: int) -> np.ndarray:
    with warehouse.read_published(settings) as connection:
        rows = training_rows.read(connection, LEAVING, Side(is_held_out=True))
    predicted: np.ndarray = store.load(settings, "leaving", version).pipeline.predict_proba(rows.features)[:, 1]
    return predicted


def test_the_declared_params_are_searched_and_the_best_are_fitted_and_recorded(settings: Settings) -> None:
    publish_people(settings)
    searching = replace(LEAVING, training=TrainSettings(search={"C": [1e-6, 1.0]}, folds=3))
    train.train(settings, searching, RUN)
    assert store.read_manifest(settings, "leaving", 1).params == {"C": 1.0}
    ((tried, best, worst),) = recorded(
        settings,
        "select json_array_length(search), list_avg((search -> '$[0].log_losses')::double[]), "
        "list_avg((search -> '$[1].log_losses')::double[]) from records.trainings",
    )
    assert tried == 2
    assert best < worst  # type: ignore[operator]
    assert "not fitted again" in train.train(settings, searching, RUN).reason


def test_folds_follow_time_where_it_is_declared_and_the_entity_else(settings: Settings) -> None:
    publish_people(settings)
    with warehouse.write(settings) as connection:
        connection.execute("alter table marts.people add column seen_on date")
        connection.execute("update marts.people set seen_on = date '2020-01-01' + (age::integer % 20)")
    publish.publish(settings, "run-2", ["marts.people"])
    with warehouse.read_published(settings) as connection:
        timed = replace(LEAVING, time_column="seen_on")
        rows = training_rows.unordered(connection, timed, Side(False, folds=4))
        by_time = connection.execute(
            f"select _fold, min(seen_on), max(seen_on) from ({rows}) inner join marts.people using (person_id) "
            "group by _fold order by _fold"
        ).fetchall()
        by_city = replace(LEAVING, gate=replace(LEAVING.gate, entity="city", holdout_share=0.001))
        rows = training_rows.unordered(connection, by_city, Side(False, folds=4))
        cities = connection.execute(
            f"select count(distinct _fold) from ({rows}) where city is not null group by city"
        ).fetchall()
    assert [fold for fold, _, _ in by_time] == [0, 1, 2, 3, 4]
    assert all(before[2] < after[1] for before, after in pairwise(by_time))
    assert set(cities) == {(1,)}


def test_rows_beyond_memory_stream_to_an_estimator_that_learns_in_parts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_people(settings, count=20_000)
    monkeypatch.setattr(train.fitting, "BATCH_ROWS", 2048)
    train.train(settings, SGD, RUN)
    train.train(settings, replace(SGD, training=TrainSettings(rows_in_memory=5000)), RUN)
    assert recorded(settings, "select fitted_on from records.trainings order by rowid") == [
        (f"all {train_rows(settings):,} training rows",),
        (f"all {train_rows(settings):,} training rows, in batches of 2,048",),
    ]
    assert abs(probabilities(settings, 1) - probabilities(settings, 2)).mean() < 0.02
    # And is fitted again from its record in the same way.
    monkeypatch.setattr(rebuild, "Settings", lambda: settings)
    assert rebuild.run_rebuild("leaving", 2)
    assert f"version 2: the same from {train_rows(settings):,} rows, bit for bit" in capsys.readouterr().out


def train_rows(settings: Settings) -> int:
    return store.read_manifest(settings, "leaving", 1).training_rows


def test_any_other_estimator_is_fitted_on_a_recorded_sample_that_stays_the_same(settings: Settings) -> None:
    publish_people(settings, count=20_000)
    sampled = replace(LEAVING, training=TrainSettings(rows_in_memory=5000))
    assert train.train(settings, sampled, RUN).version == 1
    manifest = store.read_manifest(settings, "leaving", 1)
    assert 4500 < manifest.training_rows < 5500
    assert "about 5,000 of" in str(recorded(settings, "select fitted_on from records.trainings"))
    assert "not fitted again" in train.train(settings, sampled, RUN).reason


def test_parts_of_a_date_are_learned_from_as_numbers(settings: Settings) -> None:
    publish_people(settings)
    with warehouse.write(settings) as connection:
        connection.execute("alter table marts.people add column born_at timestamp")
        connection.execute("update marts.people set born_at = timestamp '2024-02-26 13:00' + interval 1 day")
    publish.publish(settings, "run-2", ["marts.people"])
    parts = ("year", "quarter", "month", "week", "day", "weekday", "hour")
    features = tuple(Feature(f"born_at_{part}", "bigint", "numeric", "born_at", part) for part in parts)
    with warehouse.read_published(settings) as connection:
        rows = training_rows.read(connection, replace(LEAVING, features=features), Side(is_held_out=False))
    assert rows.features.iloc[0].tolist() == [2024, 1, 2, 9, 27, 2, 13]


FIT_AND_PRINT = """
import sys
from itertools import pairwise
from pathlib import Path
from flows.settings import Settings
from flows import store, train
from tests.people import RUN
from tests.test_fitting import CASES
folder = Path(sys.argv[1])
here = Settings(warehouse=folder / "warehouse", models_store=Path(sys.argv[2]))
for number, case in enumerate(CASES, start=1):
    train.train(here, case, RUN)
    print(store.load(here, "leaving", number).pipeline["estimate"].coef_.tobytes().hex())
"""
CASES = (
    replace(LEAVING, params={"solver": "saga"}),
    replace(SGD, training=TrainSettings(rows_in_memory=1000)),
    replace(LEAVING, training=TrainSettings(search={"C": [0.1, 1.0]}, folds=2)),
)


def test_two_processes_fit_the_same_coefficients_bit_for_bit(settings: Settings, tmp_path: Path) -> None:
    publish_people(settings, count=4000)
    printed = [
        subprocess.run(
            [sys.executable, "-c", FIT_AND_PRINT, str(tmp_path), str(tmp_path / f"store_{number}")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number in (1, 2)
    ]
    assert printed[0] == printed[1]
    assert len(set(printed[0].split())) == len(CASES)
