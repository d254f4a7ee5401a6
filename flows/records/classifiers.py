"""The records of classifiers: how they were trained, judged, deployed, used, and how their rows moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Model:
    """One decision on a trained version, or one training that was refused (`version` is None then)."""

    run_id: str
    classifier: str
    version: int | None
    trained_at: datetime
    trigger: str
    training_relation: str
    estimator: str
    decision: str
    reason: str
    training_rows: int | None = None
    training_rows_sha256: str | None = None
    training_rows_location: str | None = None
    training_file_sha256: str | None = None
    model_sha256: str | None = None
    held_out_rows: int | None = None
    features: Sequence[str] | None = None
    params: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    package_versions: Mapping[str, str] | None = None
    seed: int | None = None
    gate: Mapping[str, Any] | None = None
    code_version: str | None = None
    champion_version: int | None = None
    rule: str | None = None
    evidence: Mapping[str, Any] | None = None
    gate_sha256: str | None = None


@dataclass(frozen=True)
class Training:
    """Whether a classifier was trained in a run, on which trigger, and what is to know about it."""

    run_id: str
    classifier: str
    decided_at: datetime
    fired: str | None
    triggers: Mapping[str, Any]
    decision: str
    reason: str
    model_version: int | None = None
    known_rows: int | None = None
    training_rows: int | None = None
    fitted_on: str | None = None
    cuts: Sequence[str] | None = None
    search: Sequence[Any] | None = None
    warnings: Sequence[str] | None = None


@dataclass(frozen=True)
class Deployment:
    """One swap of the deployed version."""

    run_id: str
    classifier: str
    version: int
    previous_version: int | None
    deployed_at: datetime
    kind: str
    reason: str | None = None
    signature: str | None = None
    model_sha256: str | None = None


@dataclass(frozen=True)
class Drift:
    """One difference between a deployed version's rows then and now, as one run measured it."""

    run_id: str
    classifier: str
    version: int
    kind: str
    column_name: str | None
    value_then: float | None
    value_now: float | None
    size: float
    size_limit: float
    statistic: float | None
    p_value: float
    p_value_adjusted: float
    p_value_limit: float
    is_alarm: bool
    rows_then: int
    rows_now: int
    bins: Mapping[str, Any] | None
    measured_at: datetime


@dataclass(frozen=True)
class Prediction:
    """One scoring of a classifier's rows, or its refusal (`way` is None then)."""

    run_id: str
    classifier: str
    version: int
    decision: str
    way: str | None
    reason: str | None
    rows: int
    scored_at: datetime
    shadow_version: int | None = None
    shadow_reason: str | None = None
