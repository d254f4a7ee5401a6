"""How far two samples are apart, whether chance explains it, and which differences are alarms. Knows counts only.

An alarm needs a size and a test: the population stability index of two samples of 100 rows is 0.2 by chance alone, and
of a million rows any difference is significant.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.stats import chi2_contingency, fisher_exact, norm

from flows.evaluate import Array

Kind = Literal["feature", "missing", "label_rate", "score", "loss"]
# What the chi-square distribution needs in each cell to be near enough (Cochran 1954).
SMALLEST_EXPECTED = 5


@dataclass(frozen=True)
class Bins:
    """How many rows (with an entity: entities) of both samples fall into each bin.

    A number's bin is named by its upper end; None is the bin of no value.
    """

    names: Sequence[str | None]
    then: Sequence[float]
    now: Sequence[float]

    @property
    def missing(self) -> tuple[float, float]:
        """How many have no value, then and now."""
        place = self.names.index(None) if None in self.names else None
        return (self.then[place], self.now[place]) if place is not None else (0.0, 0.0)


@dataclass(frozen=True)
class Measure:
    """One difference between then and now: how large, how likely by chance, and from which size on it is an alarm."""

    kind: Kind
    column: str | None
    size: float
    limit: float
    p_value: float
    rows_then: int
    rows_now: int
    statistic: float | None = None
    then: float | None = None
    now: float | None = None
    bins: Bins | None = None
    version: int | None = None
    p_value_adjusted: float = 1.0
    is_alarm: bool = False

    def __str__(self) -> str:
        """Return it as a person reads it: `monthly_fee psi 0.31`."""
        size = f"psi {self.size:.2f}" if self.kind in ("feature", "score") else f"{self.then:.3f} to {self.now:.3f}"
        return " ".join([*([self.column] if self.column else []), *NAMES[self.kind], size])


NAMES = {"feature": (), "missing": ("missing",), "label_rate": ("label rate",), "score": ("score",), "loss": ("loss",)}


def judged(measures: Sequence[Measure], p_value: float) -> tuple[Measure, ...]:
    """Tell which measures are alarms: those as large as their limit whose corrected p-value is below this one.

    Corrected by Holm (1979): the chance of any false alarm among all measures of a run stays below `p_value`, however
    they depend on each other. Benjamini and Hochberg's correction would bound the share of false ones among the alarms
    instead, which allows a false alarm in more runs.
    """
    adjusted = holm([each.p_value for each in measures])
    return tuple(
        replace(each, p_value_adjusted=p, is_alarm=bool(each.size >= each.limit and p < p_value))
        for each, p in zip(measures, adjusted, strict=True)
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(order), 0, -1)
    stepped = np.minimum(np.maximum.accumulate(np.asarray(p_values)[order] * factors), 1.0)
    adjusted = np.empty(len(order))
    adjusted[order] = stepped
    return [float(each) for each in adjusted]


def distribution(kind: Kind, column: str | None, bins: Bins, limit: float) -> Measure:
    """Compare two distributions: population stability index and chi-square test."""
    then, now = np.asarray(bins.then, np.float64), np.asarray(bins.now, np.float64)
    statistic, p_value = homogeneity(then, now)
    rows = round(then.sum()), round(now.sum())
    return Measure(kind, column, stability_index(then, now), limit, p_value, *rows, statistic, bins=bins)


def stability_index(then: Array, now: Array) -> float:
    """Return the population stability index: the sum over bins of (now - then) x ln(now / then).

    Siddiqi (2006) calls 0.1 to 0.25 some, more a large shift. Empty bins count as half a row.
    """
    before, after = (np.maximum(counts, 0.5) / counts.sum() for counts in (then, now))
    return float(((after - before) * np.log(after / before)).sum())


def homogeneity(then: Array, now: Array) -> tuple[float, float]:
    """Return the chi-square statistic of two samples' bins and its p-value; sparse bins are taken together."""
    counts = np.array([then, now])
    smaller = counts.sum(axis=1).min() / counts.sum()
    groups, open_group = [], np.zeros(2)
    # The rarest first, whichever sample they come from, so that the choice tells nothing of the difference.
    for place in np.argsort(counts.sum(axis=0), kind="stable"):
        open_group = open_group + counts[:, place]
        if open_group.sum() * smaller >= SMALLEST_EXPECTED:
            groups.append(open_group)
            open_group = np.zeros(2)
    if len(groups) < 2:
        return 0.0, 1.0
    groups[-1] = groups[-1] + open_group
    tested = chi2_contingency(np.array(groups).T, correction=False)
    return float(tested.statistic), float(tested.pvalue)


def proportion(
    kind: Kind, column: str | None, then: tuple[float, float], now: tuple[float, float], limit: float
) -> Measure:
    """Compare two shares, each given as (how many, of how many): their difference and a test of two proportions."""
    before, after = (count / of for count, of in (then, now))
    statistic, p_value = two_proportions(then, now)
    rows = round(then[1]), round(now[1])
    return Measure(kind, column, abs(after - before), limit, p_value, *rows, statistic, before, after)


def two_proportions(then: tuple[float, float], now: tuple[float, float]) -> tuple[float | None, float]:
    """Return the chi-square statistic with Yates's correction and its p-value; of few rows, Fisher's exact one."""
    table = np.array([[count, of - count] for count, of in (then, now)])
    if not table.sum(axis=0).all():
        return 0.0, 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if expected.min() < SMALLEST_EXPECTED:
        return None, float(fisher_exact(np.rint(table).astype(int)).pvalue)
    tested = chi2_contingency(table, correction=True)
    return float(tested.statistic), float(tested.pvalue)


def worse(then: float, then_error: float, now: float, now_error: float) -> tuple[float, float]:
    """Return how many standard errors one mean lies above another, and the one-sided p-value; better is no drift."""
    error = float(np.hypot(then_error, now_error))
    statistic = (now - then) / error if error else 0.0
    return statistic, float(norm.sf(statistic)) if error else 1.0


def standard_error(lower: float, upper: float, confidence: float) -> float:
    """Return the standard error behind an interval, taken for that of a normal distribution."""
    return (upper - lower) / (2 * float(norm.ppf((1 + confidence) / 2)))
