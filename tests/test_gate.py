"""The gate's rules, on arrays: what is promoted, what is vetoed, and on which evidence."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from flows import evaluate, gate
from flows.declaration import Gate
from flows.declaration.declared import DriftLimits
from flows.evaluate import Array, Bootstrap
from flows.gate import Contest, Contestant

GATE = Gate(bootstrap_rounds=200)
DRAWS = Bootstrap(200, 0.95, 0)
SCORES = np.random.default_rng(1).normal(-1, 1.5, 4000)
TARGET = (np.random.default_rng(2).random(4000) < expit(SCORES)).astype(np.float64)
NOISE = np.random.default_rng(3).normal(0, 1, 4000)


def contestant(scores: Array, name: str = "version 2") -> Contestant:
    return Contestant(name, expit(scores))


# As good as the rows allow, and one that sees less.
GOOD = contestant(SCORES)
WORSE = replace(contestant((SCORES + NOISE + 0.3) * 0.6, "version 1"), is_deployed=True)
CONTEST = Contest(TARGET, GOOD, WORSE)


def test_a_better_challenger_is_superior_and_a_worse_one_is_kept_out() -> None:
    assert gate.judge(GATE, CONTEST).decision == "superior"
    swapped = gate.judge(GATE, replace(CONTEST, challenger=WORSE, rival=GOOD))
    assert (swapped.decision, swapped.rule) == ("keep", "superior")
    assert "not shown to be better: log loss improves on version 2 by -0.0" in swapped.reason


def test_a_challenger_that_is_no_worse_is_a_refresh_only_for_a_declared_reason() -> None:
    same = replace(CONTEST, rival=replace(GOOD, name="version 1", is_deployed=True))
    assert gate.judge(GATE, same).decision == "keep"
    decision = gate.judge(GATE, replace(same, refresh_reasons=("version 1 is 120 days old",)))
    assert (decision.decision, decision.is_promotion) == ("refresh", True)
    assert decision.reason.startswith("no worse, and version 1 is 120 days old: log loss improves on version 1 by 0.0")
    worse = replace(CONTEST, challenger=contestant(SCORES * 0.9), rival=GOOD, refresh_reasons=("it is old",))
    assert gate.judge(GATE, worse).decision == "keep"


@pytest.mark.parametrize("events", [99, 100])
def test_below_a_hundred_events_or_non_events_nothing_is_decided(events: int) -> None:
    target = np.repeat([1.0, 0.0], [events, 300])
    for held_out in (target, 1 - target):
        chance = Contestant("version 1", np.where(held_out == 1, 0.8, 0.1))
        decision = gate.judge(GATE, Contest(held_out, chance, gate.dummy(held_out)))
        assert (decision.rule == "minimum_events") == (events < 100)


def test_a_model_not_shown_to_be_better_than_the_dummy_is_vetoed() -> None:
    rival = replace(contestant(-SCORES), is_deployed=True)
    decision = gate.judge(GATE, replace(CONTEST, challenger=contestant(NOISE * 0.1), rival=rival))
    assert (decision.decision, decision.rule) == ("keep", "dummy")
    assert decision.evidence is not None and decision.evidence.improvement.lower > 0


@pytest.mark.parametrize("stretch", [0.6, 1.7])
def test_probabilities_that_are_too_timid_or_too_extreme_are_vetoed(stretch: float) -> None:
    decision = gate.judge(GATE, replace(CONTEST, challenger=contestant(SCORES * stretch), rival=gate.dummy(TARGET)))
    assert (decision.decision, decision.rule) == ("keep", "calibration_slope")
    assert "lies outside 0.8 to 1.25" in decision.reason


def test_a_challenger_clearly_worse_in_a_declared_slice_is_vetoed_and_the_slice_named() -> None:
    is_ulm = np.arange(4000) % 8 == 0
    guess = contestant(np.where(is_ulm, -SCORES, SCORES))
    slices = {"city is Ulm": is_ulm, "city is Bonn": ~is_ulm, "city is Kiel": np.arange(4000) < 20}
    far = replace(contestant(SCORES * 0.05 - 2), is_deployed=True)
    decision = gate.judge(GATE, replace(CONTEST, challenger=guess, rival=far, slices=slices))
    assert decision.evidence is not None and decision.evidence.improvement.lower > 0
    assert sorted(decision.evidence.slices) == ["city is Bonn", "city is Ulm"]
    assert "clearly worse where city is Ulm" in decision.reason and "Bonn" not in decision.reason


def test_flipped_decisions_are_counted_against_a_deployed_version_only() -> None:
    strict = replace(GATE, max_flipped=0.05)
    decision = gate.judge(strict, CONTEST)
    assert (decision.decision, decision.rule) == ("keep", "max_flipped")
    assert "of the decisions flip; 5.0% may" in decision.reason
    assert gate.judge(strict, replace(CONTEST, rival=gate.dummy(TARGET))).decision == "superior"


def test_the_settings_hash_changes_with_every_setting() -> None:
    limits, others = DriftLimits(), (Gate(), replace(GATE, seed=1), replace(GATE, slices=("city",)))
    assert gate.settings_sha256(GATE, limits) == gate.settings_sha256(Gate(bootstrap_rounds=200), DriftLimits())
    assert len({gate.settings_sha256(each, limits) for each in (GATE, *others)}) == 4


def test_limits_of_drift_are_settings_of_the_gate_only_where_drift_is_a_declared_reason() -> None:
    wide, watching = DriftLimits(psi=0.5), replace(GATE, refresh_on=("drift",))
    assert gate.settings_sha256(GATE, DriftLimits()) == gate.settings_sha256(GATE, wide)
    assert gate.settings_sha256(watching, DriftLimits()) != gate.settings_sha256(watching, wide)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), rows=st.integers(2, 200), is_clustered=st.booleans())
def test_swapping_champion_and_challenger_mirrors_the_interval(seed: int, rows: int, is_clustered: bool) -> None:
    random = np.random.default_rng(seed)
    entities = evaluate.entity_codes(pd.Series(random.integers(0, 9, rows))) if is_clustered else None
    one, other = random.normal(size=(2, rows))
    draws = replace(DRAWS, entities=entities)
    there, back = evaluate.mean_interval(one - other, draws), evaluate.mean_interval(other - one, draws)
    mirrored = (-back.estimate, -back.upper, -back.lower)
    assert (there.estimate, there.lower, there.upper) == pytest.approx(mirrored, abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(names=st.lists(st.text(max_size=3), min_size=2, max_size=50, unique=True), seed=st.integers(0, 1000))
def test_clustered_is_unclustered_where_every_entity_has_one_row(names: list[str], seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=len(names))
    clustered = replace(DRAWS, entities=evaluate.entity_codes(pd.Series(names, dtype=object)))
    assert evaluate.mean_interval(values, clustered) == evaluate.mean_interval(values, DRAWS)


def test_rows_that_repeat_within_an_entity_add_no_evidence() -> None:
    values = np.random.default_rng(0).normal(size=100)
    entities = evaluate.entity_codes(pd.Series(np.repeat(np.arange(100), 10)))
    repeated = evaluate.mean_interval(values.repeat(10), replace(DRAWS, entities=entities))
    single = evaluate.mean_interval(values, DRAWS)
    assert (repeated.lower, repeated.upper) == pytest.approx((single.lower, single.upper))
    slope = evaluate.calibration_slope(TARGET[:400], expit(SCORES[:400]), DRAWS)
    codes = np.repeat(np.arange(400), 10)
    again = evaluate.calibration_slope(
        TARGET[:400].repeat(10), expit(SCORES[:400]).repeat(10), replace(DRAWS, entities=codes)
    )
    assert (again.estimate, again.lower) == pytest.approx((slope.estimate, slope.lower), abs=1e-4)


def test_rows_without_an_entity_are_entities_of_their_own() -> None:
    assert evaluate.entity_codes(pd.Series(["b", None, "a", None, "b"])).tolist() == [0, 1, 2, 3, 0]


def test_slope_and_f1_are_those_of_scikit_learn() -> None:
    chance = expit(SCORES * 1.4 + NOISE)
    fitted = LogisticRegression(C=np.inf).fit(logit(chance)[:, None], TARGET)
    slope = evaluate.calibration_slope(TARGET, chance, DRAWS)
    assert slope.estimate == pytest.approx(fitted.coef_[0, 0], abs=1e-3)
    assert slope.lower < slope.estimate < slope.upper
    decision = (chance >= 0.5).astype(np.float64)
    assert evaluate.f1_interval(TARGET, decision, DRAWS).estimate == pytest.approx(f1_score(TARGET, decision))


def test_certain_and_constant_probabilities_are_scored_without_a_warning() -> None:
    for chance in (TARGET, 1 - TARGET, np.full(4000, 0.3), np.round(expit(SCORES))):
        assert np.isfinite(evaluate.calibration_slope(TARGET, chance, DRAWS).estimate)


def test_mcnemar_counts_the_rows_where_only_one_is_right() -> None:
    target, sure = np.repeat([1.0, 0.0], 20), np.repeat([1.0, 0.0], [25, 15])
    tested = evaluate.mcnemar(target, target, sure, 0.95)
    assert (tested.only_challenger_right, tested.only_rival_right, tested.p_value) == (5, 0, 0.0625)
    assert (tested.challenger_share.estimate, tested.challenger_share.upper) == (1, 1)
    assert evaluate.mcnemar(target, target, target, 0.95).p_value == 1


def test_mcnemar_takes_the_rows_of_an_entity_for_one_answer() -> None:
    # Durkalski and others 2003: d of 3/4, -1/4 and 2/2 give (3/2)^2 / (9/16 + 1/16 + 1) = 18/13.
    entities = np.repeat([0, 1, 2], [4, 4, 2])
    target = np.ones(10)
    challenger = np.array([1, 1, 1, 1, 0, 1, 1, 1, 1, 1], dtype=float)
    rival = np.array([0, 0, 0, 1, 1, 1, 1, 1, 0, 0], dtype=float)
    tested = evaluate.mcnemar(target, challenger, rival, 0.95, entities)
    assert (tested.only_challenger_right, tested.only_rival_right) == (5, 1)
    assert tested.p_value == pytest.approx(chi2.sf(18 / 13, 1))
    # One entity of a hundred rows is one answer, however sure its rows look by themselves.
    one = np.r_[np.zeros(100, dtype=int), 1 + np.arange(20)]
    answers = np.r_[np.ones(100), np.tile([1.0, 0.0], 10)]
    alone = evaluate.mcnemar(np.ones(120), answers, 1 - answers, 0.95)
    together = evaluate.mcnemar(np.ones(120), answers, 1 - answers, 0.95, one)
    assert alone.p_value < 1e-9 < 0.5 < together.p_value
    assert together.challenger_share.lower < alone.challenger_share.lower


def test_mcnemar_of_entities_is_right_as_often_as_it_says() -> None:
    random = np.random.default_rng(4)
    entities = np.repeat(np.arange(60), 5)
    rejected = 0
    for _ in range(400):
        challenger = np.repeat(random.integers(2, size=60), 5).astype(float)
        rejected += evaluate.mcnemar(np.ones(300), challenger, 1 - challenger, 0.95, entities).p_value < 0.05
    assert rejected < 400 * 0.09
