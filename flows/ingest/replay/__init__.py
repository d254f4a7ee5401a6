"""Lands rejected records after what was wrong is mended: each at most once, with the number it had in its file.

Refused files are read whole again from their places, as ingest does once their declaration has changed. Values that
cleaning could not type are no matter of this: every transform cleans all rows anew.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import duckdb

from flows import progress, records, warehouse
from flows.amounts import amount
from flows.declaration import Declaration, checks
from flows.errors import DeclarationError
from flows.ingest.known_files import files_named
from flows.ingest.load import Loader
from flows.ingest.loaded_whole import note_loaded_whole
from flows.ingest.parts import FoundFile, Refusal
from flows.ingest.pending import find_files, pending
from flows.ingest.raw_table import create_raw_table
from flows.ingest.replay.one_file import replay_file
from flows.ingest.replay.reread import LoadedFile, Rejected
from flows.ingest.supersede import supersede
from flows.settings import Settings

log = logging.getLogger("tidemill.replay")

# Of loaded files only, and of those not replaced by a newer version since.
WAITING = """
    select
        file_id,
        loads.source,
        loads.uri,
        coalesce(format, '') as format,
        encoding,
        dialect ->> '$.delimiter' as delimiter,
        dialect ->> '$.quote' as quote,
        coalesce(columns, '[]') as columns,
        dialect ->> '$.record' as record,
        row_number,
        raw_bytes,
        error_code,
        message,
    from records.rejected_records as rejected
    inner join records.file_loads as loads using (file_id)
    where
        loads.action = 'loaded'
        and file_id not in (select file_id from records.file_loads where action = 'superseded')
        and stage = 'ingest'
        and replay_status is distinct from 'replayed'
        and row_number is not null
        and raw_bytes is not null
        and ($code is null or error_code = $code)
        and ($file_ids is null or list_contains($file_ids, file_id))
    order by file_id, row_number
"""


@dataclass(frozen=True)
class ReplaySummary:
    """What one replay did; `problems` names what still needs a person."""

    records_tried: int
    records_landed: int
    files_loaded: int
    problems: tuple[str, ...]


def replay(
    settings: Settings, declaration: Declaration, run: records.Run, file: str | None, code: str | None
) -> ReplaySummary:
    """Read rejected records and refused files again; those of one file or one code, where one is given.

    Raises
    ------
    DeclarationError
        When no file is known by that name, or no record was ever rejected for that reason.
    """
    with warehouse.write(settings) as connection:
        if code is not None:
            _check_code(connection, code)
        for source in declaration.sources:
            create_raw_table(connection, source)
        found = find_files(settings, declaration)
        refused = [] if code else _refused(connection, found, declaration, file)
        loads = _load_whole(connection, settings, declaration, run, refused)
        file_ids = None if file is None else _ids(connection, file, refused)
        problems = [f"{load.uri}: {load.error}" for load in loads if load.error]
        tried = landed = 0
        for waiting in list(_waiting(connection, declaration, file_ids, code)):
            tried += len(waiting.rejected)
            try:
                landed += replay_file(connection, declaration, run, waiting)
            except Refusal as refusal:
                problems.append(f"{waiting.uri}: nothing of it is replayed ({refusal})")
    return ReplaySummary(tried, landed, sum(load.action == "loaded" for load in loads), tuple(problems))


def _check_code(connection: duckdb.DuckDBPyConnection, code: str) -> None:
    query = "select distinct error_code from records.rejected_records where stage = 'ingest' order by 1"
    codes = [known for (known,) in connection.sql(query).fetchall()]
    if code not in codes:
        raise DeclarationError(f"replay: --code: no record was rejected for '{code}'{checks.has(code, codes)}")


def _ids(connection: duckdb.DuckDBPyConnection, file: str, refused: Sequence[FoundFile]) -> list[int]:
    """Return the files' ids; a refused file may have none, because it could not even be opened."""
    try:
        return [each.file_id for each in files_named(connection, file)]
    except DeclarationError:
        if refused:
            return []
        raise


def _refused(
    connection: duckdb.DuckDBPyConnection, found: list[FoundFile], declaration: Declaration, file: str | None
) -> list[FoundFile]:
    """Return the refused files whose declaration, or who themselves, have changed since."""
    rows = connection.execute("select distinct source, uri from records.file_loads where action = 'quarantined'")
    refused = set(rows.fetchall())
    return [
        each
        for each in pending(connection, found, declaration)
        if (each.source, each.uri) in refused and (file is None or f"/{each.uri}".endswith(f"/{file}"))
    ]


def _load_whole(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    declaration: Declaration,
    run: records.Run,
    refused: Sequence[FoundFile],
) -> list[records.FileLoad]:
    loads = list(Loader(connection, run, declaration, settings.threads).load(refused)) if refused else []
    for source in declaration.sources if loads else ():
        supersede(connection, run, source)
    note_loaded_whole(connection)
    for load in loads:
        if load.action == "loaded":
            log.info("replay: %s %s, loaded whole", load.uri, amount(load.loaded_records, "row"))
    return loads


def _waiting(
    connection: duckdb.DuckDBPyConnection, declaration: Declaration, file_ids: list[int] | None, code: str | None
) -> Iterator[LoadedFile]:
    rows = connection.execute(WAITING, {"code": code, "file_ids": file_ids}).fetchall()
    declared = {source.name: source for source in declaration.sources}
    for file, of_file in groupby(rows, key=lambda row: row[:9]):
        file_id, source, uri, file_format, encoding, delimiter, quote, columns, record = file
        rejected = tuple(Rejected(*row[9:]) for row in of_file)
        names = tuple(json.loads(columns))
        waiting = LoadedFile(file_id, source, uri, file_format, encoding, delimiter, quote, names, record, rejected)
        progress.report(f"replay {waiting.uri}")
        if source not in declared:
            log.info("replay: %s its source %s is declared no more", uri, source)
        elif why_not := waiting.why_not(declared[source]):
            log.info("replay: %s nothing of it is replayed (%s)", uri, why_not)
        else:
            yield waiting
