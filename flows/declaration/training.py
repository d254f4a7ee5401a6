"""When and how a classifier is trained: `config.meta.train` and `config.meta.date_parts` of its exposure.

The settings of `train`, and why their defaults are what they are:

* `new_rows`, `drift`, `falling_score` (and the exposure's `schedule`): none; where none of the four is declared, a
  classifier is trained whenever its training rows have changed.
* `search` none, `folds` 5: five folds are scikit-learn's own default.
* `leak_auc` 0.99: what a single column ranks better than that is nearly always known only after the target; 1 allows
  any column.
* `rows_in_memory` 1000000: about 1 GB with a hundred features; more rows stream, or a sample of that many is fitted.
* `keep_training_rows` none: a version's training rows are kept as long as the version, so that it can be rebuilt.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flows.declaration.checks import above_zero, has, known_keys, mapping, one_of, texts, whole
from flows.declaration.declared import Feature, TrainSettings
from flows.errors import DeclarationError

DATE_PARTS = ("year", "quarter", "month", "week", "day", "weekday", "hour")
DATES = ("date", "timestamp", "timestamptz", "datetime", "timestamp with time zone")


def train_settings(where: str, declared: Any) -> TrainSettings:
    """Read the settings of `train`, each with its check."""
    known_keys(where, mapping(where, declared), tuple(TRAIN_CHECKS))
    return TrainSettings(**{name: TRAIN_CHECKS[name](f"{where}.{name}", value) for name, value in declared.items()})


def date_parts(where: str, declared: Any, columns: Mapping[str, str | None]) -> tuple[Feature, ...]:
    """Read which parts of which date columns are features; a part is a number named `<column>_<part>`."""
    features = []
    for column, parts in mapping(where, declared).items():
        if column not in columns:
            raise DeclarationError(f"{where}: '{column}' is not a column{has(str(column), columns)}")
        if (columns[column] or "").lower() not in DATES:
            raise DeclarationError(
                f"{where}: '{column}' has type '{columns[column]}', which is not a date or timestamp"
            )
        for part in texts(f"{where}.{column}", parts):
            name = f"{column}_{one_of(f'{where}.{column}', part, DATE_PARTS)}"
            if name in columns:
                raise DeclarationError(f"{where}.{column}: there is a column '{name}' already; leave out '{part}'")
            features.append(Feature(name, "bigint", "numeric", column, part))
    return tuple(features)


def _new_rows(where: str, value: Any) -> float:
    number = above_zero(where, value)
    if number >= 1 and number != int(number):
        raise DeclarationError(
            f"{where}: '{value}' is neither a number of rows nor a share; write 500, or 0.1 for 10 %"
        )
    return number


def _auc(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 < value <= 1:
        raise DeclarationError(f"{where}: '{value}' is not an AUC above 0.5 and up to 1; write 0.99, or 1 for no limit")
    return float(value)


def _search(where: str, value: Any) -> Mapping[str, Any]:
    for name, candidates in mapping(where, value).items():
        if not isinstance(candidates, list) or not candidates:
            raise DeclarationError(f"{where}.{name}: '{candidates}' is not a list of values; write [0.1, 1, 10]")
    return {str(name): list(candidates) for name, candidates in value.items()}


TRAIN_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "new_rows": _new_rows,
    "drift": above_zero,
    "falling_score": above_zero,
    "search": _search,
    "folds": partial(whole, smallest=2),
    "leak_auc": _auc,
    "rows_in_memory": partial(whole, smallest=1000),
    "keep_training_rows": partial(whole, smallest=1),
}
