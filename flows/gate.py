"""The gate: the rule that decides whether a challenger replaces what is deployed. Knows neither files nor records.

Its settings (`config.meta.gate` of the exposure), and why their defaults are what they are:

* `bootstrap_rounds` 1000: percentile intervals need about that many rounds (Efron and Tibshirani 1993, chapter 13);
  at 95 % it leaves 25 draws beyond either end.
* `confidence` 0.95: a challenger that is no better is then promoted in one decision out of forty at most.
* `minimum_events` 30: a rule of thumb; of fewer events or non-events the interval comes out too narrow.
* `holdout_share` 0.25: scikit-learn's own default for a test set.
* `seed` 0: of no meaning, but fixed, so that the same rows give the same decision; it seeds the estimator too.
"""

from dataclasses import dataclass

import numpy as np

from flows import evaluate
from flows.declaration import Gate
from flows.evaluate import Array, Bootstrap, Interval


@dataclass(frozen=True)
class Contest:
    """The same held-out rows as two models see them: labels (0 or 1) and each model's probabilities of a 1."""

    target: Array
    challenger: Array
    rival: Array
    rival_name: str


@dataclass(frozen=True)
class Decision:
    """The gate's answer and the improvement in log loss (nats) it rests on."""

    decision: str
    reason: str
    improvement: Interval | None = None


def judge(gate: Gate, contest: Contest) -> Decision:
    """Decide by a paired bootstrap on the log loss.

    Promoted only if the lower bound of the mean improvement over the rival, and over the dummy, is above zero. With
    fewer than `minimum_events` events or non-events nothing is decided.
    """
    return _too_few(gate, contest.target) or _no_better_than_the_dummy(gate, contest) or _compared(gate, contest)


def dummy(target: Array) -> Array:
    """Return the probabilities of a model that knows the share of events only."""
    return np.full(len(target), target.mean()) if len(target) else target


def bootstrap(gate: Gate) -> Bootstrap:
    """Return the draws on which all intervals of a classifier rest."""
    return Bootstrap(gate.bootstrap_rounds, gate.confidence, gate.seed)


def _too_few(gate: Gate, target: Array) -> Decision | None:
    events = int(target.sum())
    non_events = len(target) - events
    if min(events, non_events) >= gate.minimum_events:
        return None
    held_out = f"{events} events and {non_events} non-events are held out"
    return Decision("insufficient_evidence", f"{held_out}; {gate.minimum_events} of each are needed")


def _no_better_than_the_dummy(gate: Gate, contest: Contest) -> Decision | None:
    over_dummy = _improvement(gate, contest, dummy(contest.target))
    if over_dummy.lower > 0:
        return None
    reason = f"not shown to be better than the dummy: log loss improves on it by {over_dummy}"
    return Decision("keep", reason, _improvement(gate, contest, contest.rival))


def _compared(gate: Gate, contest: Contest) -> Decision:
    improvement = _improvement(gate, contest, contest.rival)
    measured = f"log loss improves on {contest.rival_name} by {improvement}"
    if improvement.lower > 0:
        return Decision("promote", measured, improvement)
    return Decision("keep", f"not shown to be better: {measured}", improvement)


def _improvement(gate: Gate, contest: Contest, rival: Array) -> Interval:
    losses = evaluate.log_losses(contest.target, rival) - evaluate.log_losses(contest.target, contest.challenger)
    return evaluate.mean_interval(losses, bootstrap(gate))
