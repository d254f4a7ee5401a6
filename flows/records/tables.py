"""One dataclass per record table that Python writes; `records.sql` says the same to DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.records.classifiers import Deployment, Drift, Model, Prediction, Training


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
    Prediction: "predictions",
}
ClassifierRecord = Model | Training | Deployment | Drift | Prediction
Record = Run | File | FileLoad | RejectedRecord | SchemaChange | Freshness | Output | ClassifierRecord
