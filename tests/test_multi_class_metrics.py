"""Scores of several classes are those of scikit-learn, and the gate judges them as it judges two."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import softmax
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, log_loss, roc_auc_score

from flows import evaluate, gate
from flows.declaration import Gate
from flows.evaluate import Array, Bootstrap
from flows.gate import Contest, Contestant

NAMES = ("a", "b", "c")
GATE = Gate(bootstrap_rounds=200)
DRAWS = Bootstrap(200, 0.95, 0)
RANDOM = np.random.default_rng(1)
SCORES = RANDOM.normal(0, 1.5, (3000, 3))
CHANCE = softmax(SCORES, axis=1)
TARGET = (CHANCE.cumsum(axis=1) < RANDOM.random(3000)[:, None]).sum(axis=1).astype(np.float64)


def contestant(scores: Array, name: str = "version 2") -> Contestant:
    return Contestant(name, softmax(scores, axis=1), classes=NAMES)


GOOD = contestant(SCORES)
WORSE = replace(contestant((SCORES + RANDOM.normal(0, 1, (3000, 3))) * 0.7, "version 1"), is_deployed=True)
CONTEST = Contest(TARGET, GOOD, WORSE, classes=NAMES)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 10_000),
    st.integers(2, 6),
    st.integers(20, 120),
    arrays.arrays(np.int8, 3, elements=st.integers(1, 9)),
)
def test_scores_of_several_classes_are_those_of_scikit_learn(seed: int, count: int, rows: int, odd: Array) -> None:
    random = np.random.default_rng(seed)
    # Rounded, so that there are ties.
    chance = np.round(random.dirichlet(np.ones(count), rows), 1) + odd[0] / 50
    chance /= chance.sum(axis=1, keepdims=True)
    target = np.concatenate([np.arange(count), random.integers(0, count, rows - count)]).astype(np.float64)
    decided = chance.argmax(axis=1)
    truth = np.eye(count)[target.astype(int)]
    auc, precision = evaluate.ranking_intervals(target, chance, replace(DRAWS, rounds=20))
    assert evaluate.log_losses(target, chance).mean() == pytest.approx(log_loss(target, chance))
    one_class = chance if count > 2 else chance[:, 1]
    assert auc.estimate == pytest.approx(roc_auc_score(target, one_class, multi_class="ovr", average="macro"))
    assert precision.estimate == pytest.approx(average_precision_score(truth, chance, average="macro"))
    brier = brier_score_loss(target, chance, scale_by_half=False)
    assert evaluate.brier_scores(target, chance).mean() == pytest.approx(brier)
    f1 = evaluate.f1_interval(target, np.eye(count)[decided], replace(DRAWS, rounds=20))
    assert f1.estimate == pytest.approx(f1_score(target, decided, average="macro", zero_division=0))


def test_two_classes_score_as_an_event_and_its_opposite() -> None:
    event = (TARGET == 1).astype(np.float64)
    both = np.column_stack([1 - CHANCE[:, 1], CHANCE[:, 1]])
    assert evaluate.log_losses(event, both) == pytest.approx(evaluate.log_losses(event, CHANCE[:, 1]))
    pair, single = (evaluate.ranking_intervals(event, each, DRAWS)[0] for each in (both, CHANCE[:, 1]))
    assert (pair.estimate, pair.lower, pair.upper) == pytest.approx((single.estimate, single.lower, single.upper))
    slope, one = (evaluate.calibration_slope(event, each, DRAWS) for each in (both, CHANCE[:, 1]))
    assert (slope.estimate, slope.lower) == pytest.approx((one.estimate, one.lower), abs=1e-4)


def test_a_better_challenger_is_superior_and_a_worse_one_is_kept_out() -> None:
    decision = gate.judge(GATE, CONTEST)
    assert decision.decision == "superior"
    assert decision.evidence is not None
    assert sum(decision.evidence.rows.values()) == 3000
    assert gate.judge(GATE, replace(CONTEST, challenger=WORSE, rival=GOOD)).decision == "keep"


def test_too_few_rows_of_one_class_decide_nothing_and_are_counted() -> None:
    kept = np.flatnonzero((TARGET != 2) | (np.cumsum(TARGET == 2) <= 99))
    few = Contest(
        TARGET[kept], replace(GOOD, probability=CHANCE[kept]), gate.dummy(TARGET[kept], "", NAMES), classes=NAMES
    )
    decision = gate.judge(GATE, few)
    assert (decision.decision, decision.rule) == ("insufficient_evidence", "minimum_events")
    assert "and 99 of 'c' are held out; 100 of each are needed" in decision.reason


@pytest.mark.parametrize("stretch", [0.6, 1.7])
def test_probabilities_that_are_too_timid_or_too_extreme_are_vetoed(stretch: float) -> None:
    decision = gate.judge(
        GATE, replace(CONTEST, challenger=contestant(SCORES * stretch), rival=gate.dummy(TARGET, "", NAMES))
    )
    assert (decision.decision, decision.rule) == ("keep", "calibration_slope")


def test_one_class_with_wrong_probabilities_is_vetoed_although_the_others_make_up_for_it() -> None:
    odds = CHANCE[:, 2] / (1 - CHANCE[:, 2])
    timid = odds**0.45 / (1 + odds**0.45)
    rest = CHANCE[:, :2] ** 1.2
    bent = np.column_stack([rest * ((1 - timid) / rest.sum(axis=1))[:, None], timid])
    decision = gate.judge(
        GATE, replace(CONTEST, challenger=replace(GOOD, probability=bent), rival=gate.dummy(TARGET, "", NAMES))
    )
    assert (decision.decision, decision.rule) == ("keep", "calibration_slope")
    assert "of 'c' lies outside 0.8 to 1.25" in decision.reason


def test_a_class_the_challenger_has_not_learned_counts_at_the_largest_loss_and_is_recorded() -> None:
    blind = Contestant("version 2", CHANCE[:, :2] / CHANCE[:, :2].sum(axis=1, keepdims=True), classes=("a", "b")).among(
        NAMES
    )
    decision = gate.judge(GATE, replace(CONTEST, challenger=blind))
    assert (decision.decision, decision.rule) == ("keep", "dummy")
    assert decision.evidence is not None
    assert decision.evidence.unlearned == {"c": int((TARGET == 2).sum())}
    assert evaluate.log_losses(np.array([2.0]), blind.probability[:1])[0] == pytest.approx(34.54, abs=0.01)


def test_flips_and_mcnemar_compare_the_classes_decided_on() -> None:
    decision = gate.judge(GATE, CONTEST)
    assert decision.evidence is not None
    mine, other = CHANCE.argmax(axis=1), WORSE.probability.argmax(axis=1)
    assert decision.evidence.flipped == pytest.approx((mine != other).mean())
    tested = decision.evidence.mcnemar
    assert tested.only_challenger_right == int(((mine == TARGET) & (other != TARGET)).sum())
    assert tested.only_rival_right == int(((mine != TARGET) & (other == TARGET)).sum())
