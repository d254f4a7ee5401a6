"""Train: the declared classifier is fitted on the published rows, or it is said why not."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flows import deploy, predict, publish, split, store, train, training_rows, warehouse
from flows.declaration.declared import Gate
from flows.errors import DeclarationError
from flows.settings import Settings
from flows.training_rows import Side
from tests.people import LEAVING, RUN, publish_people, recorded, turn


def test_the_same_rows_are_not_fitted_again(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    assert "not fitted again" in train.train(settings, LEAVING, RUN).reason
    assert store.versions(settings, "leaving") == [1]
    assert deploy.deploy(settings, LEAVING, RUN).decision == "keep"


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


@pytest.mark.parametrize("has_left", ["number % 3", "if(number % 2 = 0, 'yes', 'no')"])
def test_a_target_that_is_no_boolean_is_a_refusal_that_names_the_exposure(settings: Settings, has_left: str) -> None:
    publish_people(settings, has_left=has_left)
    reason = train.train(settings, LEAVING, RUN).reason
    assert reason.startswith("models/marts/_marts__models.yml: exposure leaving: target 'has_left'")
    assert "boolean" in reason


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"estimator": "sklearn.linear_model.Nothing"}, "cannot be imported"),
        ({"estimator": "sklearn.linear_model.LinearRegression"}, "no probabilities"),
        ({"params": {"c": 1}}, "'c' is no parameter of LogisticRegression"),
        (
            {"params": {"C": -1}},
            r"_marts__models.yml: exposure leaving: .*'C': -1.* cannot be fitted .*must be a float",
        ),
        ({"estimator": "sklearn.ensemble.VotingClassifier"}, "missing 1 required positional argument: 'estimators'"),
        ({"estimator": "os.path.join"}, "'os.path.join' is no estimator"),
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
    publish.publish(settings, "run-2", ["marts.people"])
    timed = replace(LEAVING, time_column="seen_on")
    with warehouse.read_published(settings) as connection:
        cuts = split.extended(connection, timed, ())
        sides = [training_rows.read(connection, timed, Side(is_held_out, cuts)) for is_held_out in (False, True)]
    assert [len(side.target) for side in sides] == [1500, 500]


def test_leftovers_of_a_killed_training_are_removed(settings: Settings) -> None:
    leftover = settings.models_store / "leaving" / "versions" / ".unfinished-1"
    leftover.mkdir(parents=True)
    publish_people(settings)
    turn(settings)
    assert not leftover.exists()


def test_an_infinite_feature_is_a_refused_training_and_no_prediction(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    with warehouse.write(settings) as connection:
        connection.execute("update marts.people set age = 1 / 0 where person_id in ('P7', 'P8')")
    publish.publish(settings, "run-2", ["marts.people"])
    trained = train.train(settings, LEAVING, RUN)
    assert trained.version is None
    assert "exposure leaving: feature 'age' of marts.people is infinite in 2 rows" in trained.reason
    assert predict.predict(settings, LEAVING, RUN).refusal == trained.reason


def test_an_estimator_that_takes_no_sparse_matrix_learns_from_categories(settings: Settings) -> None:
    publish_people(settings)
    boosted = replace(LEAVING, estimator="sklearn.ensemble.HistGradientBoostingClassifier", params={"max_iter": 10})
    assert turn(settings, boosted).decision == "superior"


def test_a_version_is_rebuilt_bit_for_bit_from_its_record(settings: Settings) -> None:
    publish_people(settings)
    saga = replace(LEAVING, params={"solver": "saga", "C": 0.3}, gate=replace(LEAVING.gate, seed=11))
    turn(settings, saga)
    publish_people(settings, count=3000)
    ((location, sha256, estimator, params, seed),) = recorded(
        settings,
        "select training_rows_location, training_file_sha256, estimator, params, seed from records.models",
    )
    assert hashlib.sha256(Path(str(location)).read_bytes()).hexdigest() == sha256
    features = duckdb.read_parquet(str(location)).df()
    rows = training_rows.Rows(features, features.pop("_target").astype("int8"))
    declared = replace(
        LEAVING, estimator=str(estimator), params=json.loads(str(params)), gate=Gate(seed=int(str(seed)))
    )
    stored, rebuilt = store.load(settings, "leaving", 1).pipeline, train.fit(declared, rows)
    assert (rebuilt["estimate"].coef_ == stored["estimate"].coef_).all()
    assert rebuilt["estimate"].intercept_ == stored["estimate"].intercept_
    other_seed = train.fit(replace(declared, gate=Gate(seed=12)), rows)
    assert (other_seed["estimate"].coef_ != stored["estimate"].coef_).any()


def test_rows_of_one_key_do_not_change_what_is_fitted_by_their_order(settings: Settings) -> None:
    publish_people(settings)
    hashes = []
    for order in ("age", "age desc"):
        with warehouse.write(settings) as connection:
            connection.execute(f"create or replace table marts.people as select * from marts.people order by {order}")
            connection.execute("update marts.people set person_id = person_id[:2]")
        publish.publish(settings, "run-1", ["marts.people"])
        with warehouse.read_published(settings) as connection:
            hashes.append(training_rows.training_sha256(connection, LEAVING, Side(is_held_out=False)))
    assert hashes[0] == hashes[1]
