"""Publishing: a new file of tested marts and of the records atomically replaces the one that readers open.

Knows how one DuckDB file replaces the other, and keeps `records.outputs` true to it. Does not know what tables mean.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import duckdb

from flows import records
from flows.publish import continued
from flows.settings import Settings
from flows.sql import literal, quoted
from flows.warehouse import attach, open_file, tables, write

PUBLISHED_SCHEMAS = ("marts", "records")
OUTPUTS = "records.outputs"
Outputs = Sequence[records.Output]
# Fills the new file, the last argument, from the warehouse and the published file.
Fill = Callable[[duckdb.DuckDBPyConnection, Path, Path], Outputs]


def publish(settings: Settings, run_id: str, marts: Sequence[str]) -> Outputs:
    """Replace the published file by these marts, as far as they exist, and all records.

    Readers never see half of it. Call it only when every test has passed. Returns one output per published relation.
    """
    # One connection for all of it: DuckDB's own lock keeps out whoever does not know ours, such as a dbt with another
    # profile, whose changed rows would be forgotten without having been published.
    with write(settings) as connection:
        outputs = _replace_published(connection, settings, partial(_copy_all, run_id=run_id, marts=marts))
        continued.count_from(connection, settings.published_file)
    return outputs


def publish_more(settings: Settings, run_id: str, marts: Sequence[str]) -> Outputs:
    """Publish these marts, as far as they exist, and Python's newest records beside what is already published.

    Those passed their tests when they were published; what lies in the warehouse meanwhile may not have.
    """
    with write(settings) as connection:
        is_counted_from = continued.is_counted_from(connection, settings.published_file)
        outputs = _replace_published(connection, settings, partial(_add_to_published, run_id=run_id, marts=marts))
        if is_counted_from:
            continued.note_file(connection, settings.published_file)
    return outputs


def _replace_published(connection: duckdb.DuckDBPyConnection, settings: Settings, fill: Fill) -> Outputs:
    new_file = settings.published_file.with_suffix(".new")
    # Also the logs of a publication that was killed, and of somebody who wrote to the published file and was: DuckDB
    # would replay them into the new file, or refuse to open it.
    for leftover in (new_file, Path(f"{new_file}.wal"), Path(f"{settings.published_file}.wal")):
        leftover.unlink(missing_ok=True)
    _catch_up(connection, settings.published_file)
    try:
        outputs = fill(connection, settings.published_file, new_file)
        with open_file(settings, new_file) as published:
            records.add(published, *outputs)
        _flush(new_file)
        new_file.replace(settings.published_file)
    finally:
        new_file.unlink(missing_ok=True)
    _flush(settings.published_file.parent)
    # Only now is it true. A run killed before this line leaves it to the next publication (`_catch_up`).
    records.add(connection, *outputs)
    return outputs


def _catch_up(connection: duckdb.DuckDBPyConnection, published_file: Path) -> None:
    """Take over the outputs that only the published file knows: their run was killed before it noted them itself."""
    if not published_file.exists():
        return
    attach(connection, published_file, "published")
    # Not in an empty file, as DuckDB makes one where it is asked to open what is not there yet.
    if OUTPUTS in tables(connection, "records", "published"):
        connection.execute(
            f"insert into {OUTPUTS} by name select * from published.{OUTPUTS} except select * from {OUTPUTS}"
        )
    connection.execute("detach published")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_all(
    connection: duckdb.DuckDBPyConnection, published_file: Path, new_file: Path, run_id: str, marts: Sequence[str]
) -> Outputs:
    """Fill the file; where the published one can be gone on from, take of its tables what has not changed."""
    names = [*_existing(connection, marts), *tables(connection, "records")]
    is_counted_from = continued.is_counted_from(connection, published_file)
    if is_counted_from:
        shutil.copyfile(published_file, new_file)
    _attach(connection, new_file)
    going_on = continued.continuable(connection, names) if is_counted_from else []
    _drop_others(connection, going_on)
    return _publish_each(connection, names, going_on, run_id, published_file)


def _drop_others(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Drop all other tables of the new file, and give their space to those that come."""
    there = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'published'"
    ).fetchall()
    for schema, table in there:
        if f"{schema}.{table}" not in names:
            connection.execute(f"drop table published.{schema}.{quoted(table)}")
    connection.execute("checkpoint published")


def _add_to_published(
    connection: duckdb.DuckDBPyConnection, published_file: Path, new_file: Path, run_id: str, marts: Sequence[str]
) -> Outputs:
    shutil.copyfile(published_file, new_file)
    _attach(connection, new_file)
    names = [*_existing(connection, marts), *(f"records.{table}" for table in records.PYTHON_TABLES)]
    return _publish_each(connection, names, [], run_id, published_file)


def _publish_each(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    going_on: Sequence[str],
    run_id: str,
    published_file: Path,
) -> Outputs:
    """Bring the relations; each but the table of outputs, which cannot hold its own hash, gives an output."""
    outputs = []
    for name in names:
        found = (continued.continue_table(connection, name) if name in going_on else None) or _copy(connection, name)
        continued.note_contents(connection, name, found)
        outputs.append(records.Output(run_id, name, str(published_file), found.rows, found.content_hash, records.now()))
    connection.execute("detach published")
    return [each for each in outputs if each.name != OUTPUTS]


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    connection.execute(f"attach {literal(file)} as published (storage_version 'latest')")
    for schema in PUBLISHED_SCHEMAS:
        connection.execute(f"create schema if not exists published.{schema}")


def _existing(connection: duckdb.DuckDBPyConnection, marts: Sequence[str]) -> list[str]:
    there = tables(connection, "marts")
    return [name for name in marts if name in there]


def _copy(connection: duckdb.DuckDBPyConnection, name: str) -> continued.Contents:
    schema, table = name.split(".")
    target = f"published.{schema}.{quoted(table)}"
    connection.execute(f"create or replace table {target} as select * from {schema}.{quoted(table)}")
    return continued.contents(connection, target)


def content(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, str]:
    """Return a relation's row count and a hash of its rows that does not depend on their order."""
    found = continued.contents(connection, relation)
    return found.rows, found.content_hash
