"""A key that is renamed, or of another type, in the declaration: what was saved before has the old one."""

from dataclasses import replace

import pytest

from flows import deploy, drift, predict, publish, train, warehouse
from flows.declaration import Classifier
from flows.declaration.declared import TrainSettings
from flows.settings import Settings
from tests.people import LEAVING, RUN, publish_people, recorded, turn

RENAMED = replace(LEAVING, key="customer_id")
TRIGGERED = replace(RENAMED, training=TrainSettings(new_rows=0.5, drift=0.25, falling_score=0.1))
TREE = replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
LATER = replace(RUN, run_id="run-2")


def publish_under(settings: Settings, key: str, *others: str) -> None:
    """Publish the same people, a third of them without a label, with another key."""
    publish_people(settings, 3000, has_left="if(number > 2000, null, hash(number * 7) % 100 < age)")
    with warehouse.write(settings) as connection:
        connection.execute(
            f"create or replace table marts.people as select {key}, * exclude (person_id) from marts.people"
        )
    publish.publish(settings, "run-1", ["marts.people", *others])


def predicted(settings: Settings, classifier: Classifier, run: object = RUN) -> drift.DriftSummary:
    assert predict.predict(settings, classifier, run).refusal is None  # type: ignore[arg-type]
    return drift.watch(settings, classifier, run)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "classifier"),
    [
        ("person_id", "person_id as customer_id", LEAVING),
        ("substr(person_id, 2) as person_id", "substr(person_id, 2)::bigint as customer_id", LEAVING),
        ("person_id", "person_id as customer_id", TREE),
    ],
    ids=["by SQL", "of another type", "through the pickle"],
)
def test_after_a_rename_of_the_key_the_deployed_version_scores_on_and_is_watched(
    settings: Settings, before: str, after: str, classifier: Classifier
) -> None:
    publish_under(settings, before)
    assert turn(settings, classifier).deployed == 1
    rows = predicted(settings, LEAVING).measures[0].rows_now
    kept = "select count(*) from marts.leaving_past_predictions"
    assert recorded(settings, kept) == [(999,)]
    publish_under(settings, after, "marts.leaving_predictions", "marts.leaving_past_predictions")
    trained = train.train(settings, TRIGGERED, LATER)
    assert trained.decision == "not_due" and "0 new rows of 2,001" in trained.reason
    assert "nothing to compare" not in trained.reason
    assert predicted(settings, RENAMED, LATER).measures[0].rows_now == rows
    assert recorded(settings, f"{kept} inner join marts.people using (customer_id)") == [(999,)]
    assert deploy.deploy(settings, RENAMED, LATER).deployed == 1


def test_a_challenger_that_knows_the_key_by_its_new_name_scores_in_the_shadow(settings: Settings) -> None:
    publish_under(settings, "person_id")
    turn(settings)
    publish_under(settings, "person_id as customer_id")
    shadow = replace(RENAMED, has_shadow=True)
    assert train.train(settings, shadow, RUN).version == 2
    assert predict.predict(settings, shadow, RUN).shadow_version == 2
    scored = "select customer_id, version, shadow_version, probability > 0 and shadow_probability > 0"
    assert recorded(settings, f"{scored} from marts.leaving_predictions limit 1") == [("P0", 1, 2, True)]
