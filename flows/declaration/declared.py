"""What a dbt project can declare, as frozen dataclasses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

FeatureKind = Literal["numeric", "categorical", "boolean"]


@dataclass(frozen=True)
class SourceColumn:
    """A declared column of a source: its name, its type in `raw`, and other names files give it."""

    name: str
    data_type: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Freshness:
    """How long a source may bring no rows until a run warns, and until it fails."""

    warn_after: timedelta | None = None
    error_after: timedelta | None = None


@dataclass(frozen=True)
class Source:
    """One declared source table: which files belong to it and how they may be read."""

    name: str
    raw_table: str
    declared_in: str
    location: str
    file_format: str | None
    options: Mapping[str, str]
    columns: tuple[SourceColumn, ...]
    schedule: str | None
    on_change: str
    schema_policy: str
    max_rejected: float
    freshness: Freshness | None = None

    @property
    def is_superseding(self) -> bool:
        """Tell whether what lies at a place now replaces what lay there."""
        return self.on_change == "replace"


@dataclass(frozen=True)
class Feature:
    """A column the classifier learns from, or a part of a date column, such as its month."""

    name: str
    data_type: str
    kind: FeatureKind
    date_column: str | None = None
    date_part: str | None = None


@dataclass(frozen=True)
class Gate:
    """When a challenger may replace the champion; docs/gate.md explains every setting and its default."""

    bootstrap_rounds: int = 1000
    confidence: float = 0.95
    minimum_events: int = 100
    holdout_share: float = 0.25
    seed: int = 0
    entity: str | None = None
    slices: tuple[str, ...] = ()
    max_flipped: float = 1.0
    refresh_on: tuple[str, ...] = ()
    refresh_after_days: int = 90

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns by which held-out rows are grouped, each once; they need not be features."""
        return tuple(dict.fromkeys([*([self.entity] if self.entity else []), *self.slices]))


@dataclass(frozen=True)
class TrainSettings:
    """When a classifier is trained again, and how; the defaults are explained in `flows/declaration/training.py`."""

    new_rows: float | None = None
    drift: float | None = None
    falling_score: float | None = None
    search: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    folds: int = 5
    leak_auc: float = 0.99
    rows_in_memory: int = 1_000_000
    keep_training_rows: int | None = None


@dataclass(frozen=True)
class DriftLimits:
    """From which size on a difference is an alarm, if chance is less likely than `p_value` (docs/drift.md)."""

    psi: float = 0.2
    missing: float = 0.05
    label_rate: float = 0.05
    loss: float = 0.05
    p_value: float = 0.01


@dataclass(frozen=True)
class Classifier:
    """An exposure of type `ml`: what is trained, on which published table, and how it may be replaced.

    The target is true or false, or, where `is_multi_class`, each of its values is a class.
    """

    name: str
    declared_in: str
    schema: str
    table: str
    key: str
    target: str
    time_column: str | None
    features: tuple[Feature, ...]
    estimator: str
    params: Mapping[str, Any]
    schedule: str | None
    gate: Gate
    training: TrainSettings = field(default_factory=TrainSettings)
    drift: DriftLimits = field(default_factory=DriftLimits)
    is_multi_class: bool = False
    has_shadow: bool = False

    @property
    def predictions(self) -> str:
        """The table of its predictions."""
        return f"marts.{self.name}_predictions"


@dataclass(frozen=True)
class Comparison:
    """How two values of a column are compared: by which method, and the levels of likeness, the most alike first."""

    column: str
    method: str
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class Linkage:
    """Which rows of a model's input are taken for the same thing, and how sure that must be.

    Two rows are compared where all expressions of any of the blocking rules are equal.
    """

    name: str
    key: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    blocking_rules: Mapping[str, tuple[str, ...]]
    match_threshold: float
    review_threshold: float
    max_cluster_size: int
    minimum_rows: int = 500
    seed: int = 0


@dataclass(frozen=True)
class Declaration:
    """Everything the dbt project declares that the flows need."""

    project: str
    sources: tuple[Source, ...]
    classifiers: tuple[Classifier, ...]
    linkages: tuple[Linkage, ...] = ()
