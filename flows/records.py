"""The only writer of the `records` schema (beside dbt's models in `models/records/`).

Knows the tables of `records.sql` and how one record of each is written. Does not decide what is recorded.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from flows.sql import literal

PYTHON_TABLES = (
    "runs",
    "files",
    "file_loads",
    "rejected_records",
    "schema_changes",
    "outputs",
    "models",
    "deployments",
)


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
    modified_at: datetime
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
    container_sha256: str | None = None
    format: str | None = None
    format_detected_by: str | None = None
    compression: str | None = None
    encoding: str | None = None
    encoding_confidence: float | None = None
    dialect: Mapping[str, Any] | None = None
    detected_by: str | None = None
    records_read: int = 0
    header_records: int = 0
    preamble_records: int = 0
    blank_records: int = 0
    comment_records: int = 0
    footer_records: int = 0
    loaded_records: int = 0
    quarantined_records: int = 0
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
    """One trained version of a classifier, or one training that was refused (`version` is None then)."""

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
    held_out_rows: int | None = None
    features: Sequence[str] | None = None
    params: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    package_versions: Mapping[str, str] | None = None
    seed: int | None = None
    code_version: str | None = None
    champion_version: int | None = None


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


TABLES = {
    Run: "runs",
    File: "files",
    FileLoad: "file_loads",
    RejectedRecord: "rejected_records",
    SchemaChange: "schema_changes",
    Output: "outputs",
    Model: "models",
    Deployment: "deployments",
}
# Below this, single inserts are faster than the import of pyarrow.
MANY_ROWS = 20
Record = Run | File | FileLoad | RejectedRecord | SchemaChange | Output | Model | Deployment


def now() -> datetime:
    """Return the time in UTC as the records keep it (without zone)."""
    return datetime.now(UTC).replace(tzinfo=None)


@cache
def _schema_sql() -> str:
    return (Path(__file__).parent / "records.sql").read_text(encoding="utf-8")


def ensure(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas and record tables that are missing."""
    connection.execute(_schema_sql())


def add(connection: duckdb.DuckDBPyConnection, *records: Record) -> None:
    """Append records, all of one kind, to their table."""
    if not records:
        return
    rows = [{name: _stored(value) for name, value in asdict(record).items()} for record in records]
    table = f"records.{TABLES[type(records[0])]} ({', '.join(rows[0])})"
    if len(rows) > MANY_ROWS:
        _add_many(connection, table, rows)
    else:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} values ({marks})", [list(row.values()) for row in rows])


def _add_many(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa  # late: only many records are worth its import

    connection.register("_many_records", pa.Table.from_pylist(rows))
    connection.execute(f"insert into {table} select * from _many_records")
    connection.unregister("_many_records")


def add_nothing_new(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Append the record of a run that had nothing to do; without parameters, for which DuckDB would import pandas."""
    values = (run.run_id, run.flow, run.trigger, run.started_at, run.ended_at, run.status)
    connection.execute(
        "insert into records.runs (run_id, flow, trigger, started_at, ended_at, status) "
        f"values ({', '.join(literal(value) for value in values)})"
    )


def _stored(value: Any) -> Any:
    return json.dumps(value, default=str, sort_keys=True) if isinstance(value, dict | list | tuple) else value


def next_id(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    """Return the next free number of a record table; the warehouse has one writer, so it stays free."""
    row = connection.execute(f"select coalesce(max({column}), 0) + 1 from records.{table}").fetchone()
    assert row is not None
    return int(row[0])


def begin(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Record that a flow run started; runs that died without a word before it are marked interrupted."""
    if run.parent_run_id is None:
        connection.execute(
            "update records.runs set status = 'interrupted', error = 'the process ended before the run did' "
            "where status = 'running'"
        )
    add(connection, run)


def end(connection: duckdb.DuckDBPyConnection, run: Run) -> Run:
    """Record how a flow run ended, and return it as it was recorded."""
    ended = replace(run, ended_at=now())
    changed = ("ended_at", "status", "fingerprint", "last_load_id", "error")
    connection.execute(
        f"update records.runs set {', '.join(f'{name} = ?' for name in changed)} where run_id = ?",
        [*(getattr(ended, name) for name in changed), ended.run_id],
    )
    return ended


def note_dbt_invocation(connection: duckdb.DuckDBPyConnection, run_id: str, dbt_invocation_id: str) -> None:
    """Record which of dbt's invocations built for a flow run."""
    connection.execute("update records.runs set dbt_invocation_id = ? where run_id = ?", [dbt_invocation_id, run_id])


def note_fingerprint(connection: duckdb.DuckDBPyConnection, run_id: str, fingerprint: str) -> None:
    """Record what a run has seen, once everything of it is published."""
    connection.execute("update records.runs set fingerprint = ? where run_id = ?", [fingerprint, run_id])


def last_load_id(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the latest load that changed a raw table, 0 before the first."""
    row = connection.execute(
        "select coalesce(max(load_id), 0) from records.file_loads where action in ('loaded', 'superseded', 'replayed')"
    ).fetchone()
    assert row is not None
    return int(row[0])
