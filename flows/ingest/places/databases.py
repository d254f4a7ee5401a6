"""Reads a table or a query of a database into a Parquet file: whole, or on from where a cursor column had come to.

Everything is asked in one transaction that sees one state of the database: how many records there are (the independent
count), then the records in batches.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pyarrow.parquet as pq
import sqlalchemy
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from flows.amounts import amount
from flows.declaration import Declaration, Source
from flows.errors import DeclarationError
from flows.ingest.formats.read_parquet import read_parquet
from flows.ingest.parts import Counts, FoundFile, Part, Reading, Refusal, made, modified_at
from flows.ingest.places import mysql
from flows.ingest.places.database_cursor import Position, advance, position
from flows.ingest.places.database_query import Query, declared_query, scalar
from flows.ingest.places.database_values import BATCH_ROWS, arrow_schema, batches
from flows.ingest.places.locations import PlaceError, expanded, scheme, without_secrets
from flows.publish import content
from flows.sql import parquet

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
CONNECT_SECONDS = 20
SQLITE_AWAY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def find(source: Source, landing: Path) -> Iterator[FoundFile]:
    """Yield the database as one file; its version, where it can be asked cheaply, tells whether there is more.

    Raises
    ------
    PlaceError
        When it cannot be reached.
    Refusal
        When it does not know the declared table, query or cursor.
    """
    if scheme(expanded(source)) == "sqlite":
        path = landing / expanded(source).partition(":///")[2]
        if path.is_file():
            yield _sqlite_file(source, path)
        return
    with _asking(source):
        engine = _engine(source)
        uri = sqlalchemy.URL.create(
            engine.name, host=engine.url.host, port=engine.url.port, database=engine.url.database
        )
        version = None
        if "cursor" in source.options:
            with _snapshot(engine) as connection:
                query = declared_query(source, connection)
                version = f"{query.version(connection)} {_options_hash(source)}"
    yield FoundFile(source.name, str(uri), 0, None, version)


def _sqlite_file(source: Source, path: Path) -> FoundFile:
    """Return the database's file; what was written last may still lie in the log beside it."""
    status, log = path.stat(), path.with_name(f"{path.name}-wal")
    log_status = log.stat() if log.exists() else None
    logged = f"{log_status.st_size} {log_status.st_mtime_ns}" if log_status and log_status.st_size else "no log"
    version = f"{logged} {_options_hash(source)}"
    return FoundFile(source.name, f"sqlite:///{path}", status.st_size, modified_at(status.st_mtime_ns), version)


def _options_hash(source: Source) -> str:
    return sha256(json.dumps(dict(source.options), sort_keys=True).encode()).hexdigest()[:12]


def _engine(source: Source, found: FoundFile | None = None) -> Engine:
    location = expanded(source)
    if found and scheme(location) == "sqlite":
        file = f"file:{quote(found.uri.removeprefix('sqlite:///'))}?mode=ro"
        return sqlalchemy.create_engine("sqlite://", creator=lambda: sqlite3.connect(file, uri=True))
    url, name = _url(source), scheme(location)
    try:
        engine = sqlalchemy.create_engine(
            url.set(drivername=DRIVERS[name]),
            poolclass=sqlalchemy.NullPool,
            connect_args={"connect_timeout": CONNECT_SECONDS, **(mysql.connect_args() if name == "mysql" else {})},
        )
    except ImportError as error:
        raise PlaceError(f"the library for {name} is missing; pip install 'tidemill[{name}]'") from error
    if name == "postgresql":
        sqlalchemy.event.listen(engine, "connect", _keep_json_text)
    return engine


def _url(source: Source) -> sqlalchemy.URL:
    try:
        return sqlalchemy.make_url(expanded(source))
    except (ArgumentError, ValueError):
        # Not `from error`: its words may hold the secret.
        raise DeclarationError(
            f"{source.declared_in}: source {source.name}: external.location is no address of a database; write "
            "postgresql://user:${VARIABLE}@host:port/database"
        ) from None


def _keep_json_text(connection: Any, _: object) -> None:
    """Let the driver hand over JSON as it stands: Python would round its numbers and drop a name that comes twice."""
    from psycopg.types.string import TextLoader  # late: only PostgreSQL is worth its import

    for name in ("json", "jsonb"):
        connection.adapters.register_loader(name, TextLoader)


@contextmanager
def _asking(source: Source) -> Iterator[None]:
    """Turn a database's error into one of ours: out of reach, or a question it does not understand."""
    try:
        yield
    except DBAPIError as error:
        said = without_secrets(source, " ".join(str(error.orig).split()), _password(source))
        # Not `from error`: the driver's own words may hold the secret.
        if _is_away(error, scheme(expanded(source))):
            raise PlaceError(said) from None
        raise Refusal(f"the database says: {said}; mend external.options in {source.declared_in}") from None


def _is_away(error: DBAPIError, kind: str) -> bool:
    """Tell whether the same question may be answered later."""
    if kind == "sqlite":
        # The first byte of its extended codes is the plain one.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in SQLITE_AWAY
    return isinstance(error, OperationalError | InterfaceError)


def _password(source: Source) -> tuple[str, ...]:
    return tuple(filter(None, [_url(source).password]))


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """Connect, and see one state of the database throughout."""
    with engine.connect() as connection:
        if engine.name == "sqlite":
            connection.exec_driver_sql("begin")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
    engine.dispose()


def fetch(source: Source, found: FoundFile, scratch: Path) -> Path:
    """Read what is declared, or what is new of it, into a Parquet file with a note of it beside.

    Raises
    ------
    PlaceError
        When the database cannot be reached or breaks off.
    Refusal
        When it does not understand the question, or a value has no type here.
    """
    path = made(scratch) / "read.parquet"
    with _asking(source), _snapshot(_engine(source, found)) as connection:
        query = declared_query(source, connection)
        before = position(query, found.read_before)
        now = query.highest(connection, before.highest) if query.cursor else None
        counted = scalar(connection, query.count(before.highest))
        _write(connection, query, before, now, path)
    delivered = pq.read_metadata(path).num_rows
    if delivered != counted:
        raise PlaceError(f"{amount(delivered, 'record')} came where {counted:,} were counted")
    note = {"database": query.database, **query.said}
    if query.cursor:
        path, after = advance(path, before, now)
        note |= after.note()
        counted = pq.read_metadata(path).num_rows
    path.with_suffix(".json").write_text(json.dumps({"counted": counted, "note": note}), encoding="utf-8")
    return path


def _write(connection: Connection, query: Query, before: Position, now: Any, path: Path) -> None:
    statement = query.select(before.highest, now)
    options = {"stream_results": True, "no_parameters": True, "yield_per": BATCH_ROWS}
    with closing(connection.exec_driver_sql(statement, execution_options=options)) as result:
        stored = query.stored_types(connection, list(result.keys()), before.highest, now)
        schema = arrow_schema(query.database, result.cursor, stored)
        with pq.ParquetWriter(path, schema) as writer:
            for batch in batches(schema, result.partitions()):
                writer.write_batch(batch)


def part(path: Path, source: Source) -> Part:
    """Return what was read as a part; the same rows in another order are the same content."""
    note = _note(path)["note"]
    with duckdb.connect() as connection:
        rows, rows_hash = content(connection, parquet(path))
    # Reads that go on from different positions are different contents, even if their rows look the same.
    told = json.dumps([rows, rows_hash, note.get("reads")])
    member = f"read {note['reads']}" if "reads" in note else None
    sheet = source.options.get("table")
    return Part(
        path, "database", None, sha256(told.encode()).hexdigest(), path.stat().st_size, member, sheet, "declared"
    )


def read_database(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Return the query that delivers the rows that were read; the database itself counted them.

    Raises
    ------
    Refusal
        When the columns are those of another source.
    """
    told = _note(part.path)
    reading = read_parquet(part, source, declaration, scratch)
    return replace(reading, counts=Counts(told["counted"]), dialect=told["note"], detected_by="declared")


def _note(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return told
