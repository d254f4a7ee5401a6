"""Drift of a classifier of several classes: labels, scores and losses are those of each class."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from flows import drift, records
from flows.drift import Places, page
from flows.drift.measures import Measure
from flows.evaluate import Array
from flows.sql import literal, quoted
from tests.people import RUN
from tests.species import NAMES, SPECIES, flowers

THEN, NOW = flowers(3000), flowers(1000, seed=1).assign(flower_id=[f"N{number}" for number in range(1000)])


def chances(rows: pd.DataFrame) -> Array:
    """Return about the true chance of each species, by the length of the petals."""
    distances = rows["petal_length"].to_numpy()[:, None] - np.array([3.0, 4.0, 5.0])
    return np.asarray(softmax(-(distances**2) / 2, axis=1))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        records.ensure(connection)
        loss = {"estimate": 0.9, "lower": 0.85, "upper": 0.95}
        decided = ("run", "species", 1, records.now(), "run", "marts.flowers", "", "superior", "")
        records.add(connection, records.Model(*decided, metrics={"log_loss": loss}))
        yield connection


def measured(
    connection: duckdb.DuckDBPyConnection, folder: Path, now: pd.DataFrame, probabilities: Array
) -> tuple[Measure, ...]:
    """Measure these rows, scored so, and record what is found."""
    places = Places("marts.flowers", folder / "training_rows.parquet", "marts.species_predictions")
    THEN.dropna(subset="species").assign(_target=lambda rows: rows["species"]).to_parquet(places.trained_on)
    scored = pd.DataFrame(probabilities, columns=list(NAMES)).assign(flower_id=now["flower_id"].to_numpy())
    pairs = ", ".join(f"{{'key': {literal(name)}, 'value': {quoted(name)}}}" for name in NAMES)
    selected = f"flower_id, 1::bigint as version, map_from_entries([{pairs}]) as probabilities from scored"
    connection.register("published", pd.concat([now, THEN]))
    connection.register("scored", scored)
    connection.execute("create or replace table marts.flowers as select * from published")
    for table in ("predictions", "past_predictions"):
        connection.execute(f"create or replace table marts.species_{table} as select {selected}")
    found = drift.measured(connection, SPECIES, places, 1)
    records.add(connection, *drift.recorded(RUN, SPECIES, 1, found))
    return found


def alarms(found: tuple[Measure, ...]) -> set[tuple[str, str | None]]:
    return {(each.kind, each.column) for each in found if each.is_alarm}


def test_stable_rows_of_several_classes_raise_no_alarm_and_each_class_is_measured(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found = measured(connection, tmp_path, NOW, chances(NOW))
    assert not alarms(found)
    for kind in ("label_rate", "score"):
        assert [each.column for each in found if each.kind == kind] == list(NAMES)


def test_scores_that_move_from_one_class_to_another_are_alarms_of_these_two(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    measured(connection, tmp_path, NOW, chances(NOW))
    moved = chances(NOW)
    moved[:, 2] += 0.75 * moved[:, 0]
    moved[:, 0] *= 0.25
    found = measured(connection, tmp_path, NOW, moved)
    assert {column for kind, column in alarms(found) if kind == "score"} == {"aster", "rose"}
    shown = page.render("species", page._points(connection, "species")).decode()
    assert shown.count("Scores then and now of ") == shown.count("Share of events of ") == 1


def test_a_class_that_becomes_frequent_is_an_alarm_of_its_share_and_of_those_it_takes_from(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rosier = NOW.assign(species=NOW["species"].where(NOW.index % 4 > 0, "rose"))
    found = measured(connection, tmp_path, rosier, chances(NOW))
    assert {column for kind, column in alarms(found) if kind == "label_rate"} == set(NAMES)


def test_the_loss_is_that_of_the_probability_of_the_class_that_turned_out(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    known, places = NOW["species"].notna(), NOW["species"].map(list(NAMES).index, na_action="ignore")
    of_truth = chances(NOW)[known, places[known].astype(int)]
    (loss,) = (each for each in measured(connection, tmp_path, NOW, chances(NOW)) if each.kind == "loss")
    assert (loss.now, loss.rows_now) == (pytest.approx(-np.log(of_truth).mean()), known.sum())
    wrong = np.roll(chances(NOW), 1, axis=1)
    assert ("loss", None) in alarms(measured(connection, tmp_path, NOW, wrong))
