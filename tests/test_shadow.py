"""Shadow columns: the challenger scores the same rows beside the deployed version, and never stops it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows import predict, publish, store, train, warehouse
from flows.declaration import Classifier
from flows.errors import DeclarationError
from flows.settings import Settings
from tests.attacks import folder
from tests.people import LEAVING, RUN, publish_people, recorded, turn
from tests.species import NAMES, SPECIES, flowers, publish_flowers
from tests.tiny import read

SHADOWED = replace(LEAVING, has_shadow=True)
RECORD = "select way, reason, shadow_version, shadow_reason from records.predictions order by scored_at desc limit 1"


def challenged(settings: Settings, challenger: Classifier) -> predict.PredictSummary:
    """Deploy the first version, train a second one, and predict."""
    publish_people(settings)
    turn(settings, SHADOWED)
    train.train(settings, challenger, RUN)
    return predict.predict(settings, replace(SHADOWED, features=challenger.features), RUN)


def expected(settings: Settings, version: int) -> np.ndarray:
    with warehouse.read_published(settings) as connection:
        rows = connection.execute("select age, city from marts.people order by person_id").df()
    probability: np.ndarray = store.load(settings, "leaving", version).pipeline.predict_proba(rows)[:, 1]
    return probability


@pytest.mark.parametrize(
    ("challenger", "way"),
    [
        (replace(SHADOWED, params={"C": 0.001}), "sql"),
        (replace(SHADOWED, estimator="sklearn.naive_bayes.BernoulliNB"), "pickle"),
    ],
)
def test_the_challenger_scores_the_same_rows(settings: Settings, challenger: Classifier, way: str) -> None:
    summary = challenged(settings, challenger)
    assert (summary.version, summary.shadow_version, summary.way) == (1, 2, way)
    with warehouse.write(settings) as connection:
        scored = connection.execute("from marts.leaving_predictions order by person_id").df()
    for version, prefix in ((1, ""), (2, "shadow_")):
        assert (scored[f"{prefix}version"] == version).all()
        assert np.abs(scored[f"{prefix}probability"] - expected(settings, version)).max() < 1e-9
        assert (scored[f"{prefix}decision"] == (expected(settings, version) >= 0.5)).all()
    ((recorded_way, reason, shadow_version, shadow_reason),) = recorded(settings, RECORD)
    assert (recorded_way, shadow_version, shadow_reason) == (way, 2, None)
    assert reason is None if way == "sql" else str(reason).startswith("the challenger, version 2: orbital does not")


@pytest.mark.parametrize("estimator", [SPECIES.estimator, "sklearn.naive_bayes.GaussianNB"])
def test_a_challenger_of_several_classes_has_a_map_of_its_own(settings: Settings, estimator: str) -> None:
    rows = flowers(1500)
    publish_flowers(settings, rows)
    shadowed = replace(SPECIES, has_shadow=True)
    assert turn(settings, shadowed).deployed == 1
    without = "from marts.species_predictions where shadow_probabilities is not null or shadow_decision is not null"
    predict.predict(settings, shadowed, RUN)
    assert recorded(settings, without) == []
    params = {"C": 0.01} if estimator == SPECIES.estimator else {}
    train.train(settings, replace(shadowed, estimator=estimator, params=params), RUN)
    assert predict.predict(settings, shadowed, RUN).shadow_version == 2
    model = store.load(settings, "species", 2)
    chances = model.pipeline.predict_proba(rows[list(model.manifest.features)])
    scored = recorded(
        settings,
        "select shadow_probability, shadow_decision, shadow_probabilities from marts.species_predictions "
        "order by flower_id[2:]::integer",
    )
    for (probability, decision, probabilities), chance in zip(scored, chances, strict=True):
        assert isinstance(probabilities, dict)
        assert [probabilities[name] for name in NAMES] == pytest.approx(chance.tolist(), abs=1e-9)
        assert (decision, probability) == (NAMES[int(np.argmax(chance))], pytest.approx(chance.max()))


def assert_null_shadow(settings: Settings, reason: str) -> None:
    counts = "count(*), count(probability), count(shadow_probability), count(shadow_decision), count(shadow_version)"
    assert recorded(settings, f"select {counts} from marts.leaving_predictions") == [(2000, 2000, 0, 0, 0)]
    ((_, _, version, said),) = recorded(settings, RECORD)
    assert version is None and reason in str(said)


def test_without_another_version_the_shadow_is_null(settings: Settings) -> None:
    publish_people(settings)
    turn(settings, SHADOWED)
    predict.predict(settings, SHADOWED, RUN)
    assert_null_shadow(settings, "there is no version beside the deployed one")


def test_a_challenger_that_was_tampered_with_scores_nothing_and_stops_nothing(settings: Settings) -> None:
    challenged(settings, replace(SHADOWED, params={"C": 0.001}))
    path = folder(settings, 2) / "model.sql"
    path.write_text(path.read_text() + " ")
    assert predict.predict(settings, SHADOWED, RUN).way == "sql"
    assert_null_shadow(settings, "2/model.sql: is not the file that was stored")


def test_a_challenger_with_other_features_scores_nothing_and_stops_nothing(settings: Settings) -> None:
    fewer = replace(SHADOWED, features=LEAVING.features[:1])
    publish_people(settings)
    turn(settings, fewer)
    train.train(settings, SHADOWED, RUN)
    assert predict.predict(settings, fewer, RUN).way == "sql"
    assert_null_shadow(settings, "version 2 needs city (categorical)")


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_challenger_that_fails_on_a_row_leaves_the_deployed_version_to_score_all(settings: Settings) -> None:
    publish_people(settings, moved="age / 1e10")
    turn(settings, SHADOWED)
    train.train(settings, replace(SHADOWED, estimator="sklearn.naive_bayes.BernoulliNB"), RUN)
    with warehouse.write(settings) as connection:
        connection.execute("update marts.people set age = 1.5e308 where person_id = 'P7'")
    publish.publish(settings, "run-2", ["marts.people"])
    assert predict.predict(settings, SHADOWED, RUN).way == "sql"
    assert_null_shadow(settings, "cannot score these rows")


@pytest.mark.parametrize(("declared", "has_shadow"), [({"shadow": True}, True), ({}, False)])
def test_shadow_columns_are_declared(
    manifest: dict[str, Any], tmp_path: Path, declared: dict[str, Any], has_shadow: bool
) -> None:
    def declare(source: Any, exposure: Any) -> None:
        exposure["config"]["meta"]["predict"] = declared

    (classifier,) = read(manifest, tmp_path, declare).classifiers
    assert classifier.has_shadow == has_shadow


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"shadows": True}, r"config.meta.predict: unknown key 'shadows'.*did you mean 'shadow'"),
        ({"shadow": "yes"}, r"config.meta.predict.shadow: 'yes' is neither true nor false"),
        (None, r"config.meta.predict: nothing stands where names with values belong"),
    ],
)
def test_a_wrong_declaration_of_the_shadow_is_refused(
    manifest: dict[str, Any], tmp_path: Path, declared: Any, message: str
) -> None:
    def declare(source: Any, exposure: Any) -> None:
        exposure["config"]["meta"]["predict"] = declared

    with pytest.raises(DeclarationError, match=message):
        read(manifest, tmp_path, declare)
