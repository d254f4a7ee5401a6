"""Alarms: rare on stable rows, sure on planted drifts, corrected for the number of measures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmarks.drift import SCENARIOS, alarm_rates
from flows.drift import measures
from flows.drift.measures import Bins, Measure

STABLE, COPIES_AS_ROWS, COPIES_AS_ENTITIES, *PLANTED = SCENARIOS
COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=20)


def test_stable_resampled_rows_raise_an_alarm_in_under_5_percent_of_runs() -> None:
    alarms, by_size_alone = alarm_rates(seed=1, replications=25, rows=100, scenario=STABLE)
    assert alarms < 0.05 < by_size_alone


def test_rows_of_one_entity_are_no_independent_evidence() -> None:
    as_rows, _ = alarm_rates(seed=1, replications=5, rows=100, scenario=COPIES_AS_ROWS)
    as_entities, _ = alarm_rates(seed=1, replications=5, rows=100, scenario=COPIES_AS_ENTITIES)
    assert as_entities < 0.05 < as_rows


@pytest.mark.parametrize("scenario", PLANTED, ids=lambda each: each.name)
def test_a_planted_drift_is_found_in_1000_rows(scenario: object) -> None:
    assert alarm_rates(seed=1, replications=3, rows=1000, scenario=scenario)[0] == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "p_value", "is_alarm"), [(0.3, 0.001, True), (0.1, 0.001, False), (0.3, 0.02, False), (0.2, 0.0, True)]
)
def test_an_alarm_needs_both_a_size_and_a_test(size: float, p_value: float, is_alarm: bool) -> None:
    (judged,) = measures.judged([Measure("feature", "age", size, 0.2, p_value, 10, 10)], 0.01)
    assert judged.is_alarm is is_alarm


def test_p_values_are_corrected_as_holm_does_by_hand() -> None:
    assert measures.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert measures.holm([0.5, 0.9]) == [1.0, 1.0]
    assert measures.holm([]) == []


@hypothesis_settings(deadline=None, derandomize=True)
@given(then=COUNTS, now=COUNTS)
def test_a_stability_index_is_never_below_0_and_0_for_equal_shares(then: list[int], now: list[int]) -> None:
    bins = min(len(then), len(now))
    before, after = (np.asarray(each[:bins], np.float64) + 1 for each in (then, now))
    assert measures.stability_index(before, after) >= 0
    assert measures.stability_index(before, 3 * before) == pytest.approx(0)
    statistic, p_value = measures.homogeneity(before, after)
    assert statistic >= 0
    assert 0 <= p_value <= 1


def test_a_stability_index_is_siddiqis_by_hand() -> None:
    # (0.5 - 0.25) ln(0.5 / 0.25) + (0.5 - 0.75) ln(0.5 / 0.75)
    moved = measures.distribution("feature", "age", Bins(["1", "2"], [25, 75], [500, 500]), 0.2)
    assert moved.size == pytest.approx(0.25 * np.log(2) - 0.25 * np.log(2 / 3))
    assert (moved.rows_then, moved.rows_now) == (100, 1000)


def test_a_loss_below_the_promised_one_is_no_drift() -> None:
    assert measures.worse(0.5, 0.01, 0.3, 0.01)[1] == pytest.approx(1)
    assert measures.worse(0.5, 0.0, 0.6, 0.0) == (0.0, 1.0)
