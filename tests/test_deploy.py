"""Deploy: a classifier is replaced only by a better one, and every decision is a record."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from flows import deploy, evaluate, predict, store, train, training_rows, warehouse
from flows.settings import Settings
from flows.training_rows import Side
from tests.people import LEAVING, RUN, publish_people, recorded, turn


def test_the_first_version_is_deployed_if_it_is_better_than_the_dummy(settings: Settings) -> None:
    publish_people(settings)
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("superior", 1)
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


def test_a_challenger_no_better_than_the_champion_does_not_replace_it(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    publish_people(settings, count=2040)
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("keep", 1)
    assert recorded(settings, "select version, decision from records.models order by version") == [
        (1, "superior"),
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
    assert turn(settings).decision == "insufficient_evidence"


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


def test_scores_are_those_of_scikit_learn(settings: Settings, tmp_path: Path) -> None:
    publish_people(settings)
    summary = turn(settings)
    model = store.load(settings, "leaving", 1)
    with warehouse.read_published(settings) as connection:
        rows = training_rows.read(connection, LEAVING, Side(is_held_out=True))
    probability = model.pipeline.predict_proba(rows.features)[:, 1]
    assert summary.scores["log_loss"].estimate == pytest.approx(log_loss(rows.target, probability))
    assert summary.scores["roc_auc"].estimate == pytest.approx(roc_auc_score(rows.target, probability))
    expected = average_precision_score(rows.target, probability)
    assert summary.scores["average_precision"].estimate == pytest.approx(expected)
    assert all(each.lower <= each.estimate <= each.upper for each in summary.scores.values())


def test_an_interval_of_equal_values_is_a_point() -> None:

    interval = evaluate.mean_interval(np.full(100, 0.5), evaluate.Bootstrap(50, 0.95, 0))
    assert (interval.lower, interval.estimate, interval.upper) == (0.5, 0.5, 0.5)


def test_with_nothing_held_out_there_is_no_evidence_and_no_traceback(settings: Settings) -> None:
    publish_people(settings)
    train.train(settings, LEAVING, RUN)
    publish_people(settings, count=0)
    summary = deploy.deploy(settings, LEAVING, RUN)
    assert (summary.decision, summary.deployed, summary.scores) == ("insufficient_evidence", None, {})
    publish_people(settings)
    assert deploy.deploy(settings, LEAVING, RUN).decision == "superior"


def test_with_one_class_held_out_there_is_no_ranking_and_no_evidence(settings: Settings) -> None:
    publish_people(settings)
    train.train(settings, LEAVING, RUN)
    publish_people(settings, has_left="false")
    summary = deploy.deploy(settings, LEAVING, RUN)
    assert (summary.decision, sorted(summary.scores)) == ("insufficient_evidence", ["brier", "f1", "log_loss"])


def test_a_changed_gate_judges_the_newest_version_again(settings: Settings) -> None:
    publish_people(settings)
    strict = replace(LEAVING, gate=replace(LEAVING.gate, minimum_events=10_000))
    assert turn(settings, strict).decision == "insufficient_evidence"
    assert "decided" in turn(settings, strict).reason
    assert turn(settings).decision == "superior"
    assert recorded(settings, "select version, decision, gate ->> '$.minimum_events' from records.models") == [
        (1, "insufficient_evidence", "10000"),
        (1, "superior", "100"),
    ]


def test_a_new_version_after_the_store_was_emptied_has_a_new_number_and_passes_the_gate(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    shutil.rmtree(settings.models_store)
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("superior", 2)
    assert "the dummy, because version 1 is no longer in models_store" in summary.reason
    assert recorded(settings, "select version, decision from records.models") == [(1, "superior"), (2, "superior")]


def test_a_version_that_fails_the_gate_is_not_deployed_in_the_place_of_a_lost_one(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    shutil.rmtree(settings.models_store / "leaving" / "versions")
    publish_people(settings, has_left="hash(number * 7) % 100 < 30")
    assert (turn(settings).decision, store.deployed_version(settings, "leaving")) == ("keep", None)
    assert predict.predict(settings, LEAVING, RUN).version is None


def test_when_the_deployed_version_is_lost_the_newest_one_left_is_judged_again(settings: Settings) -> None:
    publish_people(settings, count=8000)
    stump = replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
    assert [turn(settings, each).deployed for each in (stump, LEAVING)] == [1, 2]
    shutil.rmtree(settings.models_store / "leaving" / "versions" / "2")
    summary = deploy.deploy(settings, LEAVING, RUN)
    assert (summary.decision, summary.deployed) == ("superior", 1)
    assert "version 2 is no longer in models_store" in summary.reason


def test_a_deployed_version_is_recorded_anew_after_the_warehouse_was_deleted(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    shutil.rmtree(settings.warehouse)
    publish_people(settings)
    summary = turn(settings)
    assert (summary.decision, summary.deployed) == ("keep", 1)
    assert recorded(settings, "select version, kind, model_sha256 from records.deployments") == [
        (1, "found", store.read_manifest(settings, "leaving", 1).model_sha256)
    ]
    ((reason, log_loss_recorded),) = recorded(
        settings, "select reason, (metrics ->> '$.log_loss.estimate')::double from records.models"
    )
    assert "found deployed in models_store" in str(reason)
    assert log_loss_recorded == pytest.approx(summary.scores["log_loss"].estimate)


def test_another_version_under_the_number_of_the_deployed_one_is_not_taken_for_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEMILL_SIGNING_KEY", "5e" * 32)
    publish_people(settings)
    turn(settings)
    elsewhere = settings.model_copy(update={"models_store": settings.models_store / "elsewhere"})
    with warehouse.read_published(settings) as connection:
        rows = training_rows.read(connection, LEAVING, Side(is_held_out=True))
    manifest, file = store.read_manifest(settings, "leaving", 1), store.training_file(settings, "leaving", 1)
    store.add_version(elsewhere, train.fit(LEAVING, rows), manifest, partial(shutil.copy, file))
    shutil.rmtree(settings.models_store / "leaving")
    shutil.move(elsewhere.models_store / "leaving", settings.models_store / "leaving")
    assert deploy.deploy(settings, LEAVING, RUN).deployed == 1
    hashes = recorded(settings, "select distinct model_sha256 from records.models")
    assert len(hashes) == 2


def test_a_champion_that_cannot_score_the_rows_any_more_is_named_and_the_dummy_is_the_rival(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    summary = turn(settings, replace(LEAVING, features=LEAVING.features[:1]))
    assert summary.deployed == 2
    assert "version 1 needs the features city, which are declared no more" in summary.reason
