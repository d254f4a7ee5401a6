"""How often drift is found where there is none, and where it was planted: resampled rows, by the SQL of every run.

Run `python benchmarks/drift.py [REPLICATIONS]`; the default is 200, a fifth of them where something happened. One
population of 20,000 rows with eight features (skewed, whole, nearly constant, often missing, and texts of 3 to 200
values) is drawn from with replacement: three times as many training rows as rows of now, and rows of a first run whose
scores and loss are what was promised. The version's probabilities are the true chances, so that only chance lies
between then and now. Nothing here is asserted.

* a planted drift changes the rows of now: in one feature, its missing values, the labels, or what the labels follow
* entities of five equal rows each are drawn whole, with the entity declared and without
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.special import expit

sys.path.insert(0, str(Path(__file__).parent.parent))
from flows import drift, evaluate, records
from flows.declaration import Classifier
from flows.declaration.declared import Feature, Gate
from flows.drift import Places
from flows.drift.measures import Measure

ROWS = (30, 100, 300, 1000, 10_000)
POPULATION = 20_000
COPIES = 5
NUMBERS = ("spend", "visits", "flag", "age")
TEXTS = {"plan": 3, "country": 12, "city": 60, "street": 200}
RUN = records.Run("run", "run", "benchmark", records.now())
CLASSIFIER = Classifier(
    name="leaving",
    declared_in="benchmarks/drift.py",
    schema="marts",
    table="people",
    key="person",
    target="has_left",
    time_column=None,
    features=(
        *(Feature(name, "double", "numeric") for name in NUMBERS),
        *(Feature(name, "varchar", "categorical") for name in TEXTS),
    ),
    estimator="sklearn.linear_model.LogisticRegression",
    params={},
    schedule=None,
    gate=Gate(),
)


@dataclass(frozen=True)
class Scenario:
    """What happens to the rows of now, and how many rows an entity has."""

    name: str
    plant: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    copies: int = 1
    is_declared: bool = False


SCENARIOS = (
    Scenario("nothing"),
    Scenario("five equal rows an entity, not declared", copies=COPIES),
    Scenario("nothing, five equal rows an entity", copies=COPIES, is_declared=True),
    Scenario("age + 0.7 standard deviations", lambda rows: rows.assign(age=rows["age"] + 10)),
    Scenario("a fifth of age missing", lambda rows: rows.assign(age=rows["age"].where(rows.index % 5 > 0))),
    Scenario("a third of city new", lambda rows: rows.assign(city=rows["city"].where(rows.index % 3 > 0, "new"))),
    Scenario("a fifth more labels true", lambda rows: rows.assign(has_left=rows["has_left"] | (rows.index % 5 == 0))),
    Scenario("labels of other rows", lambda rows: rows.assign(has_left=np.roll(rows["has_left"], 1))),
)


def population(random: np.random.Generator) -> pd.DataFrame:
    """Draw the people, each with the chance to have left, which is what the version says."""
    age = random.normal(50, 14, POPULATION).round()
    spend = random.lognormal(3, 1, POPULATION)
    texts = {
        name: [f"{name} {each}" for each in random.zipf(1.5, POPULATION) % values] for name, values in TEXTS.items()
    }
    rows = pd.DataFrame({"spend": spend, "visits": random.poisson(2, POPULATION).astype(float), "age": age, **texts})
    rows["flag"] = (random.random(POPULATION) < 0.02).astype(float)
    rows["probability"] = expit(-1.5 + (age - 50) / 14 + np.log(spend) - 3)
    rows["has_left"] = random.random(POPULATION) < rows["probability"]
    return rows.assign(spend=rows["spend"].where(random.random(POPULATION) < 0.6))


def drawn(random: np.random.Generator, people: pd.DataFrame, rows: int, copies: int, name: str) -> pd.DataFrame:
    chosen = people.iloc[np.repeat(random.integers(len(people), size=rows // copies), copies)].reset_index(drop=True)
    return chosen.assign(
        person=[f"{name}{each}" for each in chosen.index],
        household=[f"{name}{each // copies}" for each in chosen.index],
    )


def run_twice(random: np.random.Generator, people: pd.DataFrame, rows: int, scenario: Scenario) -> tuple[Measure, ...]:
    """Measure the rows of the first run, then those of now, and return what the second run found."""
    then, first, now = (
        drawn(random, people, count, scenario.copies, name)
        for name, count in (("t", 3 * rows), ("f", rows), ("n", rows))
    )
    gate = Gate(entity="household" if scenario.is_declared else None)
    classifier = replace(CLASSIFIER, gate=gate)
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        records.ensure(connection)
        promise(connection, first, scenario.copies if scenario.is_declared else 1)
        places = Places("marts.people", Path(folder) / "training_rows.parquet", "marts.leaving_predictions")
        # The key comes first, as in the rows that a version has saved.
        saved = then.assign(_target=then["has_left"].astype(float)).set_index("person").reset_index()
        saved.to_parquet(places.trained_on)
        for published in (first, scenario.plant(now)):
            publish(connection, then, published)
            found = drift.measured(connection, classifier, places, 1)
            records.add(connection, *drift.recorded(RUN, classifier, 1, found))
    return found


def publish(connection: duckdb.DuckDBPyConnection, then: pd.DataFrame, now: pd.DataFrame) -> None:
    connection.register("published", pd.concat([then, now]))
    connection.execute("create or replace table marts.people as select * exclude (probability) from published")
    for table in ("leaving_predictions", "leaving_past_predictions"):
        which = "starts_with(person, 'n')" if table == "leaving_past_predictions" else "true"
        connection.execute(
            f"create or replace table marts.{table} as select person, probability, 1::bigint as version from published "
            f"where {which}"
        )
    connection.unregister("published")


def promise(connection: duckdb.DuckDBPyConnection, first: pd.DataFrame, copies: int) -> None:
    """Record the loss on the rows of the first run as the gate does."""
    losses = evaluate.log_losses(first["has_left"].to_numpy(np.float64), first["probability"].to_numpy())
    reach = 1.96 * losses.std() / np.sqrt(len(losses) / copies)
    loss = {"estimate": losses.mean(), "lower": losses.mean() - reach, "upper": losses.mean() + reach}
    records.add(
        connection,
        records.Model(
            "run", "leaving", 1, records.now(), "run", "marts.people", "", "superior", "", metrics={"log_loss": loss}
        ),
    )


def alarm_rates(seed: int, replications: int, rows: int, scenario: Scenario) -> tuple[float, float]:
    """Return in which share of runs there was an alarm, and in which there would have been one by size alone."""
    random = np.random.default_rng(seed)
    people = population(random)
    runs = [run_twice(random, people, rows, scenario) for _ in range(replications)]
    alarms = [any(each.is_alarm for each in found) for found in runs]
    sizes = [any(each.size >= each.limit for each in found) for found in runs]
    return sum(alarms) / replications, sum(sizes) / replications


def main() -> None:
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("| what happened | rows of now | runs with an alarm | by size alone |\n|---|---|---|---|")
    for rows in ROWS:
        for scenario in SCENARIOS:
            times = replications if scenario.name.startswith("nothing") else replications // 5
            alarm, size = alarm_rates(7, times, rows, scenario)
            print(f"| {scenario.name} | {rows:,} | {alarm:.1%} | {size:.1%} |", flush=True)


if __name__ == "__main__":
    main()
