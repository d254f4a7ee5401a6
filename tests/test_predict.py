"""Predict: the published rows are scored by the deployed version, and by no other, and it is recorded which way."""

from dataclasses import replace

import numpy as np
import pytest

from flows import predict, publish, store, warehouse
from flows.declaration.declared import Feature
from flows.errors import TidemillError
from flows.settings import Settings
from tests.attacks import edit_manifest, sign_again
from tests.people import LEAVING, RUN, publish_people, recorded, turn

STUMP = replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
ODD = replace(
    LEAVING,
    features=(
        Feature("a", "double", "numeric"),
        Feature('quote " in name', "bigint", "numeric"),
        Feature("never", "double", "numeric"),
        Feature("is_new", "boolean", "boolean"),
        Feature("it's a city", "varchar", "categorical"),
        Feature("none", "varchar", "categorical"),
    ),
)
CITIES = ["O'Neill", 'a"b', "", "NULL", "Köln", "zero\0byte", "two\nlines", "e\u0301"]


def publish_odd(settings: Settings, cities: list[str | None], numbers: list[float | None]) -> None:
    """Publish rows with every city, and among the numbers these."""
    with warehouse.write(settings) as connection:
        connection.execute(
            """create or replace table marts.people as
            select
                number::varchar as person_id,
                if(number % 7 = 0, list_extract($numbers, number % len($numbers) + 1), (hash(number) % 1000) / 10) as a,
                if(number % 11 = 0, null, (hash(number * 3) % 100000)::bigint - 50000) as "quote "" in name",
                null::double as never,
                if(number % 5 = 0, null, hash(number * 5) % 2 = 0) as is_new,
                list_extract($cities, if(number % 300, hash(number * 13) % (len($cities) - 1) + 2, 1)::int)
                    as "it's a city",
                null::varchar as none,
                hash(number * 7) % 100 < (hash(number) % 1000) / 10 as has_left
            from range(3000) as numbers(number)""",
            {"numbers": numbers, "cities": cities},
        )
    publish.publish(settings, "run-1", ["marts.people"])


@pytest.mark.filterwarnings("ignore:Glyph 0")
def test_the_sql_gives_the_pickles_probabilities_on_every_kind_of_row(settings: Settings) -> None:
    publish_odd(settings, ["rare", *CITIES, None], [None, 0.0])
    assert turn(settings, ODD).deployed == 1
    never_seen = ["zero", "O''Neill", "o'neill", " Köln", "\u00e9", "rare?"]
    odd_numbers = [None, float("nan"), -0.0, 1e300, -1e300, 5e-324, 1e15 + 0.3]
    publish_odd(settings, ["rare", *CITIES, *never_seen, None], odd_numbers)
    summary = predict.predict(settings, ODD, RUN)
    assert (summary.rows_scored, summary.way) == (3000, "sql")
    model = store.load(settings, "leaving", 1)
    names = list(model.manifest.features)
    with warehouse.write(settings) as connection:
        rows = connection.execute(
            "select people.* exclude (is_new), is_new::double as is_new, probability, decision from marts.people "
            "inner join marts.leaving_predictions using (person_id) where version = 1"
        ).df()
    expected = model.pipeline.predict_proba(rows[names].astype({"it's a city": "str", "none": "str"}))[:, 1]
    assert len(rows) == 3000 and set(rows["it's a city"].dropna()) == {*CITIES, "rare", *never_seen}
    assert np.abs(rows["probability"] - expected).max() < 1e-9
    assert (rows["decision"] == (expected >= 0.5)).all()


def test_it_is_recorded_which_way_the_rows_were_scored_and_why(settings: Settings) -> None:
    publish_people(settings, count=8000)
    for classifier in (STUMP, LEAVING):
        turn(settings, classifier)
        predict.predict(settings, classifier, RUN)
    (by_pickle, by_sql) = recorded(
        settings, "select version, decision, way, rows, reason from records.predictions order by scored_at"
    )
    assert by_pickle[:4] == (1, "scored", "pickle", 8000) and "its SQL is not exact" in str(by_pickle[4])
    assert by_sql == (2, "scored", "sql", 8000, None)


def test_no_row_goes_through_python_where_there_is_an_sql(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_people(settings)
    turn(settings)
    monkeypatch.setattr(predict.predictions, "_by_pickle", lambda *_: pytest.fail("rows were fetched"))
    assert predict.predict(settings, LEAVING, RUN).way == "sql"


def test_rows_that_cannot_be_scored_are_refused_and_the_past_predictions_stay(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    predict.predict(settings, LEAVING, RUN)
    with warehouse.write(settings) as connection:
        connection.execute("update marts.people set age = 1 / 0 where person_id in ('P7', 'P8')")
    publish.publish(settings, "run-2", ["marts.people"])
    summary = predict.predict(settings, LEAVING, RUN)
    assert summary.said.startswith("refused (models/marts/_marts__models.yml: exposure leaving: feature 'age'")
    assert recorded(settings, "select decision, way, rows from records.predictions order by scored_at") == [
        ("scored", "sql", 2000),
        ("refused", None, 0),
    ]
    assert recorded(settings, "select count(distinct scored_at), count(*) from marts.leaving_predictions") == [
        (1, 2000)
    ]


@pytest.mark.parametrize(
    "features", [LEAVING.features[1:], (Feature("age", "varchar", "categorical"), LEAVING.features[1])]
)
def test_a_feature_that_is_declared_no_more_or_as_another_kind_is_a_refusal(
    settings: Settings, features: tuple[Feature, ...]
) -> None:
    publish_people(settings)
    turn(settings)
    summary = predict.predict(settings, replace(LEAVING, features=features), RUN)
    assert "version 1 needs age (numeric), which is declared no more, or as another kind" in str(summary.refusal)


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_number_that_the_pickle_cannot_take_is_a_refusal_too(settings: Settings) -> None:
    publish_people(settings, moved="age / 1e10")
    turn(settings, STUMP)
    with warehouse.write(settings) as connection:
        connection.execute("update marts.people set age = 1.5e308 where person_id = 'P7'")
    publish.publish(settings, "run-2", ["marts.people"])
    assert "version 1 cannot score these rows" in str(predict.predict(settings, STUMP, RUN).refusal)


def test_an_sql_that_says_something_else_than_the_pickle_scores_nothing(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    path = settings.models_store / "leaving" / "versions" / "1" / "model.sql"
    path.write_text(path.read_text().replace("'Ulm'", "'Hof'"))
    with pytest.raises(TidemillError, match=r"model.sql: is not the file that was stored"):
        predict.predict(settings, LEAVING, RUN)
    sign_again(settings)
    with pytest.raises(TidemillError, match=r"model.sql gives .* the pickle .* it is not used"):
        predict.predict(settings, LEAVING, RUN)


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
