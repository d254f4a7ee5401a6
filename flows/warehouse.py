"""The only place that opens the warehouse: the writer's lock, connections with their settings, and publishing.

Knows the two DuckDB files and how one atomically replaces the other. Does not know what the tables mean.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from flows import records
from flows.errors import DeclarationError, TidemillError
from flows.settings import Settings
from flows.sql import literal, quoted

# DuckDB 1.5 returns wrong rows with this optimiser for some of our queries; drop when tests/test_warehouse.py
# shows both settings to agree on a newer version.
DISABLED_OPTIMIZERS = "common_subplan"
# The newest storage format: loading text takes a fifth less CPU than in DuckDB's default, the oldest one.
CONFIG: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "latest"}
PUBLISHED_SCHEMAS = ("marts", "records")
# What decides which files are new, and what is planned with them.
SKETCHED = ("records.files", "records.file_loads", "records.schema_changes")


@contextmanager
def writer_lock(settings: Settings, who: str, say: Callable[[str], None] = print) -> Iterator[None]:
    """Hold the warehouse for this process; wait, and say for whom, while another one holds it.

    The lock is the operating system's, so it is free again as soon as its holder ends, however it ends.
    """
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"waiting: {_holder(settings)} holds {settings.warehouse_file}")
        lock.acquire()
    try:
        _holder_file(settings).write_text(f"{who} (process {os.getpid()})", encoding="utf-8")
        yield
    finally:
        lock.release()


def holds_lock(settings: Settings) -> bool:
    """Tell whether this process holds the writer's lock, in whichever of its threads."""
    return _lock(settings).is_locked


def _lock(settings: Settings) -> FileLock:
    # A singleton per file: the flow, its tasks' threads and dbt inside the process share one lock object.
    return FileLock(settings.lock_file, is_singleton=True, thread_local=False)


def _holder_file(settings: Settings) -> Path:
    return settings.lock_file.with_suffix(".holder")


def _holder(settings: Settings) -> str:
    try:
        return _holder_file(settings).read_text(encoding="utf-8")
    except FileNotFoundError:
        return "another process"


@contextmanager
def write(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, its record tables in place."""
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    with _open(settings, settings.warehouse_file) as connection:
        records.ensure(connection)
        yield connection


@contextmanager
def read_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file, read-only.

    Raises
    ------
    TidemillError
        Before the first successful `tidemill run` there is nothing to read.
    """
    if not settings.published_file.exists():
        raise TidemillError(f"{settings.published_file}: nothing is published yet; run `tidemill run` first")
    with _open(settings, settings.published_file, read_only=True) as connection:
        yield connection


@contextmanager
def read_records(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the newest records: the warehouse's while nobody writes it, else the published ones.

    Raises
    ------
    TidemillError
        When there are neither.
    """
    lock = _lock(settings)
    try:
        lock.acquire(timeout=0)
    except (Timeout, FileNotFoundError):
        with read_published(settings) as connection:
            yield connection
        return
    try:
        if not settings.warehouse_file.exists():
            raise TidemillError(f"{settings.warehouse_file}: there is no warehouse yet; run `tidemill run` first")
        with _open(settings, settings.warehouse_file, read_only=True) as connection:
            yield connection
    finally:
        lock.release()


@contextmanager
def read_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-only, with every layer in it.

    Raises
    ------
    TidemillError
        When there is none yet, or a run holds it; names which.
    """
    if not settings.warehouse_file.exists():
        raise TidemillError(f"{settings.warehouse_file}: there is no warehouse yet; run `tidemill run` first")
    lock = _lock(settings)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        holder = _holder(settings)
        raise TidemillError(f"{settings.warehouse_file}: {holder} holds it; try again when it has ended") from error
    try:
        with _open(settings, settings.warehouse_file, read_only=True) as connection:
            yield connection
    finally:
        lock.release()


@contextmanager
def sketch(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that knows the warehouse's records and columns, but none of its rows."""
    with _open(settings, Path(":memory:")) as connection:
        records.ensure(connection)
        if settings.warehouse_file.exists():
            with read_warehouse(settings) as warehouse:
                for name in (*SKETCHED, *_tables(warehouse, "raw")):
                    _sketch(connection, warehouse, name)
        yield connection


def _sketch(connection: duckdb.DuckDBPyConnection, warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    schema, table = name.split(".", maxsplit=1)
    if schema == "raw":
        columns = warehouse.execute(f"describe raw.{quoted(table)}").fetchall()
        described = ", ".join(f"{quoted(column[0])} {column[1]}" for column in columns)
        connection.execute(f"create table raw.{quoted(table)} ({described})")
    else:
        known = warehouse.execute(f"select * from {name}").to_arrow_table()
        connection.register("_known", known)
        connection.execute(f"insert into {name} by name select * from _known")
        connection.unregister("_known")


@contextmanager
def _open(settings: Settings, file: Path, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(file, read_only=read_only, config=CONFIG)
    except duckdb.IOException as error:
        raise TidemillError(f"{file}: cannot be opened ({_first_line(error)})") from error
    try:
        configure(connection, settings)
        yield connection
    finally:
        connection.close()


def configure(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Give a connection the settings that every connection of Tidemill has.

    Raises
    ------
    DeclarationError
        When DuckDB does not understand the memory limit.
    """
    connection.execute(f"set disabled_optimizers = '{DISABLED_OPTIMIZERS}'")
    connection.execute(f"set threads = {settings.threads}")
    if settings.memory_limit:
        try:
            connection.execute(f"set memory_limit = '{settings.memory_limit}'")
        except duckdb.Error as error:
            raise DeclarationError(f"TIDEMILL_MEMORY_LIMIT={settings.memory_limit}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def publish(settings: Settings, run_id: str) -> Sequence[records.Output]:
    """Replace the published file by the warehouse's marts and records, in one step that readers never see half of.

    Call it only when every test has passed. Returns one output per published relation.
    """
    return _replace_published(settings, lambda file: _copy_schemas(settings, file, run_id))


def publish_more(settings: Settings, run_id: str, relations: Sequence[str]) -> Sequence[records.Output]:
    """Publish these marts, as far as they exist, and Python's newest records beside what is already published.

    Those passed their tests when they were published; what lies in the warehouse meanwhile may not have.
    """
    return _replace_published(settings, lambda file: _add_relations(settings, file, run_id, relations))


def _replace_published(
    settings: Settings, fill: Callable[[Path], Sequence[records.Output]]
) -> Sequence[records.Output]:
    new_file = settings.published_file.with_suffix(".new")
    # Also the log of a publication that was killed: DuckDB would replay it into the new file.
    for leftover in (new_file, Path(f"{new_file}.wal")):
        leftover.unlink(missing_ok=True)
    try:
        outputs = fill(new_file)
        _flush(new_file)
        new_file.replace(settings.published_file)
    finally:
        new_file.unlink(missing_ok=True)
    _flush(settings.published_file.parent)
    return outputs


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_schemas(settings: Settings, file: Path, run_id: str) -> Sequence[records.Output]:
    with write(settings) as connection:
        _attach(connection, file)
        relations = [name for schema in PUBLISHED_SCHEMAS for name in _tables(connection, schema)]
        outputs = [_copy(connection, name, run_id, settings) for name in relations if name != "records.outputs"]
        records.add(connection, *outputs)
        _copy(connection, "records.outputs", run_id, settings)
        connection.execute("detach published")
    return outputs


def _add_relations(settings: Settings, file: Path, run_id: str, relations: Sequence[str]) -> Sequence[records.Output]:
    shutil.copyfile(settings.published_file, file)
    with write(settings) as connection:
        _attach(connection, file)
        there = set(_tables(connection, "marts"))
        outputs = [_copy(connection, name, run_id, settings) for name in relations if name in there]
        records.add(connection, *outputs)
        for table in records.PYTHON_TABLES:
            _copy(connection, f"records.{table}", run_id, settings)
        connection.execute("detach published")
    return outputs


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    connection.execute(f"attach {literal(file)} as published (storage_version 'latest')")
    for schema in PUBLISHED_SCHEMAS:
        connection.execute(f"create schema if not exists published.{schema}")


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? order by 1",
        [schema],
    ).fetchall()
    return [f"{schema}.{name}" for (name,) in rows]


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
