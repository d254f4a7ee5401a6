"""Reads one table of a SQLite file: what SQLite types as it goes lands as text, NULL as NULL.

The file is opened read-only and taken to stand still, so that nothing is written beside it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isfinite
from pathlib import Path

import orjson

from flows.declaration import Declaration, Source
from flows.ingest.columns import MINIMUM_SHARE, columns_of, declared_share, no_header
from flows.ingest.containers.archives import refused_when_broken
from flows.ingest.formats.other_tables import not_of_this_source, resembles
from flows.ingest.formats.texts import write_texts
from flows.ingest.parts import BadRecord, Counts, Part, Reading, Refusal, made
from flows.sql import quoted

TABLES = """
    select name, type
    from pragma_table_list
    where schema = 'main' and type <> 'shadow' and substr(name, 1, 7) <> 'sqlite_'
"""
# What SQLite keeps beside a file while changes of it are not in it yet.
UNFINISHED = {"-wal": "a write-ahead log", "-journal": "the journal of an unfinished change"}


class _Text(bytes):
    """A text as it is stored: whether it is one, is found out record by record."""


@dataclass
class _Tally:
    rows: int = 0
    bad: list[BadRecord] = field(default_factory=list)


def tables_of(part: Part, source: Source) -> Iterator[Part]:
    """Yield one part per table, or the declared table or view alone.

    Raises
    ------
    Refusal
        When the file is broken, not all of it is there, or it lacks the declared table.
    """
    _nothing_beside(part.path)
    with _opened(part.path) as database:
        faults = database.execute("pragma quick_check(1)").fetchall()
        kinds = {_name(name): _name(kind) for name, kind in database.execute(TABLES)}
    if faults != [(b"ok",)]:
        raise Refusal(f"the SQLite file is broken ({_name(faults[0][0])}); fetch it again")
    wanted = source.options.get("sheet")
    if wanted is not None and wanted not in kinds:
        raise Refusal(f"it has no table '{wanted}' (has: {', '.join(sorted(kinds))}); mend external.options.sheet")
    names = [wanted] if wanted is not None else sorted(name for name, kind in kinds.items() if kind != "view")
    if not names:
        raise Refusal("the SQLite file has no table; ask its sender for it again, or remove it")
    for name in names:
        yield replace(part, sheet=name)


def _nothing_beside(path: Path) -> None:
    for ending, what in UNFINISHED.items():
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise Refusal(f"{what} lies beside it ({beside.name}); close the database, or copy it with .backup")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with refused_when_broken("the SQLite file"):
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
                database.text_factory = _Text
                database.execute("pragma trusted_schema = off")
                yield database
        except sqlite3.Error as error:
            raise Refusal(f"the SQLite file is broken or cut off ({error}); fetch it again") from error


def _name(text: bytes) -> str:
    return text.decode(errors="replace")


def read_sqlite(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand one table and return the query that delivers its rows.

    Raises
    ------
    Refusal
        When the table is broken, or its columns are those of another source.
    """
    assert part.sheet is not None
    with _opened(part.path) as database:
        table = quoted(part.sheet)
        ((total,),) = database.execute(f"select count(*) from {table}")
        names = _column_names(database, table)
        if source.columns and declared_share(source, names) < MINIMUM_SHARE:
            if resembles(source, [names]) or not _another_fits(database, source):
                raise no_header(source, declaration, [names])
            return not_of_this_source(part, source, total)
        columns = columns_of(source, names)
        path, tally = made(scratch) / "table.parquet", _Tally()
        write_texts(path, columns, _good(database.execute(f"select * from {table}"), tally))
    counts = Counts(total, quarantined=len(tally.bad))
    if tally.rows != total:
        raise Refusal(f"table {part.sheet} is broken: it counts {total} records and gives {tally.rows}; run .recover")
    return Reading(path, "read_parquet({files})", columns, counts, bad_records=tuple(tally.bad))


def _column_names(database: sqlite3.Connection, table: str) -> list[str]:
    return [column[0] for column in database.execute(f"select * from {table} limit 0").description]


def _another_fits(database: sqlite3.Connection, source: Source) -> bool:
    names = [_name(name) for name, kind in database.execute(TABLES).fetchall() if kind != b"view"]
    return any(declared_share(source, _column_names(database, quoted(name))) >= MINIMUM_SHARE for name in names)


def _good(rows: Iterator[tuple[object, ...]], tally: _Tally) -> Iterator[list[str | None]]:
    """Yield the rows as texts, and keep account of those with a text that is none."""
    for row in rows:
        tally.rows += 1
        try:
            yield [_value(cell) for cell in row]
        except UnicodeDecodeError as error:
            cells = [
                cell.decode(errors="backslashreplace") if isinstance(cell, _Text) else _value(cell) for cell in row
            ]
            message = f"some bytes are no text in UTF-8 ({error.reason})"
            tally.bad.append(BadRecord(tally.rows, None, None, orjson.dumps(cells), "encoding-error", message))


def _value(cell: object, errors: str = "strict") -> str | None:
    """Write a cell as text: numbers without exponent, a blob in hexadecimal digits."""
    if cell is None:
        return None
    if isinstance(cell, _Text):
        return cell.decode(errors=errors)
    if isinstance(cell, bytes):
        return cell.hex()
    return format(Decimal(repr(cell)), "f") if isinstance(cell, float) and isfinite(cell) else str(cell)
