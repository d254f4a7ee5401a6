"""Scores with intervals from one set of bootstrap draws, shared by every model that is compared.

Knows arrays of labels and probabilities only. A probability is that of a 1, or, of several classes, a row of one for
each; the label is then the place of the true class. What is scored of an event is scored of each class against the
rest, and averaged (macro).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.stats import binomtest, chi2, norm

from flows.evaluate.calibration import SMALLEST_PROBABILITY, recalibrated

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
# Draws held in memory at once: at most about this many numbers.
DRAWN_AT_ONCE = 4_000_000


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
    """Settings of the percentile bootstrap (Efron 1979): rounds, confidence level, seed, and what is drawn.

    With `entities`, a number from 0 on for each row, whole entities are drawn with all their rows (Davison and Hinkley
    1997, section 3.8); without them, rows.
    """

    rounds: int
    confidence: float
    seed: int
    entities: Codes | None = None


@dataclass(frozen=True)
class McNemar:
    """In how many rows only one of two decides rightly, the challenger's share of them, and the p-value."""

    only_challenger_right: int
    only_rival_right: int
    challenger_share: Interval
    p_value: float


def entity_codes(entities: pd.Series) -> Codes:
    """Return a number for each entity, in the order in which they come; a row without one is an entity of its own."""
    named = entities.astype(object).where(entities.notna(), pd.Series(range(len(entities)), index=entities.index))
    return np.asarray(pd.factorize(named)[0], dtype=np.intp)


def one_vs_rest(target: Array, values: Array) -> list[tuple[Array, Array]]:
    """Return for each class where it is true (0 or 1), and its column of the values; of 0 and 1 the 1 alone."""
    if values.ndim == 1:
        return [(target, values)]
    return [((target == place).astype(np.float64), column) for place, column in enumerate(values.T)]


def seen_on_both_sides(target: Array, values: Array) -> list[tuple[Array, Array]]:
    """Return the same for the classes that some rows are of and some are not: the others cannot be ranked."""
    return [each for each in one_vs_rest(target, values) if 0 < each[0].sum() < len(target)]


def log_losses(target: Array, probability: Array) -> Array:
    """Return each row's log loss in nats, of several classes the multinomial one."""
    if probability.ndim == 2:
        of_truth = np.take_along_axis(probability, target.astype(np.intp)[:, None], axis=1)[:, 0]
        return -np.log(np.maximum(of_truth, SMALLEST_PROBABILITY))
    clipped = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return -np.where(target == 1, np.log(clipped), np.log1p(-clipped))


def brier_scores(target: Array, probability: Array) -> Array:
    """Return each row's squared error, of several classes the sum over them (Brier 1950)."""
    errors = [(each - is_true) ** 2 for is_true, each in one_vs_rest(target, probability)]
    return np.asarray(sum(errors), dtype=np.float64)


def mean_interval(values: Array, bootstrap: Bootstrap) -> Interval:
    """Return the mean of a value per row with its percentile interval."""
    drawn = [weights @ values / weights.sum(axis=1) for weights in _draws(len(values), bootstrap)]
    return _interval(float(values.mean()), np.concatenate(drawn), bootstrap)


def f1_interval(target: Array, decision: Array, bootstrap: Bootstrap) -> Interval:
    """Return the F1 of decisions (0 or 1, or a column of them for each class) with its interval.

    It is 0 where nothing is right, as in scikit-learn; of several classes, those count that are true or decided on.
    """
    classes = [each for each in one_vs_rest(target, decision) if decision.ndim == 1 or (each[0] + each[1]).any()]
    drawn = [_f1(weights, classes) for weights in _draws(len(target), bootstrap)]
    return _interval(float(_f1(np.ones((1, len(target))), classes)[0]), np.concatenate(drawn), bootstrap)


def _f1(weights: Array, classes: list[tuple[Array, Array]]) -> Array:
    sums = [(weights @ (target * decision), weights @ (target + decision)) for target, decision in classes]
    scores: Array = np.mean([2 * hits / np.maximum(named, 1) for hits, named in sums], axis=0)
    return scores


def mcnemar(
    target: Array, challenger: Array, rival: Array, confidence: float, entities: Codes | None = None
) -> McNemar:
    """Compare two models' decisions by the exact test of McNemar 1947, with Clopper and Pearson's interval.

    Of several classes too a decision is right or wrong. With `entities` rows of one entity are not independent: then by
    Durkalski, Palesch, Lipsitz and Rust 2003 (Statistics in Medicine 22, 2417-2428), which asks about each entity's
    difference, as a share of its rows; the interval is that of a ratio of sums (Cochran 1977, section 6.3).
    """
    only_challenger = (challenger == target) & (rival != target)
    only_rival = (rival == target) & (challenger != target)
    counts = int(only_challenger.sum()), int(only_rival.sum())
    if not sum(counts):
        return McNemar(0, 0, Interval(0.5, 0.0, 1.0), 1.0)
    if entities is not None:
        return _clustered_mcnemar(only_challenger, only_rival, entities, confidence)
    test = binomtest(counts[0], sum(counts))
    bounds = test.proportion_ci(confidence)
    share = Interval(float(test.statistic), float(bounds.low), float(bounds.high))
    return McNemar(*counts, share, float(test.pvalue))


def _clustered_mcnemar(
    only_challenger: NDArray[np.bool_], only_rival: NDArray[np.bool_], entities: Codes, confidence: float
) -> McNemar:
    rows = np.bincount(entities)
    wins, losses = (np.bincount(entities, each, minlength=len(rows)) for each in (only_challenger, only_rival))
    differences = (wins - losses) / rows
    spread = float((differences**2).sum())
    # Where every entity's wins and losses balance, there is nothing to tell the two apart.
    p_value = float(chi2.sf(differences.sum() ** 2 / spread, 1)) if spread else 1.0
    disagreements = wins + losses
    estimate = float(wins.sum() / disagreements.sum())
    error = float(((wins - estimate * disagreements) ** 2).sum() ** 0.5 / disagreements.sum())
    reach = float(norm.ppf((1 + confidence) / 2)) * error
    share = Interval(estimate, max(0.0, estimate - reach), min(1.0, estimate + reach))
    return McNemar(int(wins.sum()), int(losses.sum()), share, p_value)


def calibration_slope(target: Array, probability: Array, bootstrap: Bootstrap) -> Interval:
    """Return the slope of a logistic regression of the target on the probabilities' logits; 1 is calibrated.

    Below 1 the probabilities are too extreme, above 1 too timid (Cox 1958; Van Calster and others 2016). The interval
    is Wald's, its variance robust to rows of one entity (Liang and Zeger 1986): drawing would fit a thousand times.
    Of several classes it is the mean of their slopes: where each class's probability is calibrated (Zadrozny and Elkan
    2002), each of them is 1.
    """
    fits = [recalibrated(*each, bootstrap.entities) for each in seen_on_both_sides(target, probability)]
    inverse, pulls = block_diag(*(each.inverse for each in fits)), np.hstack([each.pulls for each in fits])
    # Where all rows have one probability there is nothing to invert, and rounding may leave less than zero.
    variance = max((inverse @ (pulls.T @ pulls) @ inverse)[1::2, 1::2].mean(), 0.0)
    slope = float(np.mean([each.slope for each in fits]))
    reach = norm.ppf((1 + bootstrap.confidence) / 2) * variance**0.5
    return Interval(slope, float(slope - reach), float(slope + reach))


def ranking_intervals(target: Array, probability: Array, bootstrap: Bootstrap) -> tuple[Interval, Interval]:
    """Return ROC AUC and average precision with their percentile intervals; ties count half, as in scikit-learn."""
    classes = [_ranked(*each) for each in seen_on_both_sides(target, probability)]
    scores = [_rankings(weights, classes) for weights in _draws(len(target), bootstrap)]
    auc, precision = (np.concatenate(each) for each in zip(*scores, strict=True))
    plain = _rankings(np.ones((1, len(target))), classes)
    return _interval(float(plain[0][0]), auc, bootstrap), _interval(float(plain[1][0]), precision, bootstrap)


def _ranked(target: Array, probability: Array) -> tuple[Codes, Array, Codes]:
    """Return the order of falling probability, the labels in it, and where each group of ties begins."""
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    return order, target[order], np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))


def _rankings(weights: Array, classes: list[tuple[Codes, Array, Codes]]) -> tuple[Array, Array]:
    """Return the means over the classes for each row of weights."""
    scores = [_ranking(weights[:, order], labels, groups) for order, labels, groups in classes]
    auc, precision = (np.mean(each, axis=0) for each in zip(*scores, strict=True))
    return auc, precision


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
    entities = bootstrap.entities
    drawn_from = rows if entities is None else int(entities.max()) + 1
    at_once = max(1, min(bootstrap.rounds, DRAWN_AT_ONCE // rows))
    for start in range(0, bootstrap.rounds, at_once):
        rounds = min(at_once, bootstrap.rounds - start)
        drawn = random.integers(drawn_from, size=(rounds, drawn_from)) + np.arange(rounds)[:, None] * drawn_from
        counts = np.bincount(drawn.ravel(), minlength=rounds * drawn_from).reshape(rounds, drawn_from)
        yield (counts if entities is None else counts.take(entities, axis=1)).astype(np.float64)


def _interval(estimate: float, drawn: Array, bootstrap: Bootstrap) -> Interval:
    tail = (1 - bootstrap.confidence) / 2
    lower, upper = np.nanquantile(drawn, [tail, 1 - tail])
    return Interval(estimate, float(lower), float(upper))
