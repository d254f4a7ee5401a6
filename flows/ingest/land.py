"""Lands one part in its raw table: the table's columns, the rows, and every record of them.

Runs inside the transaction its caller holds for the whole file.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import duckdb

from flows import records
from flows.declaration import Source
from flows.ingest.parts import BadRecord, Column, FoundFile, Part, Reading, Refusal
from flows.sql import count_rows, quoted

BOOKKEEPING = {
    "_file_id": "BIGINT",
    "_row_number": "BIGINT",
    "_loaded_at": "TIMESTAMP",
    "_superseded_by_file_id": "BIGINT",
}


def create_raw_table(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Create the source's raw table, empty, with its declared columns, as dbt's create_raw_tables does."""
    types = {column.name: column.data_type for column in source.columns} | BOOKKEEPING
    columns = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in types.items())
    connection.execute(f"create table if not exists raw.{quoted(source.raw_table)} ({columns})")


def land(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    source: Source,
    found: FoundFile,
    container_sha256: str,
    part: Part,
    reading: Reading,
) -> records.FileLoad:
    """Land a part's good records and record what happened to every other one.

    Raises
    ------
    Refusal
        When too many records are bad, the schema is frozen and differs, or a value does not fit its typed column.
    """
    started_at = records.now()
    file = _file(connection, source, found, container_sha256, part)
    load = _file_load(connection, run, found, container_sha256, part, reading, file.file_id, started_at)
    too_many = _too_many_bad(source, reading)
    if too_many:
        load = replace(
            load,
            action="quarantined",
            loaded_records=0,
            quarantined_records=load.loaded_records + load.quarantined_records,
            error=too_many,
        )
    else:
        _insert(connection, run, source, reading, file)
    records.add(connection, file)
    load = replace(load, ended_at=records.now())
    records.add(connection, load)
    records.add(connection, *(_rejected(run, source, file.file_id, bad) for bad in reading.bad_records))
    if not too_many and file.supersedes_file_id is not None and source.on_change == "replace":
        _supersede(connection, run, source, found, file)
    return load


def _file(
    connection: duckdb.DuckDBPyConnection, source: Source, found: FoundFile, container_sha256: str, part: Part
) -> records.File:
    return records.File(
        file_id=records.next_id(connection, "files", "file_id"),
        source=source.name,
        uri=found.uri,
        name=found.path.name,
        location=str(found.path.parent),
        member=part.member,
        sheet=part.sheet,
        content_sha256=part.content_sha256,
        container_sha256=container_sha256,
        size_bytes=part.size_bytes,
        modified_at=found.modified_at,
        first_seen_at=records.now(),
        supersedes_file_id=_earlier_version(connection, source, found, part),
    )


def _earlier_version(connection: duckdb.DuckDBPyConnection, source: Source, found: FoundFile, part: Part) -> int | None:
    """Return the loaded file that last lay at this place, if any."""
    row = connection.execute(
        "select max(files.file_id) from records.files inner join records.file_loads using (file_id) "
        "where files.source = ? and files.uri = ? and action = 'loaded' "
        "and member is not distinct from ? and sheet is not distinct from ?",
        [source.name, found.uri, part.member, part.sheet],
    ).fetchone()
    return row[0] if row else None


def _file_load(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    found: FoundFile,
    container_sha256: str,
    part: Part,
    reading: Reading,
    file_id: int,
    started_at: datetime,
) -> records.FileLoad:
    counts = reading.counts
    return records.FileLoad(
        load_id=records.next_id(connection, "file_loads", "load_id"),
        run_id=run.run_id,
        file_id=file_id,
        source=found.source,
        uri=found.uri,
        action="loaded",
        started_at=started_at,
        ended_at=started_at,
        size_bytes=found.size_bytes,
        modified_at=found.modified_at,
        container_sha256=container_sha256,
        format=part.format,
        compression=part.compression,
        encoding=reading.encoding,
        dialect=reading.dialect,
        detected_by=reading.detected_by,
        records_read=counts.records_read,
        header_records=counts.header,
        preamble_records=counts.preamble,
        blank_records=counts.blank,
        loaded_records=counts.loaded,
        quarantined_records=counts.quarantined,
    )


def _too_many_bad(source: Source, reading: Reading) -> str | None:
    data = reading.counts.loaded + reading.counts.quarantined
    if reading.counts.quarantined <= source.max_rejected * data:
        return None
    first = reading.bad_records[0]
    return (
        f"{reading.counts.quarantined} of {data} records cannot be taken, more than the declared share "
        f"{source.max_rejected} (max_rejected); the first stands in line {first.line}: {first.message}. Mend the file, "
        f"or raise max_rejected in {source.declared_in}"
    )


def _insert(
    connection: duckdb.DuckDBPyConnection, run: records.Run, source: Source, reading: Reading, file: records.File
) -> None:
    _extend(connection, run, source, reading.columns, file.file_id)
    if not reading.columns:
        return
    table, names = f"raw.{quoted(source.raw_table)}", ", ".join(quoted(column.name) for column in reading.columns)
    before = count_rows(connection, table)
    connection.execute("create or replace temp table shifts (first_position bigint, shift bigint)")
    if shifts := list(reading.row_numbers()):
        connection.executemany("insert into shifts values (?, ?)", shifts)
    try:
        connection.execute(
            f"insert into {table} ({names}, _file_id, _row_number, _loaded_at) "
            f"select {names}, ?, _position + coalesce(shift, 0), ? "
            f"from ({reading.query}) as good asof left join shifts on good._position >= shifts.first_position "
            "order by _position",
            [file.file_id, records.now()],
        )
    except duckdb.ConversionException as error:
        raise Refusal(f"a value does not fit its column in {table}: {error}; declare the column's data_type") from error
    _as_many_as_counted(count_rows(connection, table) - before, reading)


def _as_many_as_counted(loaded: int, reading: Reading) -> None:
    if loaded != reading.counts.loaded:
        raise Refusal(
            f"the reader delivered {loaded} records where {reading.counts.loaded} were counted; nothing is loaded. "
            "Declare external.options (delimiter, quote, encoding), or report the file"
        )


def _extend(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    source: Source,
    columns: Sequence[Column],
    file_id: int,
) -> None:
    """Add the columns the raw table lacks and record every difference between the file and the declaration."""
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'raw' and table_name = ? "
        "and table_catalog = current_database()",
        [source.raw_table],
    ).fetchall()
    there = {name.casefold() for (name,) in rows}
    added = [column for column in columns if column.name.casefold() not in there]
    if added and source.schema_policy == "freeze":
        names = ", ".join(column.file_name for column in added)
        raise Refusal(f"it brings columns {names}, but {source.name} is frozen; declare them, or set `schema: evolve`")
    for column in added:
        connection.execute(
            f"alter table raw.{quoted(source.raw_table)} add column {quoted(column.name)} {column.data_type}"
        )
    records.add(connection, *_schema_changes(run, source, columns, added, file_id))


def _schema_changes(
    run: records.Run, source: Source, columns: Sequence[Column], added: Sequence[Column], file_id: int
) -> list[records.SchemaChange]:
    present = {column.name for column in columns}
    changes: list[tuple[str, str, str | None, str]]
    changes = [(column.name, "added", column.file_name, "column added to the raw table") for column in added]
    changes += [(each.name, "missing", None, "NULL") for each in source.columns if columns and each.name not in present]
    changes += [
        (column.name, "renamed", column.file_name, "declared alias")
        for column in columns
        if column.file_name.casefold() != column.name.casefold()
    ]
    return [records.SchemaChange(run.run_id, source.name, file_id, *change) for change in changes]


def _rejected(run: records.Run, source: Source, file_id: int, bad: BadRecord) -> records.RejectedRecord:
    return records.RejectedRecord(
        run_id=run.run_id,
        file_id=file_id,
        source=source.name,
        row_number=bad.row_number,
        line=bad.line,
        byte_offset=bad.byte_offset,
        raw_text=bad.content.decode(errors="replace"),
        raw_bytes=bad.content,
        error_code=bad.error_code,
        message=bad.message,
    )


def _supersede(
    connection: duckdb.DuckDBPyConnection, run: records.Run, source: Source, found: FoundFile, file: records.File
) -> None:
    connection.execute(
        f"update raw.{quoted(source.raw_table)} set _superseded_by_file_id = ? where _file_id = ?",
        [file.file_id, file.supersedes_file_id],
    )
    now = records.now()
    load_id = records.next_id(connection, "file_loads", "load_id")
    records.add(
        connection,
        records.FileLoad(load_id, run.run_id, file.supersedes_file_id, source.name, found.uri, "superseded", now, now),
    )
