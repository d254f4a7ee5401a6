"""The only place that opens the warehouse: the writer's lock, and connections with their settings.

Knows the two DuckDB files. Does not know what the tables mean; how one file replaces the other, `publish` knows.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from flows import records
from flows.errors import DeclarationError, TidemillError, first_line
from flows.settings import Settings
from flows.sql import literal

# DuckDB 1.5 returns wrong rows with this optimiser for some of our queries; drop when tests/test_warehouse.py
# shows both settings to agree on a newer version.
DISABLED_OPTIMIZERS = "common_subplan"
# The newest storage format: loading text takes a fifth less CPU than in DuckDB's default, the oldest one.
CONFIG: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "latest"}


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
    with open_file(settings, settings.warehouse_file) as connection:
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
    with open_file(settings, settings.published_file, read_only=True) as connection:
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
    except OSError:  # also a Timeout, and a folder this user may only read
        with read_published(settings) as connection:
            yield connection
        return
    try:
        if not settings.warehouse_file.exists():
            raise TidemillError(f"{settings.warehouse_file}: there is no warehouse yet; run `tidemill run` first")
        with open_file(settings, settings.warehouse_file, read_only=True) as connection:
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
        with open_file(settings, settings.warehouse_file, read_only=True) as connection:
            yield connection
    finally:
        lock.release()


@contextmanager
def open_file(settings: Settings, file: Path, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file with the settings that every connection has.

    Raises
    ------
    TidemillError
        When it cannot be opened: another tool holds it, or it is no DuckDB file.
    """
    try:
        connection = duckdb.connect(file, read_only=read_only, config=CONFIG)
    except duckdb.IOException as error:
        raise _cannot_be_opened(file, error) from error
    try:
        configure(connection, settings)
        yield connection
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, file: Path, name: str) -> None:
    """Attach a DuckDB file by this name, read-only.

    Raises
    ------
    TidemillError
        When it cannot be opened: another tool holds it, or it is no DuckDB file.
    """
    try:
        connection.execute(f"attach {literal(file)} as {name} (read_only)")
    except duckdb.IOException as error:
        raise _cannot_be_opened(file, error) from error


def _cannot_be_opened(file: Path, error: duckdb.IOException) -> TidemillError:
    remedy = "; wait until that process has ended" if "lock is held" in str(error) else ""
    return TidemillError(f"{file}: cannot be opened ({first_line(error)}){remedy}")


def configure(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Give a connection the settings that every connection of Tidemill has.

    Raises
    ------
    DeclarationError
        When DuckDB does not understand the memory limit.
    """
    connection.execute(f"set disabled_optimizers = '{DISABLED_OPTIMIZERS}'")
    connection.execute(f"set threads = {settings.threads}")
    # Else an instant becomes a time, and a time an instant, by the zone of the machine.
    connection.execute("set timezone = 'UTC'")
    if settings.memory_limit:
        try:
            connection.execute(f"set memory_limit = '{settings.memory_limit}'")
        except duckdb.Error as error:
            raise DeclarationError(f"TIDEMILL_MEMORY_LIMIT={settings.memory_limit}: {first_line(error)}") from error


def tables(connection: duckdb.DuckDBPyConnection, schema: str, database: str | None = None) -> list[str]:
    """Return the qualified names of a schema's tables and views, sorted; of an attached database where one is named."""
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = coalesce(?, current_database()) and table_schema = ? order by 1",
        [database, schema],
    ).fetchall()
    return [f"{schema}.{name}" for (name,) in rows]
