"""The commands that look after versions: a rollback, a rebuild from the record, a pruning."""

from dataclasses import replace

import duckdb
import pytest

from flows import deploy, store, train
from flows.commands import prune, rebuild, rollback
from flows.errors import DeclarationError, TidemillError
from flows.settings import Settings
from tests.attacks import folder
from tests.people import LEAVING, RUN, publish_people, recorded, turn


def stump_then_regression(settings: Settings) -> None:
    publish_people(settings, count=8000)
    stump = replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
    assert [turn(settings, each).deployed for each in (stump, LEAVING)] == [1, 2]


def test_a_rollback_is_recorded_and_the_same_model_is_not_promoted_again(settings: Settings) -> None:
    stump_then_regression(settings)
    swap = rollback.roll_back(settings, "leaving", None, "it mistakes students for pensioners")
    assert (swap.version, swap.previous_version, store.deployed_version(settings, "leaving")) == (1, 2, 1)
    assert store.stated(settings, "leaving").version == store.linked_version(settings, "leaving") == 1
    assert deploy.deploy(settings, LEAVING, RUN).deployed == 1
    assert turn(settings, run=replace(RUN, code_version="2")).deployed == 1
    again = turn(settings, replace(LEAVING, gate=replace(LEAVING.gate, bootstrap_rounds=300)))
    assert (again.decision, again.deployed) == ("keep", 1)
    assert "the same rows in the same way as version 2, which was rolled back" in again.reason
    assert recorded(settings, "select kind, version, reason from records.deployments order by deployed_at")[-1] == (
        "rollback",
        1,
        "it mistakes students for pensioners",
    )
    publish_people(settings, count=9000)
    assert turn(settings).deployed == 5
    assert rollback.roll_back(settings, "leaving", 2, "even so").version == 2


def test_a_rollback_to_what_was_never_deployed_or_is_not_ours_is_refused(settings: Settings) -> None:
    stump_then_regression(settings)
    for name, to, why, message in (
        ("leaving", 7, "x", r"version 7 was not deployed before \(has: 1\)"),
        ("leaving", None, " ", "--why is empty"),
        ("nobody", None, "x", "no version of 'nobody' was ever deployed"),
    ):
        with pytest.raises(DeclarationError, match=message):
            rollback.roll_back(settings, name, to, why)
    (folder(settings) / "model.pkl").write_bytes(b"")
    with pytest.raises(TidemillError, match="is not the file that was stored"):
        rollback.roll_back(settings, "leaving", 1, "x")
    assert store.deployed_version(settings, "leaving") == 2
    assert recorded(settings, "select count(*) from records.deployments") == [(2,)]


def test_a_version_is_rebuilt_from_its_record_or_it_is_said_what_differs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stump_then_regression(settings)
    monkeypatch.setattr(rebuild, "Settings", lambda: settings)
    assert rebuild.run_rebuild("leaving", 1) and rebuild.run_rebuild("leaving", 2)
    assert "version 2: the same from" in capsys.readouterr().out
    monkeypatch.setattr(train.pipeline, "MINIMUM_CATEGORY_ROWS", 6000)
    assert not rebuild.run_rebuild("leaving", 2)
    printed = capsys.readouterr().out
    assert (
        "probabilities of the training rows differ by up to" in printed
        and "coefficients differ: 4 were stored, 2 are fitted now" in printed
    )


def test_prune_keeps_the_deployed_the_previous_and_the_newest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stump_then_regression(settings)
    for number in (8100, 8200, 8300):
        publish_people(settings, count=number)
        train.train(settings, LEAVING, RUN)
    monkeypatch.setattr(prune, "Settings", lambda: settings)
    prune.run_prune(keep=1)
    assert store.versions(settings, "leaving") == [1, 2, 5]
    printed = capsys.readouterr().out
    assert "prune: leaving: versions 3, 4 removed, " in printed and "kept 1, 2, 5" in printed
    assert duckdb.sql(f"select count(*) from '{folder(settings) / 'training_rows.parquet'}'").fetchone()
