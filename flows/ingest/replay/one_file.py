"""Lands those rejected records of one file that can be read now, and links each to its rejection."""

import logging
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from flows import records
from flows.amounts import amount
from flows.declaration import Declaration, Source
from flows.errors import first_line
from flows.ingest.land import POSITION, transaction
from flows.ingest.parts import Refusal
from flows.ingest.raw_table import exactly, extend, name_of, raw_columns, spelled
from flows.ingest.replay.reread import LoadedFile, Rejected, Reread, Rereader
from flows.sql import literal

log = logging.getLogger("tidemill.replay")


def replay_file(
    connection: duckdb.DuckDBPyConnection, declaration: Declaration, run: records.Run, file: LoadedFile
) -> int:
    """Land what can be landed now, in one transaction; returns how many records.

    Raises
    ------
    Refusal
        When a value does not fit its typed column, or the reader delivers other records than were counted.
    """
    source, started_at = next(each for each in declaration.sources if each.name == file.source), records.now()
    with tempfile.TemporaryDirectory(prefix="tidemill-") as scratch:
        rereads, still = Rereader(file, source, declaration, Path(scratch)).reread()
        # The message tells places, which are others in a record by itself: only another code is another reason.
        codes = {each.row_number: each.error_code for each in file.rejected}
        changed = [each for each in still if each.error_code != codes[each.row_number]]
        landed = sorted(number for each in rereads for number in each.row_numbers)
        for reread in rereads:
            there = raw_columns(connection, source)
            extend(connection, source, [each for each in reread.reading.columns if each.name.casefold() not in there])
        with transaction(connection):
            for same in _by_shape(rereads):
                _insert(connection, source, file, same)
            if landed or changed:
                _record(connection, _load(connection, run, file, len(landed), started_at), landed, changed)
    if landed or changed:
        log.info("replay: %s %d of %s landed", file.uri, len(landed), amount(len(file.rejected), "rejected record"))
    return len(landed)


def _by_shape(rereads: Sequence[Reread]) -> Sequence[Sequence[Reread]]:
    shapes: dict[tuple[object, ...], list[Reread]] = {}
    for each in rereads:
        reading = each.reading
        shapes.setdefault((reading.function, reading.columns, reading.values), []).append(each)
    return list(shapes.values())


def _insert(connection: duckdb.DuckDBPyConnection, source: Source, file: LoadedFile, same: Sequence[Reread]) -> None:
    reading, row_numbers = same[0].reading, [number for each in same for number in each.row_numbers]
    there = raw_columns(connection, source)
    query = reading.select([each.reading.path for each in same], f"row_number() over () as {POSITION}")
    positions = list(range(1, len(row_numbers) + 1))
    connection.register("_replayed", pa.table({"position": positions, "row_number": row_numbers}))
    try:
        inserted = connection.execute(
            f"insert into {name_of(source)} ({spelled(reading.columns, there)}, _file_id, _row_number, _loaded_at) "
            f"select {exactly(source, reading.columns, there)}, {file.file_id}, "
            f"_replayed.row_number, {literal(records.now())} "
            f"from ({query}) as good left join _replayed on {POSITION} = _replayed.position"
        ).fetchall()
    except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
        raise Refusal(f"a value does not fit its column: {first_line(error)}") from error
    finally:
        connection.unregister("_replayed")
    if inserted[0][0] != len(row_numbers):
        raise Refusal(f"the reader delivered {amount(inserted[0][0], 'record')} where {len(row_numbers)} were counted")


def _load(
    connection: duckdb.DuckDBPyConnection, run: records.Run, file: LoadedFile, landed: int, started_at: datetime
) -> records.FileLoad:
    return records.FileLoad(
        load_id=records.next_id(connection, "file_loads", "load_id"),
        run_id=run.run_id,
        file_id=file.file_id,
        source=file.source,
        uri=file.uri,
        action="replayed",
        started_at=started_at,
        ended_at=records.now(),
        format=file.format,
        records_read=len(file.rejected),
        loaded_records=landed,
        quarantined_records=len(file.rejected) - landed,
    )


def _record(
    connection: duckdb.DuckDBPyConnection, load: records.FileLoad, landed: Sequence[int], changed: Sequence[Rejected]
) -> None:
    """Write down the load, and in each rejected record what became of it."""
    records.add(connection, load)
    link = f"replay_run_id = {literal(load.run_id)}, replay_load_id = {load.load_id}"
    of_file = f"where file_id = {load.file_id} and stage = 'ingest'"
    connection.execute(
        f"update records.rejected_records set replay_status = 'replayed', {link} "
        f"{of_file} and list_contains(?::bigint[], row_number)",
        [list(landed)],
    )
    for each in changed:
        connection.execute(
            f"update records.rejected_records set replay_status = 'rejected_again', {link}, "
            f"error_code = ?, message = ? {of_file} and row_number = ?",
            [each.error_code, each.message, each.row_number],
        )
