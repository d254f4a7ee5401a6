"""The store: what a version holds, its three witnesses, and the swap."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flows import store, train, warehouse
from flows.declaration import Classifier
from flows.declaration.declared import Feature
from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import witnesses, writing
from flows.train import formula, probes
from flows.training_rows import Rows
from tests.attacks import folder
from tests.people import LEAVING, publish_people, turn

KINDS = (
    Feature("age", "double", "numeric"),
    Feature("is_new", "boolean", "boolean"),
    Feature("never", "double", "numeric"),
    Feature("city", "varchar", "categorical"),
    Feature("plan", "varchar", "categorical"),
    Feature("nothing", "varchar", "categorical"),
)
MIXED: Classifier = replace(LEAVING, features=KINDS)


def mixed_rows(count: int = 1000) -> Rows:
    """Numbers, booleans and categories with missing values, rare categories and columns without any value."""
    random = np.random.default_rng(3)
    age = random.normal(40, 10, count)
    features = pd.DataFrame(
        {
            "age": np.where(random.random(count) < 0.1, np.nan, age),
            "is_new": np.where(random.random(count) < 0.1, np.nan, (random.random(count) < 0.5).astype(float)),
            "never": np.full(count, np.nan),
            "city": pd.Series(
                random.choice(["Ulm", "O'Neill", "Köln", 'a"b', "rare"], count, p=[0.5, 0.2, 0.1, 0.195, 0.005]),
                dtype="str",
            ),
            "plan": pd.Series(random.choice(["a", "b"], count), dtype="str").mask(random.random(count) < 0.2),
            "nothing": pd.Series([None] * count, dtype="str"),
        }
    )
    return Rows(features, pd.Series((age + random.normal(0, 10, count) > 40).astype("int8")))


def described(classifier: Classifier, rows: Rows) -> store.Manifest:
    seen = probes.seen(classifier, rows)
    return store.Manifest(
        classifier=classifier.name,
        version=1,
        target=classifier.target,
        key=classifier.key,
        time_column=None,
        features={each.name: each.data_type for each in classifier.features},
        estimator=classifier.estimator,
        params=classifier.params,
        threshold=0.5,
        seed=0,
        training_relation="marts.people",
        training_rows=len(rows.target),
        training_rows_sha256="",
        held_out_rows=0,
        trained_at="2026-01-01T00:00:00",
        run_id="run-1",
        code_version=None,
        package_versions=store.package_versions(),
        seen=seen,
        probes=probes.probes(rows, seen),
    )


def added(settings: Settings, classifier: Classifier, rows: Rows) -> store.Model:
    fitted = train.fit(classifier, rows)
    written = formula.write_out(fitted, classifier.key, rows)
    store.add_version(settings, fitted, described(classifier, rows), lambda path: path.touch(), written)
    return store.load(settings, classifier.name, 1)


def test_pickle_sql_and_coefficients_agree_on_every_kind_of_row(settings: Settings) -> None:
    model = added(settings, MIXED, mixed_rows())
    assert (model.manifest.scored_by, model.manifest.scored_by_reason) == ("sql", None)
    assert model.sql and model.coefficients and len(model.manifest.probes) == 20
    witnesses.agree(model.manifest, model.sql, model.coefficients)
    expected = [each.probability for each in model.manifest.probes]
    assert witnesses.by_sql(model.sql, model.manifest) == pytest.approx(expected, abs=1e-12)
    assert witnesses.by_coefficients(model.coefficients, model.manifest) == pytest.approx(expected, abs=1e-12)


def test_the_sql_scores_the_very_table_as_the_pipeline_does(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    model = store.load(settings, "leaving", 1)
    with warehouse.read_published(settings) as connection:
        scored = f"with features as (from marts.people) select * from ({model.sql})"
        rows = connection.execute(f"{scored} inner join marts.people using (person_id)").df()
    expected = model.pipeline.predict_proba(rows[["age", "city"]])[:, 1]
    assert len(rows) == 2000 and abs(rows["probability"] - expected).max() < 1e-12


@pytest.mark.parametrize(
    ("estimator", "params", "reason"),
    [
        ("sklearn.tree.DecisionTreeClassifier", {"max_depth": 3}, "its SQL is not exact"),
        ("sklearn.naive_bayes.GaussianNB", {}, "orbital does not write GaussianNB as SQL"),
    ],
)
def test_an_estimator_without_exact_sql_goes_through_the_pickle_and_says_why(
    settings: Settings, estimator: str, params: dict[str, object], reason: str
) -> None:
    model = added(settings, replace(MIXED, estimator=estimator, params=params), mixed_rows())
    assert model.manifest.scored_by == "pickle" and reason in str(model.manifest.scored_by_reason)
    assert (model.sql, model.coefficients) == (None, None)
    store.deploy(settings, "leaving", 1)


@pytest.mark.parametrize("wrong", ["sql", "coefficients"])
def test_a_version_whose_witnesses_disagree_is_not_deployed(settings: Settings, wrong: str) -> None:
    rows = mixed_rows()
    fitted = train.fit(MIXED, rows)
    written = formula.write_out(fitted, MIXED.key, rows)
    assert written.sql and written.coefficients
    lies = {
        "sql": written.sql.replace("is null", "is not null"),
        "coefficients": written.coefficients.replace(b"Ulm", b"Bonn"),
    }
    store.add_version(
        settings, fitted, described(MIXED, rows), lambda path: path.touch(), replace(written, **{wrong: lies[wrong]})
    )  # type: ignore[arg-type]
    with pytest.raises(TidemillError, match=rf"version 1: .*{wrong}.* gives .* the pickle"):
        store.deploy(settings, "leaving", 1)
    assert store.deployed_version(settings, "leaving") is None


def test_a_manifest_says_what_training_saw_of_each_feature(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    seen = store.read_manifest(settings, "leaving", 1).seen
    assert (seen["age"].minimum, seen["age"].maximum, seen["city"].categories) == (10, 89, ["Bonn", "Ulm"])
    assert sorted(path.name for path in folder(settings).iterdir()) == [
        "card.html",
        "coefficients.json",
        "manifest.json",
        "model.pkl",
        "model.sql",
        "training_rows.parquet",
    ]


def test_a_reader_in_a_tight_loop_never_sees_half_a_swap(settings: Settings) -> None:
    publish_people(settings)
    for number in (1, 2):
        turn(settings, replace(LEAVING, params={"C": 1 / number}))
    done, seen = threading.Event(), set()
    deployed = settings.models_store / "leaving" / "deployed"

    def read() -> None:
        while not done.is_set():
            directory = os.open(deployed, os.O_RDONLY)
            files = {
                name: Path(f"/proc/self/fd/{directory}/{name}").read_bytes() for name in ("manifest.json", "model.pkl")
            }
            os.close(directory)
            sha256 = json.loads(files["manifest.json"])["files"]["model.pkl"]
            seen.add(writing.hashlib.sha256(files["model.pkl"]).hexdigest() == sha256)
            assert store.deployed_version(settings, "leaving") in (1, 2)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1000):
        writing.swap(settings, "leaving", number % 2 + 1)
    done.set()
    reader.join(timeout=30)
    assert seen == {True}
