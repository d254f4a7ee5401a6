"""The regression behind a calibration slope (Cox 1958): of what happened on the logits of what was predicted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
SMALLEST_PROBABILITY = 1e-15


@dataclass(frozen=True)
class Recalibration:
    """A logistic regression of the target on the logits: slope, inverse curvature, and the pull of each entity."""

    slope: float
    inverse: Array
    pulls: Array


def recalibrated(target: Array, probability: Array, entities: Codes | None) -> Recalibration:
    """Fit the regression; entities number what belongs together, from 0 on."""
    scores = logit(np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY))
    design = np.column_stack([np.ones(len(scores)), scores])
    start = np.array([0.0, 1.0])
    fitted = minimize(_fit, start, (design, target), jac=True, hess=_curvature, method="trust-exact").x
    inverse = np.linalg.pinv(_curvature(fitted, design, target)).astype(np.float64)
    pulls = _summed(design * (target - expit(design @ fitted))[:, None], entities)
    return Recalibration(float(fitted[1]), inverse, pulls)


def _fit(coefficients: Array, design: Array, target: Array) -> tuple[float, Array]:
    """Return the mean log loss and its gradient."""
    scores = design @ coefficients
    loss = (np.logaddexp(0, scores) - target * scores).mean()
    return float(loss), design.T @ (expit(scores) - target) / len(target)


def _curvature(coefficients: Array, design: Array, target: Array) -> Array:
    chance = expit(design @ coefficients)
    curvature: Array = (design * (chance * (1 - chance))[:, None]).T @ design / len(target)
    return curvature


def _summed(values: Array, entities: Codes | None) -> Array:
    """Return each entity's sum, as a share of all rows."""
    if entities is None:
        return values / len(values)
    sums = np.zeros((int(entities.max()) + 1, values.shape[1]))
    np.add.at(sums, entities, values)
    return sums / len(values)
