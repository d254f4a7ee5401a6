"""Searches the declared params by cross-validation: the lowest mean log loss wins, and what was tried is recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid

from flows.declaration import Classifier
from flows.errors import DeclarationError
from flows.evaluate.calibration import SMALLEST_PROBABILITY
from flows.train.pipeline import fit, where
from flows.training_rows import Rows


@dataclass(frozen=True)
class Tried:
    """One combination of params with the log loss (nats) of each fold it was tried on."""

    params: Mapping[str, Any]
    log_losses: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over the folds."""
        return float(np.mean(self.log_losses))


def search(classifier: Classifier, rows: Rows) -> tuple[Tried, ...]:
    """Try every combination of the declared values; of equally good ones the first stands first.

    Raises
    ------
    DeclarationError
        When the estimator refuses a combination, or no fold has two classes on both sides.
    """
    grid = ParameterGrid(dict(classifier.training.search))
    tried = [Tried(params, _losses(_with(classifier, params), rows)) for params in grid]
    return tuple(sorted(tried, key=lambda each: each.mean))


def _with(classifier: Classifier, params: Mapping[str, Any]) -> Classifier:
    return replace(classifier, params={**classifier.params, **params})


def _losses(classifier: Classifier, rows: Rows) -> tuple[float, ...]:
    losses = tuple(_loss(classifier, rows, learned, tried) for learned, tried in _folds(classifier, rows))
    if not losses:
        raise DeclarationError(
            f"{where(classifier)}: config.meta.train.search: none of the {classifier.training.folds} folds has two "
            "classes on both sides; declare fewer folds, or no search"
        )
    return losses


def _folds(classifier: Classifier, rows: Rows) -> Iterator[tuple[Any, Any]]:
    """Yield which rows are learned and which are tried; where time is declared, only earlier rows are learned."""
    assert rows.folds is not None
    folds, target = rows.folds.to_numpy(), rows.target.to_numpy()
    for fold in np.unique(folds):
        tried = folds == fold
        learned = folds < fold if classifier.time_column else ~tried
        if len(np.unique(target[learned])) > 1 and len(np.unique(target[tried])) > 1:
            yield learned, tried


def _loss(classifier: Classifier, rows: Rows, learned: Any, tried: Any) -> float:
    pipeline = fit(classifier, Rows(rows.features[learned], rows.target[learned]))
    probability = pipeline.predict_proba(rows.features[tried])
    # A class that these rows were not learned from has no probability.
    of_truth = (probability * (rows.target[tried].to_numpy()[:, None] == pipeline.classes_)).sum(axis=1)
    return float(-np.log(np.maximum(of_truth, SMALLEST_PROBABILITY)).mean())
