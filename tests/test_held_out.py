"""Held-out rows are told from the training rows that were stored, never from what lies in their place."""

from dataclasses import replace

import duckdb
import pytest

from flows import deploy, store, train
from flows.deploy import held_out
from flows.errors import TidemillError
from flows.settings import Settings
from tests.attacks import folder
from tests.people import LEAVING, RUN, publish_people, turn


def spoil(settings: Settings, version: int) -> None:
    """Leave one training row of a version, so that the others would be taken for rows it has not seen."""
    path = folder(settings, version) / "training_rows.parquet"
    duckdb.execute(f"copy (from read_parquet('{path}') limit 1) to '{path}-one' (format parquet)")
    path.with_name(f"{path.name}-one").replace(path)


def test_held_out_rows_are_compared_with_the_training_rows_that_were_stored(settings: Settings) -> None:
    publish_people(settings)
    train.train(settings, LEAVING, RUN)
    spoil(settings, 1)
    with pytest.raises(TidemillError, match=r"1/training_rows.parquet: is not the file that was stored"):
        held_out.read(settings, LEAVING, 1)


def test_a_deployed_version_whose_training_rows_are_damaged_is_replaced(settings: Settings) -> None:
    publish_people(settings)
    assert turn(settings).deployed == 1
    spoil(settings, 1)
    other = replace(LEAVING, params={"C": 0.5})
    assert deploy.deploy(settings, LEAVING, RUN).decision == "keep"
    assert turn(settings, other).deployed == 2
    assert store.load(settings, "leaving", 2)
