"""What an exposure declares about training: read from dbt's manifest, or refused with file, key and remedy."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from flows import declaration
from flows.declaration.declared import Feature, TrainSettings
from flows.declaration.training import TRAIN_CHECKS
from flows.errors import DeclarationError
from tests.tiny import read


def test_triggers_search_and_parts_of_dates_are_read(manifest: dict[str, Any], tmp_path: Path) -> None:
    def declare(source: Any, exposure: Any) -> None:
        exposure["config"]["meta"].pop("time_column")
        exposure["config"]["meta"] |= {
            "date_parts": {"placed_on": ["month", "weekday"]},
            "train": {"new_rows": 0.1, "drift": 0.2, "search": {"C": [0.1, 1]}},
        }

    (classifier,) = read(manifest, tmp_path, declare).classifiers
    assert classifier.training == TrainSettings(new_rows=0.1, drift=0.2, search={"C": [0.1, 1]})
    assert classifier.features[-2:] == (
        Feature("placed_on_month", "bigint", "numeric", "placed_on", "month"),
        Feature("placed_on_weekday", "bigint", "numeric", "placed_on", "weekday"),
    )
    assert "placed_on" not in {each.name for each in classifier.features}


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"train": {"new_row": 5}}, r"exposure returns: config.meta.train: unknown key 'new_row'.*'new_rows'"),
        ({"train": None}, r"config.meta.train: nothing stands where names with values belong"),
        ({"train": {"new_rows": 1.5}}, r"train.new_rows: '1.5' is neither a number of rows nor a share; write 500"),
        ({"train": {"new_rows": 0}}, r"train.new_rows: '0' is not a number above 0"),
        ({"train": {"drift": "much"}}, r"train.drift: 'much' is not a number above 0"),
        ({"train": {"leak_auc": 99}}, r"train.leak_auc: '99' is not an AUC"),
        ({"train": {"search": {"C": 1}}}, r"train.search.C: '1' is not a list of values"),
        ({"train": {"folds": 1}}, r"train.folds: '1' is not a whole number from 2 on"),
        ({"train": {"keep_training_rows": 0}}, r"keep_training_rows: '0' is not a whole number from 1 on"),
        ({"train": {"rows_in_memory": 10}}, r"train.rows_in_memory: '10' is not a whole number from 1000 on"),
        ({"date_parts": {"placed_at": ["month"]}}, r"date_parts: 'placed_at' is not a column.*'placed_on'"),
        ({"date_parts": {"amount": ["month"]}}, r"date_parts: 'amount' has type .*not a date or timestamp"),
        ({"date_parts": {"placed_on": ["moth"]}}, r"date_parts.placed_on: 'moth' is not allowed.*'month'"),
        ({"date_parts": {"placed_on": "month"}}, r"date_parts.placed_on: 'month' is not a list"),
    ],
)
def test_a_wrong_setting_of_training_names_key_and_remedy(
    meta: dict[str, Any], message: str, manifest: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(DeclarationError, match=message):
        read(manifest, tmp_path, lambda source, exposure: exposure["config"]["meta"].update(meta))


def test_every_setting_of_training_has_its_check() -> None:
    assert set(TRAIN_CHECKS) == {field.name for field in fields(declaration.TrainSettings)}
