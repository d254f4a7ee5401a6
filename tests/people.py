"""A small published table of people who may have left, and a classifier declared on it."""

from flows import deploy, publish, records, train, warehouse
from flows.declaration import Classifier
from flows.declaration.declared import Feature, Gate
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


def publish_people(
    settings: Settings, count: int = 2000, has_left: str = "hash(number * 7) % 100 < age", moved: str = "age"
) -> None:
    """People whose chance to have left is their age in percent; one in ten has no age, the others say `moved`."""
    with warehouse.write(settings) as connection:
        connection.execute(
            f"create or replace table marts.people as select 'P' || number as person_id, "
            f"if(number % 10 = 0, null, {moved}) as age, city, ({has_left}) as has_left from ("
            "select number, (hash(number) % 80 + 10)::double as age, ['Ulm', 'Bonn', null][number % 3 + 1] as city "
            f"from range({count}) as numbers(number))"
        )
    publish.publish(settings, "run-1", ["marts.people"])


def turn(settings: Settings, classifier: Classifier = LEAVING, run: records.Run = RUN) -> deploy.DeploySummary:
    train.train(settings, classifier, run)
    return deploy.deploy(settings, classifier, run)


def recorded(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with warehouse.write(settings) as connection:
        return connection.execute(query).fetchall()
