"""Retention: training rows of old versions are removed where that is declared, and never those that are needed."""

from dataclasses import replace

import pytest

from flows import retention, store, train
from flows.commands import prune, rebuild
from flows.declaration.declared import TrainSettings
from flows.errors import TidemillError
from flows.settings import Settings
from tests.people import LEAVING, RUN, publish_people, turn

STUMP = replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})


def with_rows(settings: Settings) -> list[int]:
    versions = store.versions(settings, "leaving")
    return [each for each in versions if store.training_file(settings, "leaving", each).exists()]


def train_more(settings: Settings, keep: int | None) -> None:
    """One version is deployed, four more are trained."""
    declared = replace(LEAVING, training=TrainSettings(keep_training_rows=keep))
    publish_people(settings)
    turn(settings, replace(STUMP, training=declared.training))
    for count in (2100, 2200, 2300, 2400):
        publish_people(settings, count=count)
        train.train(settings, declared, RUN)


def test_training_rows_of_old_versions_are_removed_and_those_of_the_deployed_stay(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train_more(settings, keep=2)
    monkeypatch.setattr(prune, "Settings", lambda: settings)
    monkeypatch.setattr(rebuild, "Settings", lambda: settings)
    deployed = store.deployed_version(settings, "leaving")
    assert deployed == 1
    prune.run_prune(keep=10)
    assert with_rows(settings) == [1, 4, 5]
    assert store.versions(settings, "leaving") == [1, 2, 3, 4, 5]
    assert " 0 bytes freed" not in capsys.readouterr().out
    assert rebuild.run_rebuild("leaving", 4)
    with pytest.raises(
        TidemillError, match=r"version 2 cannot be fitted again: its training rows were removed, as leav"
    ):
        rebuild.run_rebuild("leaving", 2)
    for each in (2, 3):
        store.load(settings, "leaving", each)


def test_without_a_declared_retention_training_rows_stay_with_their_version(settings: Settings) -> None:
    train_more(settings, keep=None)
    assert retention.let_go(settings, "leaving") == 0
    assert with_rows(settings) == [1, 2, 3, 4, 5]


def test_a_deployment_applies_it(settings: Settings) -> None:
    train_more(settings, keep=1)
    declared = replace(LEAVING, training=TrainSettings(keep_training_rows=1))
    publish_people(settings, count=9000)
    assert turn(settings, declared).deployed == 6
    assert with_rows(settings) == [1, 6]
