"""The gate's vetoes on several classes: a slice and the anchor set tell, whatever all rows together say."""

from dataclasses import replace

import numpy as np
from scipy.special import softmax

from flows import gate
from flows.declaration.declared import Gate
from flows.gate import Contest, Contestant
from tests.species import NAMES

RANDOM = np.random.default_rng(0)
SCORES = RANDOM.normal(size=(4000, 3)) * 1.5
TARGET = (softmax(SCORES, axis=1).cumsum(axis=1) < RANDOM.random((4000, 1))).sum(axis=1).astype(float)


def contestant(scores: np.ndarray, is_deployed: bool = False) -> Contestant:
    return Contestant("version", softmax(scores, axis=1), 0.5, classes=NAMES, is_deployed=is_deployed)


CONTEST = Contest(TARGET, contestant(SCORES), contestant(SCORES * 0.3, is_deployed=True), classes=NAMES)
GATE = Gate(bootstrap_rounds=200, max_flipped=1.0)


def test_a_slice_where_a_challenger_of_several_classes_is_clearly_worse_is_a_veto() -> None:
    assert gate.judge(GATE, CONTEST).decision == "superior"
    is_blue = np.arange(4000) % 12 == 0
    mistaken = contestant(np.where(is_blue[:, None], SCORES * 0.0, SCORES))
    slices = {"colour is blue": is_blue, "colour is red": ~is_blue}
    decision = gate.judge(GATE, replace(CONTEST, challenger=mistaken, slices=slices))
    assert decision.decision == "keep" and "clearly worse where colour is blue" in decision.reason


def test_the_anchor_set_vetoes_a_challenger_of_several_classes_that_is_worse_on_it() -> None:
    anchor = replace(CONTEST, challenger=CONTEST.rival, rival=CONTEST.challenger, rows_sha256="5e")
    decision = gate.judge(GATE, replace(CONTEST, anchor=anchor))
    assert (decision.decision, decision.rule) == ("keep", "anchor")
