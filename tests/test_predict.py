"""Predict: the published rows are scored by the deployed pipeline, and by no other."""

import pytest

from flows import predict, store, warehouse
from flows.errors import TidemillError
from flows.settings import Settings
from tests.attacks import edit_manifest, sign_again
from tests.people import LEAVING, RUN, publish_people, turn


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
    edit_manifest(settings, {"package_versions": store.package_versions() | {"scikit-learn": "0.9.0"}})
    sign_again(settings)
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
