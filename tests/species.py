"""A small published table of flowers of three species, and a classifier declared on it."""

import numpy as np
import pandas as pd

from flows import publish, warehouse
from flows.declaration import Classifier
from flows.declaration.declared import Feature, Gate
from flows.settings import Settings

NAMES = ("aster", "lily's", "rose")
SPECIES = Classifier(
    name="species",
    declared_in="models/marts/_marts__models.yml",
    schema="marts",
    table="flowers",
    key="flower_id",
    target="species",
    time_column=None,
    features=(
        Feature("petal_length", "double", "numeric"),
        Feature("petal_width", "double", "numeric"),
        Feature("colour", "varchar", "categorical"),
    ),
    estimator="sklearn.linear_model.LogisticRegression",
    params={},
    schedule=None,
    gate=Gate(bootstrap_rounds=200),
    is_multi_class=True,
)


def flowers(count: int, seed: int = 0) -> pd.DataFrame:
    """Flowers whose petals overlap between the species; some have no width, some no colour, one in fifty no species."""
    random = np.random.default_rng(seed)
    kind = random.integers(0, len(NAMES), count)
    colours = np.array(["white", "red", "blue", None], dtype=object)
    return pd.DataFrame(
        {
            "flower_id": [f"F{number}" for number in range(count)],
            "petal_length": random.normal(3 + kind, 1.0),
            "petal_width": np.where(random.random(count) < 0.1, np.nan, random.normal(1 - (kind == 1), 0.8)),
            "colour": colours[np.where(random.random(count) < 0.6, kind, random.integers(0, 4, count))],
            "species": np.where(np.arange(count) % 50 == 7, None, np.array(NAMES, dtype=object)[kind]),
        }
    )


def publish_flowers(settings: Settings, rows: pd.DataFrame) -> None:
    with warehouse.write(settings) as connection:
        connection.register("rows", rows)
        connection.execute(
            "create or replace table marts.flowers as select flower_id::varchar as flower_id, "
            "petal_length, "
            "nullif(petal_width, 'nan'::double) as petal_width, colour::varchar as colour, "
            "species::varchar as species from rows"
        )
        connection.unregister("rows")
    publish.publish(settings, "run-1", ["marts.flowers"])
