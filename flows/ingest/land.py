"""Lands planned files in one transaction: the rows in their raw table, and every record of them.

Row numbers are given while the rows stream in, and proven afterwards from the table itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import accumulate, groupby

import duckdb
import pyarrow as pa

from flows import records
from flows.amounts import amount
from flows.declaration import Source
from flows.errors import first_line
from flows.ingest import places
from flows.ingest.parts import BadRecord, Column, Reading, Refusal
from flows.ingest.plan import FilePlan, Landing
from flows.ingest.raw_table import INEXACT, exactly, name_of, raw_columns, spelled
from flows.ingest.supersede import release, report
from flows.sql import literal

# A longer CASE takes DuckDB longer to plan than sorting the file for a join.
MAX_CASE_SHIFTS = 500
# Names that no column of a file has: `columns_of` refuses the prefix.
PLACE, POSITION = "_tidemill_place", "_tidemill_position"


def land(connection: duckdb.DuckDBPyConnection, run: records.Run, plans: Sequence[FilePlan]) -> list[records.FileLoad]:
    """Land a batch of one source's files, all of it or nothing; returns the records of what was done.

    Raises
    ------
    Refusal
        When a value does not fit its typed column, or the reader delivers other rows than were counted.
    OSError
        When a file changed while it was read.
    """
    source = plans[0].source
    landings = [landing for plan in plans for landing in plan.landings]
    there = raw_columns(connection, source)
    with transaction(connection):
        loaded_at = records.now()
        for shape in _by_shape(landings):
            _insert(connection, source, there, shape, loaded_at)
        loads = _loads(plans)
        _record(connection, run, source, landings, loads)
        for plan in plans:
            unchanged(plan)
        replaced = _release(connection, run, plans)
    report(source, replaced)
    return loads


def note(connection: duckdb.DuckDBPyConnection, run: records.Run, plans: Sequence[FilePlan]) -> list[records.FileLoad]:
    """Write down the records of planned files without their rows, as a dry run does."""
    landings = [landing for plan in plans for landing in plan.landings]
    loads = _loads(plans)
    with transaction(connection):
        _record(connection, run, plans[0].source, landings, loads)
    return loads


def _loads(plans: Sequence[FilePlan]) -> list[records.FileLoad]:
    return [load for plan in plans for load in (*plan.loads, *(each.load for each in plan.landings))]


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Do all of it or nothing."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _by_shape(landings: Sequence[Landing]) -> Iterator[list[Landing]]:
    """Group what one statement can load; a part with bad records stands alone, because its row numbers have gaps."""

    def shape(landing: Landing) -> tuple[object, ...]:
        reading = landing.reading
        is_alone = bool(reading.bad_records) or reading.hides_file_index
        return reading.function, reading.columns, reading.values, is_alone and landing.file.file_id

    for _, same in groupby((each for each in landings if each.is_loaded), shape):
        yield list(same)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    there: Mapping[str, Column],
    landings: Sequence[Landing],
    loaded_at: datetime,
) -> None:
    reading, files = landings[0].reading, [each.reading.path for each in landings]
    names = spelled(reading.columns, there)
    place = "1" if reading.hides_file_index else "file_index::bigint + 1"
    query = reading.select(files, f"{place} as {PLACE}", f"row_number() over () as {POSITION}")
    file_ids = [each.file.file_id for each in landings]
    before = [0, *accumulate(each.load.loaded_records for each in landings)][:-1]
    values = exactly(source, reading.columns, there)
    try:
        with _shift(connection, reading) as (shift, join):
            connection.execute(
                f"insert into {name_of(source)} ({names}, _file_id, _row_number, _loaded_at) "
                f"select {values}, {file_ids}[{PLACE}], {POSITION} - {before}[{PLACE}] + {shift}, "
                f"{literal(loaded_at)} from ({query}) as good {join}"
            )
    except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
        if isinstance(error, duckdb.InvalidInputException) and INEXACT not in str(error):
            raise
        raise Refusal(
            f"a value does not fit its column in {name_of(source)}: {first_line(error)}; declare a data_type "
            f"that holds it in {source.declared_in}, such as varchar, or mend the file"
        ) from error
    _as_many_as_counted(connection, source, landings)


@contextmanager
def _shift(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield by how much a record's true number exceeds its position among the good ones, and the join that needs."""
    shifts = list(reading.row_numbers())
    if len(shifts) <= MAX_CASE_SHIFTS:
        yield _halved([first for first, _ in shifts], [0, *(shift for _, shift in shifts)]), ""
        return
    connection.register(
        "_shifts", pa.table({"first": [each[0] for each in shifts], "shift": [each[1] for each in shifts]})
    )
    yield "coalesce(_shifts.shift, 0)", f"asof left join _shifts on {POSITION} >= _shifts.first"
    connection.unregister("_shifts")


def _halved(firsts: Sequence[int], shifts: Sequence[int]) -> str:
    """Return the shift of a position as SQL; `shifts[k]` holds before `firsts[k]`, the last one behind them all."""
    if not firsts:
        return str(shifts[0])
    middle = len(firsts) // 2
    low, high = _halved(firsts[:middle], shifts[: middle + 1]), _halved(firsts[middle + 1 :], shifts[middle + 1 :])
    return f"case when {POSITION} < {firsts[middle]} then {low} else {high} end"


def _as_many_as_counted(connection: duckdb.DuckDBPyConnection, source: Source, landings: Sequence[Landing]) -> None:
    """Prove from the table that every file has as many rows as were counted, numbered as they stood."""
    first, last = landings[0].file.file_id, landings[-1].file.file_id
    rows = connection.execute(
        f"select _file_id, count(*), max(_row_number) from {name_of(source)} "
        f"where _file_id between {first} and {last} group by _file_id"
    ).fetchall()
    delivered = {file_id: (rows_there, last_number) for file_id, rows_there, last_number in rows}
    for landing in landings:
        rows_there, last_number = delivered.get(landing.file.file_id, (0, 0))
        counted = landing.load.loaded_records
        if rows_there != counted or not counted <= last_number <= counted + landing.load.quarantined_records:
            raise Refusal(
                f"the reader delivered {amount(rows_there, 'record')} where {counted} were counted; nothing is loaded. "
                "Declare external.options (delimiter, quote, encoding), or report the file"
            )


def _record(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    source: Source,
    landings: Sequence[Landing],
    loads: Sequence[records.FileLoad],
) -> None:
    records.add(connection, *(each.file for each in landings))
    records.add(connection, *(replace(load, ended_at=records.now()) for load in loads))
    records.add(connection, *(change for each in landings for change in each.drift.changes))
    records.add(
        connection,
        *(_rejected(run, source, each.file.file_id, bad) for each in landings for bad in each.reading.bad_records),
    )


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


def _release(connection: duckdb.DuckDBPyConnection, run: records.Run, plans: Sequence[FilePlan]) -> int:
    """Supersede what the new versions replace; returns how many."""
    changed = [plan for plan in plans if plan.is_new_version]
    if not changed:
        return 0
    places_of = {plan.prepared.found.uri for plan in changed}
    load_ids = [load_id for plan in changed for load_id in plan.superseding_ids]
    return release(connection, run, changed[0].source, places_of, changed[0].held, load_ids)


def unchanged(plan: FilePlan) -> None:
    """Raise OSError if the file is not what it was when it was opened."""
    prepared = plan.prepared
    if prepared.outcome is None and places.identity(prepared.found) != prepared.identity:
        raise OSError("it changed while it was read")
