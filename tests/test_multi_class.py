"""A classifier of several classes, through its whole life."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from flows import deploy, drift, predict, store, train, training_rows, warehouse
from flows.commands import rebuild, rollback
from flows.declaration import Classifier
from flows.declaration.declared import TrainSettings
from flows.settings import Settings
from flows.training_rows import Side
from tests.asking import ask, opened
from tests.people import RUN, recorded
from tests.species import NAMES, SPECIES, flowers, publish_flowers


def turn(settings: Settings, classifier: Classifier = SPECIES) -> deploy.DeploySummary:
    trained = train.train(settings, classifier, RUN)
    assert trained.version, trained.reason
    return deploy.deploy(settings, classifier, RUN)


def scored(settings: Settings) -> list[tuple[object, ...]]:
    query = "select probability, decision, probabilities, version from marts.species_predictions"
    return recorded(settings, f"{query} order by flower_id[2:]::integer")


def test_three_classes_are_trained_judged_deployed_predicted_rebuilt_and_rolled_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = flowers(3000)
    publish_flowers(settings, rows)
    blunt = replace(SPECIES, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
    assert turn(settings, blunt).deployed == 1
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("superior", 2), summary.reason
    assert {"log_loss", "roc_auc", "average_precision", "brier", "f1", "calibration_slope"} == set(summary.scores)
    manifest = store.read_manifest(settings, "species", 2)
    assert (tuple(manifest.classes), manifest.scored_by) == (NAMES, "sql")
    assert predict.predict(settings, SPECIES, RUN).rows_scored == 3000
    model = store.load(settings, "species", 2)
    chances = model.pipeline.predict_proba(rows[list(manifest.features)])
    for (probability, decision, probabilities, version), chance in zip(scored(settings), chances, strict=True):
        assert [probabilities[name] for name in NAMES] == pytest.approx(chance.tolist())  # type: ignore[index]
        assert (decision, probability) == (NAMES[int(np.argmax(chance))], pytest.approx(chance.max()))
        assert version == 2
    drift.watch(settings, SPECIES, RUN)
    assert recorded(
        settings, "select distinct column_name from records.drift where kind = 'label_rate' order by 1"
    ) == [(name,) for name in NAMES]
    monkeypatch.setattr(rebuild, "Settings", lambda: settings)
    assert rebuild.run_rebuild("species", 2)
    assert "bit for bit" in capsys.readouterr().out
    rollback.roll_back(settings, "species", None, "to see it")
    predict.predict(settings, SPECIES, RUN)
    assert {version for *_, version in scored(settings)} == {1}
    assert {decision for _, decision, *_ in scored(settings)} <= set(NAMES)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One deployed version of three classes; the tests only read it."""
    folder = tmp_path_factory.mktemp("species")
    settings = Settings(warehouse=folder / "warehouse", models_store=folder / "models_store", threads=2)
    publish_flowers(settings, flowers(3000))
    assert turn(settings).deployed == 1
    return settings


def test_the_card_shows_each_class_against_the_rest_and_its_coefficients(deployed: Settings) -> None:
    page = (deployed.models_store / "species" / "versions" / "1" / "card.html").read_text()
    for name in ("aster", "lily&#x27;s", "rose"):
        plain = name.replace("&#x27;", "'")
        assert f"{name} against the rest" in page or f"{plain} against the rest" in page
        assert f"Coefficients of {name}" in page or f"Coefficients of {plain}" in page
    assert "Decisions of version 1" in page and "Decisions of the dummy" in page
    assert page.count("<svg") == 3 + 1 + 3


def test_coefficients_of_each_class_have_intervals_around_them(deployed: Settings) -> None:
    content = (deployed.models_store / "species" / "versions" / "1" / "coefficients.json").read_text()
    classes = json.loads(content)["classes"]
    assert tuple(classes) == NAMES
    for each in classes.values():
        assert all(term["lower"] < term["coefficient"] < term["upper"] for term in each["terms"])
    # Petals are the longer the later the class.
    lengths = [each["terms"][0]["coefficient"] for each in classes.values()]
    assert lengths == sorted(lengths)


def test_the_endpoint_answers_with_the_likeliest_class_and_the_probability_of_each(deployed: Settings) -> None:
    row = {"flower_id": "new", "petal_length": 5.5, "petal_width": None, "colour": "blue"}
    answered = ask(opened(deployed), "POST", "/classifiers/species/predict", json={"rows": [row]})
    assert answered.status_code == 200, answered.text
    (given,) = answered.json()["predictions"]
    features = pd.DataFrame({"petal_length": [5.5], "petal_width": [np.nan], "colour": ["blue"]})
    expected = store.load(deployed, "species", 1).pipeline.predict_proba(features)[0]
    assert given["probabilities"] == pytest.approx(dict(zip(NAMES, expected, strict=True)))
    assert (given["decision"], given["probability"]) == ("rose", pytest.approx(expected.max()))


def test_a_new_class_costs_the_deployed_version_the_largest_loss_and_is_refused_by_name_while_it_is_rare(
    settings: Settings,
) -> None:
    publish_flowers(settings, flowers(3000))
    before = turn(settings).scores["log_loss"].estimate
    rows = flowers(3000)
    rows.loc[rows.index[::300], "species"] = "tulip"
    publish_flowers(settings, rows)
    trained = train.train(settings, SPECIES, RUN)
    assert trained.version is None
    assert "the target is 'tulip' in" in trained.reason and "put rare classes together" in trained.reason
    after = deploy.deploy(settings, SPECIES, replace(RUN, run_id="run-2")).scores["log_loss"].estimate
    with warehouse.read_published(settings) as connection:
        rows_held_out = training_rows.read(connection, SPECIES, Side(is_held_out=True))
    tulips = int((rows_held_out.target == rows_held_out.classes.index("tulip")).sum())
    assert tulips and after - before == pytest.approx(34.5 * tulips / len(rows_held_out.target), rel=0.1)


@pytest.mark.parametrize("of_all", [True, False])
def test_a_feature_that_gives_all_classes_or_one_away_is_refused(settings: Settings, of_all: bool) -> None:
    rows = flowers(1500)
    known = rows["species"].fillna("")
    rows["colour"] = known if of_all else np.where(known == "rose", "thorny", "smooth")
    publish_flowers(settings, rows)
    trained = train.train(settings, SPECIES, RUN)
    assert trained.version is None
    assert "feature 'colour' alone ranks class" in trained.reason and "against the rest" in trained.reason


@pytest.mark.parametrize(
    ("estimator", "params"),
    [("HistGradientBoostingClassifier", {"max_iter": 5}), ("GradientBoostingClassifier", {"n_estimators": 3})],
)
def test_boosted_trees_of_several_classes_come_out_of_their_pickle(
    settings: Settings, estimator: str, params: dict[str, object]
) -> None:
    publish_flowers(settings, flowers(1000))
    boosted = replace(SPECIES, estimator=f"sklearn.ensemble.{estimator}", params=params)
    assert train.train(settings, boosted, RUN).version == 1
    assert store.load(settings, "species", 1).manifest.scored_by_reason


def test_two_texts_are_two_classes_searched_and_streamed_like_many(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = flowers(3000)
    rows.loc[rows["species"] == "rose", "species"] = None
    publish_flowers(settings, rows)
    searching = replace(SPECIES, training=TrainSettings(search={"C": [0.1, 1.0]}))
    assert turn(settings, searching).deployed == 1
    assert store.read_manifest(settings, "species", 1).classes == list(NAMES[:2])
    monkeypatch.setattr(train.fitting, "BATCH_ROWS", 512)
    streaming = replace(
        SPECIES,
        estimator="sklearn.linear_model.SGDClassifier",
        params={"loss": "log_loss"},
        training=TrainSettings(rows_in_memory=1000),
    )
    assert train.train(settings, streaming, RUN).version == 2
    assert store.read_manifest(settings, "species", 2).classes == list(NAMES[:2])
    with warehouse.read_published(settings) as connection:
        assert connection.execute("select count(*) from marts.flowers").fetchone() == (3000,)
