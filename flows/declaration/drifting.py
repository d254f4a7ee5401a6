"""Which drift is an alarm: `config.meta.drift` of an exposure; docs/drift.md says where the defaults are from."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flows.declaration.checks import above_zero, between, known_keys, mapping
from flows.declaration.declared import DriftLimits


def drift_limits(where: str, declared: Any) -> DriftLimits:
    """Read the limits of `drift`, each with its check."""
    known_keys(where, mapping(where, declared), tuple(DRIFT_CHECKS))
    return DriftLimits(**{name: DRIFT_CHECKS[name](f"{where}.{name}", value) for name, value in declared.items()})


_between_0_and_1 = partial(between, low=0, high=1)
DRIFT_CHECKS: Mapping[str, Callable[[str, Any], float]] = {
    "psi": above_zero,
    "missing": _between_0_and_1,
    "label_rate": _between_0_and_1,
    "loss": above_zero,
    "p_value": _between_0_and_1,
}
