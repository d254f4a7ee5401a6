"""Scores with intervals from one set of bootstrap draws, shared by every model that is compared.

Knows arrays of labels and probabilities only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Draws held in memory at once: at most about this many numbers.
DRAWN_AT_ONCE = 4_000_000
SMALLEST_PROBABILITY = 1e-15


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval."""

    estimate: float
    lower: float
    upper: float

    def __str__(self) -> str:
        """Return it as a person reads it: `0.3021 [0.2890, 0.3150]`."""
        return f"{self.estimate:.4f} [{self.lower:.4f}, {self.upper:.4f}]"


@dataclass(frozen=True)
class Bootstrap:
    """Settings of the percentile bootstrap (Efron 1979): rounds, confidence level, seed."""

    rounds: int
    confidence: float
    seed: int


def log_losses(target: Array, probability: Array) -> Array:
    """Return each row's log loss in nats."""
    clipped = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return -np.where(target == 1, np.log(clipped), np.log1p(-clipped))


def mean_interval(values: Array, bootstrap: Bootstrap) -> Interval:
    """Return the mean of a value per row with its percentile interval."""
    means = np.concatenate([weights @ values / len(values) for weights in _draws(len(values), bootstrap)])
    return _interval(float(values.mean()), means, bootstrap)


def ranking_intervals(target: Array, probability: Array, bootstrap: Bootstrap) -> tuple[Interval, Interval]:
    """Return ROC AUC and average precision with their percentile intervals; ties count half, as in scikit-learn."""
    order = np.argsort(-probability, kind="stable")
    labels, ranked = target[order], probability[order]
    groups = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    scores = [_ranking(weights[:, order], labels, groups) for weights in _draws(len(target), bootstrap)]
    auc, precision = (np.concatenate(each) for each in zip(*scores, strict=True))
    plain = _ranking(np.ones((1, len(target))), labels, groups)
    return _interval(float(plain[0][0]), auc, bootstrap), _interval(float(plain[1][0]), precision, bootstrap)


def _ranking(weights: Array, labels: Array, groups: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return AUC and average precision for each row of weights; rows are in order of falling probability."""
    positives = np.add.reduceat(weights * labels, groups, axis=1)
    negatives = np.add.reduceat(weights * (1 - labels), groups, axis=1)
    seen_positives, seen_negatives = positives.cumsum(axis=1), negatives.cumsum(axis=1)
    all_positives, all_negatives = seen_positives[:, -1], seen_negatives[:, -1]
    below = all_negatives[:, None] - seen_negatives + 0.5 * negatives
    # A draw may hold one class only: it says nothing of the ranking and drops out of the percentiles.
    with np.errstate(invalid="ignore", divide="ignore"):
        auc = (positives * below).sum(axis=1) / (all_positives * all_negatives)
        precision = np.nan_to_num(seen_positives / (seen_positives + seen_negatives))
        return auc, (positives * precision).sum(axis=1) / all_positives


def _draws(rows: int, bootstrap: Bootstrap) -> Iterator[Array]:
    """Yield how often each row was drawn, some rounds at a time; the same draws for every caller."""
    random = np.random.default_rng(bootstrap.seed)
    at_once = max(1, min(bootstrap.rounds, DRAWN_AT_ONCE // rows))
    for start in range(0, bootstrap.rounds, at_once):
        rounds = min(at_once, bootstrap.rounds - start)
        drawn = random.integers(rows, size=(rounds, rows)) + np.arange(rounds)[:, None] * rows
        yield np.bincount(drawn.ravel(), minlength=rounds * rows).reshape(rounds, rows).astype(np.float64)


def _interval(estimate: float, drawn: Array, bootstrap: Bootstrap) -> Interval:
    tail = (1 - bootstrap.confidence) / 2
    lower, upper = np.nanquantile(drawn, [tail, 1 - tail])
    return Interval(estimate, float(lower), float(upper))
