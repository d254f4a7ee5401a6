"""Train, deploy, predict: a classifier is replaced only by a better one, and every decision is a record."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from flows import deploy, evaluate, predict, records, store, train, training_rows, warehouse
from flows.declaration import Classifier
from flows.declaration.declared import Feature, Gate
from flows.errors import DeclarationError, TidemillError
from flows.settings import Settings

LEAVING = Classifier(
    name="leaving",
    declared_in="models/marts/_marts__models.yml",
    schema="marts",
    table="people",
    key="person_id",
    target="has_left",
    time_column=None,
    features=(Feature("age", "double", "numeric"), Feature("city", "varchar", "categorical")),
    estimator="sklearn.linear_model.LogisticRegression",
    params={},
    schedule=None,
    gate=Gate(bootstrap_rounds=200),
)
RUN = records.Run("run-1", "run", "test", records.now(), code_version="1")


def publish_people(settings: Settings, count: int = 2000, has_left: str = "hash(number * 7) % 100 < age") -> None:
    """People whose chance to have left is their age in percent; one in ten has no age."""
    with warehouse.write(settings) as connection:
        connection.execute(
            f"create or replace table marts.people as select 'P' || number as person_id, "
            f"if(number % 10 = 0, null, age) as age, city, ({has_left}) as has_left from ("
            "select number, (hash(number) % 80 + 10)::double as age, ['Ulm', 'Bonn', null][number % 3 + 1] as city "
            f"from range({count}) as numbers(number))"
        )
    warehouse.publish(settings, "run-1")


def turn(settings: Settings, classifier: Classifier = LEAVING, run: records.Run = RUN) -> deploy.DeploySummary:
    train.train(settings, classifier, run)
    return deploy.deploy(settings, classifier, run)


def recorded(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with warehouse.write(settings) as connection:
        return connection.execute(query).fetchall()


def test_the_first_version_is_deployed_if_it_is_better_than_the_dummy(settings: Settings) -> None:
    publish_people(settings)
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("promote", 1)
    assert store.deployed_version(settings, "leaving") == 1
    assert recorded(settings, "select version, previous_version, kind from records.deployments") == [
        (1, None, "promote")
    ]
    assert (settings.models_store / "leaving" / "deployed" / "model.pkl").exists()


def test_a_version_no_better_than_the_dummy_is_kept_out_and_recorded(settings: Settings) -> None:
    publish_people(settings, has_left="hash(number * 7) % 100 < 30")
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("keep", None)
    assert recorded(settings, "select decision from records.models") == [("keep",)]
    assert store.deployed_version(settings, "leaving") is None


def test_the_same_rows_are_not_fitted_again(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    assert "not fitted again" in train.train(settings, LEAVING, RUN).reason
    assert store.versions(settings, "leaving") == [1]
    assert deploy.deploy(settings, LEAVING, RUN).decision == "keep"


def test_a_challenger_no_better_than_the_champion_does_not_replace_it(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    publish_people(settings, count=2040)
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("keep", 1)
    assert recorded(settings, "select version, decision from records.models order by version") == [
        (1, "promote"),
        (2, "keep"),
    ]


def test_a_better_challenger_replaces_the_champion(settings: Settings) -> None:
    publish_people(settings, count=8000)
    assert (
        turn(
            settings, replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
        ).deployed
        == 1
    )
    assert turn(settings).deployed == 2
    assert store.deployed_version(settings, "leaving") == 2


def test_few_events_are_not_enough_evidence(settings: Settings) -> None:
    publish_people(settings, count=200)
    assert turn(settings, replace(LEAVING, gate=Gate(minimum_events=100))).decision == "insufficient_evidence"


@pytest.mark.parametrize(
    ("count", "has_left", "reason"),
    [(0, "true", "0 rows"), (49, "number % 2 = 0", "50 are needed"), (500, "true", "two classes")],
)
def test_rows_that_cannot_be_learned_from_are_refused_with_a_record(
    settings: Settings, count: int, has_left: str, reason: str
) -> None:
    publish_people(settings, count, has_left)
    trained = train.train(settings, LEAVING, RUN)
    assert trained.version is None
    assert reason in trained.reason
    assert deploy.deploy(settings, LEAVING, RUN).decision == "refused"
    assert recorded(settings, "select decision, version from records.models") == [("refused", None)]


def test_a_target_with_three_values_is_an_error_that_names_the_exposure(settings: Settings) -> None:
    publish_people(settings, has_left="number % 3")
    with pytest.raises(TidemillError, match=r"_marts__models.yml: exposure leaving: target 'has_left'"):
        train.train(settings, LEAVING, RUN)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"estimator": "sklearn.linear_model.Nothing"}, "cannot be imported"),
        ({"estimator": "sklearn.linear_model.LinearRegression"}, "no probabilities"),
        ({"params": {"c": 1}}, "'c' is no parameter of LogisticRegression"),
    ],
)
def test_a_wrong_estimator_is_a_declaration_error(settings: Settings, wrong: dict[str, object], message: str) -> None:
    publish_people(settings)
    with pytest.raises(DeclarationError, match=message):
        train.train(settings, replace(LEAVING, **wrong), RUN)  # type: ignore[arg-type]


def test_held_out_rows_are_the_latest_where_a_time_is_declared(settings: Settings) -> None:
    publish_people(settings)
    with warehouse.write(settings) as connection:
        connection.execute("alter table marts.people add column seen_on date")
        connection.execute("update marts.people set seen_on = date '2026-01-01' + person_id[2:]::integer % 100")
    warehouse.publish(settings, "run-2")
    timed = replace(LEAVING, time_column="seen_on")
    with warehouse.read_published(settings) as connection:
        sides = [training_rows.read(connection, timed, is_held_out) for is_held_out in (False, True)]
    assert [len(side.target) for side in sides] == [1500, 500]


def test_a_pickle_that_is_not_the_stored_one_is_not_loaded(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    pickle = settings.models_store / "leaving" / "versions" / "1" / "model.pkl"
    pickle.write_bytes(pickle.read_bytes() + b"x")
    with pytest.raises(TidemillError, match=r"model.pkl: is not the file that was stored"):
        predict.predict(settings, LEAVING, RUN)


def test_a_version_of_other_packages_is_not_loaded(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    manifest = settings.models_store / "leaving" / "versions" / "1" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["package_versions"]["scikit-learn"] = "0.9.0"
    manifest.write_text(json.dumps(content))
    with pytest.raises(TidemillError, match=r"made with scikit-learn 0.9.0"):
        predict.predict(settings, LEAVING, RUN)


def test_predictions_are_those_of_the_deployed_pipeline(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    assert predict.predict(settings, LEAVING, RUN).rows_scored == 2000
    model = store.load(settings, "leaving", 1)
    with warehouse.write(settings) as connection:
        rows = connection.execute(
            "select age, city, probability, decision from marts.people inner join marts.leaving_predictions "
            "using (person_id)"
        ).df()
    expected = model.pipeline.predict_proba(rows[["age", "city"]])[:, 1]
    assert abs(rows["probability"] - expected).max() < 1e-12
    assert (rows["decision"] == (expected >= 0.5)).all()


def test_without_a_deployed_version_nothing_is_scored(settings: Settings) -> None:
    publish_people(settings)
    assert predict.predict(settings, LEAVING, RUN).version is None


def test_a_swap_that_was_recorded_but_not_made_is_made_by_the_next_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_people(settings)
    train.train(settings, LEAVING, RUN)
    monkeypatch.setattr(store, "deploy", lambda *arguments: exit("killed"))
    with pytest.raises(SystemExit):
        deploy.deploy(settings, LEAVING, RUN)
    monkeypatch.undo()
    assert store.deployed_version(settings, "leaving") is None
    assert deploy.deploy(settings, LEAVING, RUN).deployed == 1
    assert store.deployed_version(settings, "leaving") == 1


def test_leftovers_of_a_killed_training_are_removed(settings: Settings) -> None:
    leftover = settings.models_store / "leaving" / "versions" / ".unfinished-1"
    leftover.mkdir(parents=True)
    publish_people(settings)
    turn(settings)
    assert not leftover.exists()


def test_scores_are_those_of_scikit_learn(settings: Settings, tmp_path: Path) -> None:
    publish_people(settings)
    summary = turn(settings)
    model = store.load(settings, "leaving", 1)
    with warehouse.read_published(settings) as connection:
        rows = training_rows.read(connection, LEAVING, is_held_out=True)
    probability = model.pipeline.predict_proba(rows.features)[:, 1]
    assert summary.scores["log_loss"].estimate == pytest.approx(log_loss(rows.target, probability))
    assert summary.scores["roc_auc"].estimate == pytest.approx(roc_auc_score(rows.target, probability))
    expected = average_precision_score(rows.target, probability)
    assert summary.scores["average_precision"].estimate == pytest.approx(expected)
    assert all(each.lower <= each.estimate <= each.upper for each in summary.scores.values())


def test_an_interval_of_equal_values_is_a_point() -> None:
    import numpy as np

    interval = evaluate.mean_interval(np.full(100, 0.5), evaluate.Bootstrap(50, 0.95, 0))
    assert (interval.lower, interval.estimate, interval.upper) == (0.5, 0.5, 0.5)
