"""Who stands against whom on the held-out rows: entities, slices, and the declared reasons for a refresh."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flows import anchor_rows, drift, predict, records, store, train, training_rows
from flows.declaration import Classifier
from flows.declaration.declared import Feature
from flows.deploy import contests
from flows.deploy.contests import Standing
from flows.gate import Contest
from flows.settings import Settings
from flows.training_rows import Side
from tests.people import LEAVING, RUN, publish_people, recorded, turn


def against_the_first(settings: Settings, classifier: Classifier) -> Contest:
    """Let the first version, which is deployed, stand against itself."""
    with anchor_rows.published(settings, classifier) as connection:
        rows = training_rows.read(connection, classifier, Side(is_held_out=True))
    return contests.contest(settings, classifier, rows, None, 1, Standing(1))


def declared(**gate: object) -> Classifier:
    return replace(LEAVING, gate=replace(LEAVING.gate, **gate))  # type: ignore[arg-type]


def test_slices_and_entities_need_not_be_features(settings: Settings) -> None:
    publish_people(settings)
    narrow = replace(declared(entity="age", slices=("city",)), features=LEAVING.features[:1])
    assert turn(settings, narrow).deployed == 1
    contest = against_the_first(settings, narrow)
    assert sorted(contest.slices) == ["city is Bonn", "city is Ulm", "city is null"]
    assert sum(each.sum() for each in contest.slices.values()) == len(contest.target)
    assert contest.entities is not None
    assert 2 < len(set(contest.entities)) < 80


def test_a_declared_reason_holds_only_where_it_is_true(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_people(settings)
    turn(settings)
    ready = declared(refresh_on=("age", "schema", "drift"))
    assert against_the_first(settings, ready).refresh_reasons == ()
    wider = replace(ready, features=(*LEAVING.features, Feature("age", "float", "numeric")))
    assert contests._schema(wider, store.read_manifest(settings, "leaving", 1)) == "version 1 has other features"
    later = records.now() + timedelta(days=91)
    monkeypatch.setattr(records, "now", lambda: later)
    assert against_the_first(settings, ready).refresh_reasons == ("version 1 is 91 days old",)
    assert against_the_first(settings, LEAVING).refresh_reasons == ()


def test_columns_that_are_alarms_of_drift_are_a_reason_and_an_estimator_that_knows_its_rows_by_heart_is_none(
    settings: Settings,
) -> None:
    # Labels that follow nothing: what the forest says of the rows it knows, it says of no others.
    stable = {"moved": "age + number % 997 / 1000", "has_left": "hash(number * 7) % 100 < 30"}
    publish_people(settings, **stable)  # type: ignore[arg-type]
    forest = {"estimator": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 10}}
    grown = replace(declared(refresh_on=("drift",)), **forest)  # type: ignore[arg-type]
    train.train(settings, grown, RUN)
    store.deploy(settings, "leaving", 1)
    assert against_the_first(settings, grown).refresh_reasons == ()
    publish_people(settings, **stable | {"moved": "age / 3"})  # type: ignore[arg-type]
    predict.predict(settings, grown, RUN)
    (alarm,) = (each for each in drift.watch(settings, grown, RUN).alarms if each.kind == "feature")
    (reason,) = against_the_first(settings, grown).refresh_reasons
    assert reason == f"the rows have drifted from version 1's: 1 alarm ({alarm})"


def test_an_old_version_is_refreshed_by_one_that_is_no_worse(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_people(settings)
    turn(settings)
    later = records.now() + timedelta(days=100)
    monkeypatch.setattr(records, "now", lambda: later)
    same = replace(declared(refresh_on=("age",)), params={"C": 1.0, "tol": 1e-6})
    summary = turn(settings, same)
    assert (summary.decision, summary.deployed) == ("refresh", 2)
    assert "no worse, and version 1 is 100 days old: log loss improves on version 1 by " in summary.reason
    assert recorded(settings, "select version, kind from records.deployments") == [(1, "promote"), (2, "promote")]
    assert recorded(settings, "select decision, rule, length(gate_sha256) from records.models") == [
        ("superior", "superior", 64),
        ("refresh", "refresh", 64),
    ]
