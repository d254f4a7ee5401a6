"""The only writer of the `records` schema (beside dbt's models in `models/records/`).

Knows how one record of each table is written. Does not decide what is recorded.
"""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import duckdb

from flows.records.classifiers import Deployment, Drift, Model, Prediction, Training
from flows.records.schema import ensure
from flows.records.tables import TABLES, File, FileLoad, Freshness, Output, Record, RejectedRecord, Run, SchemaChange
from flows.sql import literal

__all__ = [
    "PYTHON_TABLES",
    "Deployment",
    "Drift",
    "File",
    "FileLoad",
    "Freshness",
    "Model",
    "Output",
    "Prediction",
    "Record",
    "RejectedRecord",
    "Run",
    "SchemaChange",
    "Training",
    "add",
    "begin",
    "end",
    "ensure",
    "last_load_id",
    "next_id",
    "note_dbt_invocation",
    "note_fingerprint",
    "now",
]

PYTHON_TABLES = tuple(TABLES.values())
# Below this, single inserts are faster than the import of pyarrow.
FEW_RECORDS = 20


def now() -> datetime:
    """Return the time in UTC as the records keep it (without zone)."""
    return datetime.now(UTC).replace(tzinfo=None)


def add(connection: duckdb.DuckDBPyConnection, *records: Record) -> None:
    """Append records, all of one kind, to their table."""
    if not records:
        return
    names = [each.name for each in fields(records[0])]
    columns = {name: [_stored(getattr(record, name)) for record in records] for name in names}
    table = f"records.{TABLES[type(records[0])]} ({', '.join(names)})"
    if len(records) > FEW_RECORDS or isinstance(records[0], RejectedRecord):
        _add_many(connection, table, columns)
    else:
        rows = (f"({', '.join(map(_literal, row))})" for row in zip(*columns.values(), strict=True))
        connection.execute(f"insert into {table} values {', '.join(rows)}")


def _add_many(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, list[Any]]) -> None:
    import pyarrow as pa  # late: only many records are worth its import

    connection.register("_many_records", pa.table(columns))
    connection.execute(f"insert into {table} select * from _many_records")
    connection.unregister("_many_records")


def _literal(value: Any) -> str:
    """Return a value as an SQL literal; a parameter would make DuckDB import pandas."""
    return "null" if value is None else literal(value)


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
