"""Takes one file through the steps: open, understand, land; whatever happens is recorded.

A file is one transaction: its rows and its records, or neither. What could not be landed is recorded after the
rollback in a transaction of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from flows import records
from flows.declaration import Declaration, Source
from flows.ingest import containers
from flows.ingest.land import land
from flows.ingest.parts import FoundFile, Part, Reading, Refusal
from flows.ingest.read_csv import read_csv
from flows.ingest.read_excel import read_excel, sheets_of
from flows.ingest.read_jsonl import read_jsonl
from flows.ingest.read_parquet import read_parquet

READERS: Mapping[str, Callable[[Part, Source, Declaration, Path], Reading]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "excel": read_excel,
}

# Errors that are the machine's or our own; every other one of DuckDB's speaks of the file's content.
NOT_THE_FILES = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConstraintException,
    duckdb.InternalException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
)


def load_file(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    declaration: Declaration,
    source: Source,
    found: FoundFile,
    scratch: Path,
) -> list[records.FileLoad]:
    """Land one file, or record why not.

    Returns
    -------
    list of FileLoad
        What was recorded, one for each part of the file.
    """
    started_at, sha256 = records.now(), None
    containers.empty(scratch)
    try:
        sha256 = containers.file_sha256(found.path)
        _not_empty(found)
        with _transaction(connection):
            try:
                loads = _load_parts(connection, run, declaration, source, found, sha256, scratch)
            finally:
                # Also before it is refused: what was wrong may have been that it was still being written.
                _unchanged(found.path, sha256)
        return loads
    except Refusal as refusal:
        return [_attempt(connection, run, found, "quarantined", sha256, started_at, error=str(refusal))]
    except (duckdb.Error, UnicodeError) as error:
        if isinstance(error, NOT_THE_FILES):
            raise
        message = f"its content cannot be read ({str(error).splitlines()[0]}); fetch the file again, or mend it"
        return [_attempt(connection, run, found, "quarantined", sha256, started_at, error=message)]
    except OSError as error:
        message = f"it could not be read ({error.strerror or error}); it is tried again in the next run"
        return [_attempt(connection, run, found, "failed", sha256, started_at, error=message)]


def _not_empty(found: FoundFile) -> None:
    if not found.size_bytes:
        raise Refusal("it is empty, without even a header; ask its sender for it again, or remove it")


def _unchanged(path: Path, sha256: str) -> None:
    if containers.file_sha256(path) != sha256:
        raise OSError("it changed while it was read")


def _current_file_id(connection: duckdb.DuckDBPyConnection, source: Source, part: Part) -> int | None:
    """Return the loaded file with this content, whatever its name, unless a newer version replaced it."""
    row = connection.execute(
        "select max(file_id) from records.files inner join records.file_loads using (file_id) where files.source = ? "
        "and content_sha256 = ? and sheet is not distinct from ? and action = 'loaded' and file_id not in "
        "(select file_id from records.file_loads where action = 'superseded')",
        [source.name, part.content_sha256, part.sheet],
    ).fetchone()
    return row[0] if row else None


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _load_parts(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    declaration: Declaration,
    source: Source,
    found: FoundFile,
    sha256: str,
    scratch: Path,
) -> list[records.FileLoad]:
    """Land every part that can be read; where none can, the first refusal is the whole file's."""
    loads: list[records.FileLoad] = []
    refusals: list[Refusal] = []
    for part in _parts(found.path, source, scratch):
        started_at = records.now()
        try:
            if isinstance(part, Refusal):
                raise part
            file_id = _current_file_id(connection, source, part)
            if file_id is not None:
                loads.append(_attempt(connection, run, found, "skipped_same_content", sha256, started_at, file_id))
                continue
            reading = READERS[part.format](part, source, declaration, scratch)
        except Refusal as refusal:
            refusals.append(refusal)
            loads.append(_attempt(connection, run, found, "quarantined", sha256, started_at, error=str(refusal)))
        else:
            loads.append(land(connection, run, source, found, sha256, part, reading))
    if refusals and len(refusals) == len(loads):
        raise refusals[0]
    return loads


def _parts(path: Path, source: Source, scratch: Path) -> Iterator[Part | Refusal]:
    for part in containers.open_parts(path, source.file_format, scratch):
        if isinstance(part, Part) and part.format == "excel":
            yield from sheets_of(part, source)
        else:
            yield part


def _attempt(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    found: FoundFile,
    action: str,
    sha256: str | None,
    started_at: datetime,
    file_id: int | None = None,
    error: str | None = None,
) -> records.FileLoad:
    """Record an attempt that landed nothing."""
    load = records.FileLoad(
        load_id=records.next_id(connection, "file_loads", "load_id"),
        run_id=run.run_id,
        file_id=file_id,
        source=found.source,
        uri=found.uri,
        action=action,
        started_at=started_at,
        ended_at=records.now(),
        size_bytes=found.size_bytes,
        modified_at=found.modified_at,
        container_sha256=sha256,
        error=error,
    )
    records.add(connection, load)
    return load
