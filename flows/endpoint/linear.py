"""Scores a row by the coefficients of a linear model, in plain arithmetic: microseconds; pandas needs milliseconds.

The coefficients are one of the version's verified witnesses; what is made of them is tried on the probe rows again.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.endpoint.schema import Features
from flows.errors import TidemillError
from flows.store import Answer, Model, is_close, logistic, softmax


@dataclass(frozen=True)
class Weights:
    """What each category of a feature adds to the score, and what any other one does."""

    known: Mapping[str | None, float]
    other: float


@dataclass(frozen=True)
class Slope:
    """What a number adds to the score: (number - mean) / scale * coefficient, after its imputation."""

    if_missing: float
    mean: float
    scale: float
    coefficient: float


@dataclass(frozen=True)
class Linear:
    """The score of a logistic model, or of one class of it: its intercept, and what each feature adds to it."""

    intercept: float
    slopes: Sequence[tuple[str, Slope]]
    weights: Sequence[tuple[str, Weights]]

    def score(self, features: Features) -> float:
        """Return the score of one row."""
        parts = [self.intercept]
        parts += [_sloped(slope, features[name]) for name, slope in self.slopes]
        parts += [weights.known.get(features[name], weights.other) for name, weights in self.weights]  # type: ignore[arg-type]
        return math.fsum(parts)


def scorer(model: Model) -> Callable[[Sequence[Features]], list[Answer]] | None:
    """Return what scores rows by a version's coefficients; None where it has none of a logistic model.

    Raises
    ------
    TidemillError
        When it does not give the probe rows the probabilities they had when the version was stored.
    """
    answer = _answerer(json.loads(model.coefficients), model.manifest.classes) if model.coefficients else None
    if answer is None:
        return None
    for probe in model.manifest.probes:
        given = answer(probe.features)
        if not is_close(given, probe.probability):
            raise TidemillError(
                f"{model.manifest.classifier} version {model.manifest.version}: its coefficients give {given!r} for "
                f"{dict(probe.features)}, the pickle {probe.probability!r}; this is a defect of Tidemill's: report it"
            )
    return lambda rows: [answer(each) for each in rows]


def _answerer(formula: Mapping[str, Any], classes: Sequence[str]) -> Callable[[Features], Answer] | None:
    """Return what answers for one row: with the probability of a 1, or with that of each class."""
    if formula["link"] == "logistic":
        linear = _linear(formula)
        return lambda features: logistic(linear.score(features))
    if formula["link"] == "softmax":
        linears = [_linear(formula["classes"][name]) for name in classes]
        return lambda features: softmax([each.score(features) for each in linears])
    return None


def _linear(formula: Mapping[str, Any]) -> Linear:
    terms = formula["terms"]
    slopes = [
        (each["feature"], Slope(each["if_missing"], each["mean"], each["scale"], each["coefficient"]))
        for each in terms
        if "mean" in each
    ]
    categorical = dict.fromkeys(each["feature"] for each in terms if "mean" not in each)
    weights = [(name, _weights([each for each in terms if each["feature"] == name])) for name in categorical]
    return Linear(float(formula["intercept"]), slopes, weights)


def _weights(terms: Sequence[Mapping[str, Any]]) -> Weights:
    others = [each for each in terms if "all_but" in each]
    named = [each["category"] for each in terms if "category" in each]
    known = {category: 0.0 for category in [*named, *(name for each in others for name in each["all_but"])]}
    for each in terms:
        matching = [each["category"]] if "category" in each else [name for name in known if name not in each["all_but"]]
        for category in matching:
            known[category] += each["coefficient"]
    return Weights(known, sum(each["coefficient"] for each in others))


def _sloped(slope: Slope, value: Any) -> float:
    number = slope.if_missing if value is None else value
    return (number - slope.mean) / slope.scale * slope.coefficient
