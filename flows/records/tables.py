"""One dataclass per record table that Python writes; `records.sql` says the same to DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Run:
    """One flow run. `run_id` is Prefect's flow run id wherever Prefect ran."""

    run_id: str
    flow: str
    trigger: str
    started_at: datetime
    parent_run_id: str | None = None
    nominal_at: datetime | None = None
    ended_at: datetime | None = None
    status: str = "running"
    fingerprint: str | None = None
    last_load_id: int | None = None
    dbt_invocation_id: str | None = None
    code_version: str | None = None
    package_versions: Mapping[str, str] | None = None
    parameters: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True)
class File:
    """One file content; an archive member or a sheet is a file of its own."""

    file_id: int
    source: str
    uri: str
    name: str
    location: str
    member: str | None
    sheet: str | None
    content_sha256: str
    container_sha256: str
    size_bytes: int
    modified_at: datetime | None
    first_seen_at: datetime
    supersedes_file_id: int | None = None


@dataclass(frozen=True)
class FileLoad:
    """One attempt at a file, with the counts of the row equation (all zero where nothing could be read)."""

    load_id: int
    run_id: str
    file_id: int | None
    source: str
    uri: str
    action: str
    started_at: datetime
    ended_at: datetime
    size_bytes: int | None = None
    modified_at: datetime | None = None
    version: str | None = None
    container_sha256: str | None = None
    format: str | None = None
    format_detected_by: str | None = None
    compression: str | None = None
    encoding: str | None = None
    encoding_confidence: float | None = None
    dialect: Mapping[str, Any] | None = None
    columns: Sequence[str] | None = None
    detected_by: str | None = None
    records_read: int = 0
    header_records: int = 0
    preamble_records: int = 0
    blank_records: int = 0
    comment_records: int = 0
    footer_records: int = 0
    loaded_records: int = 0
    quarantined_records: int = 0
    declaration_sha256: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class RejectedRecord:
    """One record that ingest could not take, as it stood in the file."""

    run_id: str
    file_id: int
    source: str
    row_number: int | None
    line: int | None
    byte_offset: int | None
    raw_text: str | None
    raw_bytes: bytes | None
    error_code: str
    message: str
    stage: str = "ingest"
    column_name: str | None = None
    bad_value: str | None = None
    expected: str | None = None
    replay_status: str | None = None
    replay_run_id: str | None = None
    replay_load_id: int | None = None


@dataclass(frozen=True)
class SchemaChange:
    """One difference between a file's columns and the declared ones, with what was decided."""

    run_id: str
    source: str
    file_id: int
    column_name: str
    change: str
    file_column_name: str | None
    decision: str


@dataclass(frozen=True)
class Freshness:
    """Whether a source's files arrived in time, as one run saw it."""

    run_id: str
    source: str
    last_loaded_at: datetime | None
    checked_at: datetime
    status: str


@dataclass(frozen=True)
class Output:
    """One published relation."""

    run_id: str
    name: str
    location: str
    row_count: int
    content_hash: str
    published_at: datetime


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


TABLES = {
    Run: "runs",
    File: "files",
    FileLoad: "file_loads",
    RejectedRecord: "rejected_records",
    SchemaChange: "schema_changes",
    Freshness: "freshness",
    Output: "outputs",
    Model: "models",
    Training: "trainings",
    Deployment: "deployments",
    Drift: "drift",
}
Record = (
    Run | File | FileLoad | RejectedRecord | SchemaChange | Freshness | Output | Model | Training | Deployment | Drift
)
