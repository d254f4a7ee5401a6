"""Publishing: a new file of tested marts and of the records atomically replaces the one that readers open.

Knows how one DuckDB file replaces the other, and keeps `records.outputs` true to it. Does not know what tables mean.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from flows import records
from flows.settings import Settings
from flows.sql import literal, quoted
from flows.warehouse import open_file, tables, write

PUBLISHED_SCHEMAS = ("marts", "records")
OUTPUTS = "records.outputs"


def publish(settings: Settings, run_id: str, marts: Sequence[str]) -> Sequence[records.Output]:
    """Replace the published file by these marts, as far as they exist, and all records.

    Readers never see half of it. Call it only when every test has passed. Returns one output per published relation.
    """
    return _replace_published(settings, lambda file: _copy_all(settings, file, run_id, marts))


def publish_more(settings: Settings, run_id: str, marts: Sequence[str]) -> Sequence[records.Output]:
    """Publish these marts, as far as they exist, and Python's newest records beside what is already published.

    Those passed their tests when they were published; what lies in the warehouse meanwhile may not have.
    """
    return _replace_published(settings, lambda file: _add_to_published(settings, file, run_id, marts))


def _replace_published(
    settings: Settings, fill: Callable[[Path], Sequence[records.Output]]
) -> Sequence[records.Output]:
    new_file = settings.published_file.with_suffix(".new")
    # Also the log of a publication that was killed: DuckDB would replay it into the new file.
    for leftover in (new_file, Path(f"{new_file}.wal")):
        leftover.unlink(missing_ok=True)
    _catch_up(settings)
    try:
        outputs = fill(new_file)
        with open_file(settings, new_file) as connection:
            records.add(connection, *outputs)
        _flush(new_file)
        new_file.replace(settings.published_file)
    finally:
        new_file.unlink(missing_ok=True)
    _flush(settings.published_file.parent)
    # Only now is it true. A run killed before this line leaves it to the next publication (`_catch_up`).
    with write(settings) as connection:
        records.add(connection, *outputs)
    return outputs


def _catch_up(settings: Settings) -> None:
    """Take over the outputs that only the published file knows: their run was killed before it noted them itself."""
    if not settings.published_file.exists():
        return
    with write(settings) as connection:
        connection.execute(f"attach {literal(settings.published_file)} as published (read_only)")
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


def _copy_all(settings: Settings, file: Path, run_id: str, marts: Sequence[str]) -> Sequence[records.Output]:
    with write(settings) as connection:
        _attach(connection, file)
        names = [*_existing(connection, marts), *tables(connection, "records")]
        return _copy_each(connection, names, run_id, settings)


def _add_to_published(settings: Settings, file: Path, run_id: str, marts: Sequence[str]) -> Sequence[records.Output]:
    shutil.copyfile(settings.published_file, file)
    with write(settings) as connection:
        _attach(connection, file)
        names = [*_existing(connection, marts), *(f"records.{table}" for table in records.PYTHON_TABLES)]
        return _copy_each(connection, names, run_id, settings)


def _copy_each(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], run_id: str, settings: Settings
) -> Sequence[records.Output]:
    """Copy the relations; each but the table of outputs, which cannot hold its own hash, gives an output."""
    outputs = [_copy(connection, name, run_id, settings) for name in names]
    connection.execute("detach published")
    return [each for each in outputs if each.name != OUTPUTS]


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    connection.execute(f"attach {literal(file)} as published (storage_version 'latest')")
    for schema in PUBLISHED_SCHEMAS:
        connection.execute(f"create schema if not exists published.{schema}")


def _existing(connection: duckdb.DuckDBPyConnection, marts: Sequence[str]) -> list[str]:
    there = tables(connection, "marts")
    return [name for name in marts if name in there]


def _copy(connection: duckdb.DuckDBPyConnection, name: str, run_id: str, settings: Settings) -> records.Output:
    schema, table = name.split(".")
    target = f"published.{schema}.{quoted(table)}"
    connection.execute(f"create or replace table {target} as select * from {schema}.{quoted(table)}")
    count, content_hash = content(connection, target)
    return records.Output(run_id, name, str(settings.published_file), count, content_hash, records.now())


def content(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, str]:
    """Return a relation's row count and a hash of its rows that does not depend on their order.

    The rows' md5 numbers are added up, so that neither order nor equal pairs of rows can hide a difference; the md5
    is of the row's JSON text, in which every value is delimited.
    """
    row = connection.execute(
        f"select count(*), md5(count(*)::varchar || ':' || coalesce(sum(row_number), 0)::varchar) "
        f"from (select md5_number_lower(to_json(each)::varchar)::hugeint as row_number from {relation} as each)"
    ).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])
