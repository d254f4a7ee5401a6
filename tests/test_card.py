"""The card: one page that shows a version without a network, drawn again alike from the same numbers."""

import json
import re

import numpy as np

from flows import store
from flows.deploy import card
from flows.settings import Settings
from tests.attacks import folder
from tests.people import publish_people, turn


def test_a_judged_version_has_a_self_contained_card_and_its_decision_in_the_manifest(settings: Settings) -> None:
    publish_people(settings)
    summary = turn(settings)
    manifest = store.read_manifest(settings, "leaving", 1)
    assert (manifest.decision, manifest.decision_reason) == (summary.decision, summary.reason)
    assert manifest.metrics["log_loss"]["estimate"] == summary.scores["log_loss"].estimate
    page = (folder(settings) / "card.html").read_text()
    for shown in (
        "ROC",
        "Calibration",
        "version 1",
        "Decisions of the dummy at 0.5",
        "city = Ulm",
        "city = (missing)",
        summary.reason,
    ):
        assert shown in page
    assert page.count("<svg") == 3
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)|url\((?!["']?#)|@import|<script""", page)


def test_coefficients_have_intervals_around_them(settings: Settings) -> None:
    publish_people(settings)
    turn(settings)
    terms = json.loads((folder(settings) / "coefficients.json").read_text())["terms"]
    assert all(each["lower"] < each["coefficient"] < each["upper"] for each in terms)
    (age,) = [each for each in terms if each["feature"] == "age"]
    # The chance to leave is the age in percent: far from nothing.
    assert age["lower"] > 0.5 and age["upper"] - age["lower"] < 0.5


def test_what_stands_in_names_is_shown_as_text_and_not_as_markup() -> None:
    formula = {"terms": [{"feature": "<s>", "category": "$x$ & </svg>", "coefficient": 1.0}]}
    target, probability = np.array([0.0, 1.0]), np.array([0.2, 0.7])
    shown = card.Card(
        "<i>", "keep", "a < b", {"<u>": "&"}, target, {"a": probability}, {"a": 0.5}, json.dumps(formula).encode()
    )
    page = card.render(shown).decode()
    assert page == card.render(shown).decode()
    assert not {"<i>", "<u>", "<s>"} & set(re.findall(r"<\w+>", page.partition("<h1>")[2]))
    assert page.count("</svg>") == 3


def test_each_models_decisions_are_counted_at_its_own_threshold() -> None:
    target, probabilities = np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.1, 0.4, 0.4, 0.8])
    names = {"version 2": 0.5, "version 1": 0.3}
    shown = card.Card("", "keep", "", {}, target, dict.fromkeys(names, probabilities), names)
    figure = list(card._scores(shown))[-1]
    counted = {axes.get_title(): [int(each.get_text()) for each in axes.texts] for axes in figure.axes}
    assert counted == {"Decisions of version 2 at 0.5": [3, 0, 0, 1], "Decisions of version 1 at 0.3": [1, 2, 0, 1]}
