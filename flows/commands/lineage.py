"""Follows one row of one file through the warehouse: what stood there, what was changed, what became of it.

Knows the bookkeeping columns every layer carries, and no table by its name. A mart that does not carry them is found by
its first column, its key.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

import duckdb

from flows.commands.donations import Donation, Place, donations_of_row, donations_on_the_way
from flows.errors import DeclarationError, TidemillError
from flows.ingest.known_files import KnownFile, files_named, names_of
from flows.macros import render
from flows.sql import quoted

Row = Mapping[str, str | None]
LAYERS = ("staging", "intermediate", "marts")
# More rows of a mart than this are not the one a row ended in, but many it took part in.
MAX_ROWS = 5
TABLES = """
    select
        schema_name,
        table_name,
        first(column_name order by column_index),
        bool_or(column_name = '_row_number'),
        bool_or(column_name = '_problems'),
    from duckdb_columns()
    where database_name = current_database() and list_contains(?, schema_name)
    group by schema_name, table_name
    order by list_position(?, schema_name), table_name
"""
REJECTED = """
    select columns(*)::varchar from (
        select line, byte_offset, error_code, message, raw_text, replay_status, replay_load_id
        from records.rejected_records
        where file_id = ? and row_number = ? and stage = 'ingest'
    )
"""


@dataclass(frozen=True)
class Table:
    """A relation of a layer: its first column, and whether it carries where its rows come from, and their problems."""

    schema: str
    table: str
    key: str
    has_place: bool
    has_problems: bool

    @property
    def name(self) -> str:
        """The name as a person writes it."""
        return f"{self.schema}.{self.table}"

    @property
    def relation(self) -> str:
        """The name as SQL takes it."""
        return f"{self.schema}.{quoted(self.table)}"


@dataclass(frozen=True)
class Change:
    """A value that cleaning rewrote, or could not take (`cleaned` is None then)."""

    column: str
    rule: str
    raw: str | None
    cleaned: str | None


@dataclass(frozen=True)
class Fate:
    """What became of a row, and the row it lost to."""

    file_id: int
    row_number: int
    fate: str
    stage: str | None
    rule: str | None
    winner_file_id: int | None
    winner_row_number: int | None


@dataclass(frozen=True)
class Trace:
    """The way of one row; `fates` begins with its own and goes on with those it lost to, `ended_in` are marts' rows.

    `donations` are the values it gave, with where they went on to, and those it took, with where they came from;
    `files` are the names of all of these rows' files.
    """

    file: KnownFile
    row_number: int
    raw: Row | None
    rejected: tuple[Row, ...]
    changes: tuple[Change, ...]
    fates: tuple[Fate, ...]
    donations: tuple[Donation, ...]
    layers: Mapping[str, Row]
    ended_in: Mapping[str, tuple[Row, ...]]
    files: Mapping[int, str]


def trace(connection: duckdb.DuckDBPyConnection, name: str, row_number: int) -> Trace:
    """Follow a row of the file that is called so.

    Raises
    ------
    DeclarationError
        When no file is called so, or several are.
    TidemillError
        When the file has no such row.
    """
    file = _the_file(connection, name)
    raw_table = f"raw.{quoted(file.source.replace('.', '__'))}"
    raw = _row(connection, raw_table, file.file_id, row_number)
    rejected = tuple(_rows(connection, REJECTED, [file.file_id, row_number]))
    if raw is None and not rejected:
        raise TidemillError(_no_such_row(connection, raw_table, file, row_number))
    tables = [Table(*row) for row in connection.execute(TABLES, [list(LAYERS), list(LAYERS)]).fetchall()]
    layers = dict(_layers(connection, tables, file.file_id, row_number))
    fates = tuple(_fates(connection, file.file_id, row_number))
    changes = [
        change for each in tables if each.has_problems for change in _changes(connection, raw, layers.get(each.name))
    ]
    kept = fates[-1] if fates and fates[-1].fate == "kept" else None
    ended_in = dict(_ended_in(connection, tables, kept)) if kept else {}
    chain = [(each.file_id, each.row_number) for each in fates]
    donations = tuple(donations_on_the_way(chain, partial(_taken, connection, tables)) if chain else ())
    files = names_of(connection, _files_of(fates, donations))
    return Trace(file, row_number, raw, rejected, tuple(changes), fates, donations, layers, ended_in, files)


def _files_of(fates: Sequence[Fate], donations: Sequence[Donation]) -> set[int]:
    winners = {each.winner_file_id for each in fates if each.winner_file_id is not None}
    given = {number for each in donations for number in (each.file_id, each.kept_file_id)}
    return winners | given | {each.file_id for each in fates}


def _the_file(connection: duckdb.DuckDBPyConnection, name: str) -> KnownFile:
    files = files_named(connection, name)
    if len(files) > 1:
        listed = "\n".join(f"  {each.file_id}  {each.name} ({each.source})" for each in files)
        raise DeclarationError(f"trace: {len(files)} files are called '{name}'; give one's file_id:\n{listed}")
    return files[0]


def _rows(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[object]) -> Iterator[Row]:
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description or ()]
    yield from (dict(zip(names, row, strict=True)) for row in result.fetchall())


def _row(connection: duckdb.DuckDBPyConnection, table: str, file_id: int, row_number: int) -> Row | None:
    query = f"select columns(*)::varchar from {table} where _file_id = ? and _row_number = ?"
    return next(_rows(connection, query, [file_id, row_number]), None)


def _no_such_row(connection: duckdb.DuckDBPyConnection, raw_table: str, file: KnownFile, row_number: int) -> str:
    rows = connection.execute(
        f"select max(number) from (select max(_row_number) as number from {raw_table} where _file_id = $id "
        "union all select max(row_number) from records.rejected_records where file_id = $id)",
        {"id": file.file_id},
    ).fetchall()
    last = f"its records are numbered 1 to {rows[0][0]}" if rows[0][0] else "no record of it is known"
    return f"trace: {file.name} has no record {row_number}; {last}"


def _layers(
    connection: duckdb.DuckDBPyConnection, tables: list[Table], file_id: int, row_number: int
) -> Iterator[tuple[str, Row]]:
    for table in tables:
        row = _row(connection, table.relation, file_id, row_number) if table.has_place else None
        if row is not None:
            yield table.name, row


def _changes(connection: duckdb.DuckDBPyConnection, raw: Row | None, cleaned: Row | None) -> Iterator[Change]:
    """Read the codes `column:rule:raw column:path:…`; a value may also just be written differently in its type."""
    if raw is None or cleaned is None:
        return
    codes = ",".join(filter(None, (cleaned["_formatting"], cleaned["_problems"])))
    coded = set[str]()
    stood = {name.lower(): value for name, value in raw.items()}
    for code in filter(None, codes.split(",")):
        column, rule, from_column, path = (unquote(part) for part in code.split(":")[:4])
        before = stood.get((from_column or column).lower())
        if path:
            inside = f"select case when {render('is_json', '$1')} then json_extract_string($1, $2) else $1 end"
            cell = before if before is None or isinstance(before, str) else json.dumps(before, default=str)
            before = connection.execute(inside, [cell, path]).fetchall()[0][0]
        coded.add(column)
        yield Change(column, rule, before, cleaned.get(column))
    for column, value in cleaned.items():
        before = stood.get(column.lower(), value)
        if not column.startswith("_") and column not in coded and before != value:
            yield Change(column, "type", before, value)


def _fates(connection: duckdb.DuckDBPyConnection, file_id: int, row_number: int) -> Iterator[Fate]:
    """Yield the row's fate, and from winner to winner that of the one who is left."""
    if not connection.execute("select 1 from duckdb_tables() where table_name = 'row_ledger'").fetchall():
        return
    columns = "fate, stage, rule, winner_file_id, winner_row_number"
    query = f"select {columns} from records.row_ledger where file_id = ? and row_number = ?"
    seen = set[tuple[int, int]]()
    place: tuple[int | None, int | None] = (file_id, row_number)
    while place[0] is not None and place[1] is not None and (place[0], place[1]) not in seen:
        seen.add((place[0], place[1]))
        rows = connection.execute(query, list(place)).fetchall()
        if not rows:
            return
        fate = Fate(place[0], place[1], *rows[0])
        yield fate
        place = fate.winner_file_id, fate.winner_row_number


def _taken(connection: duckdb.DuckDBPyConnection, tables: list[Table], place: Place) -> list[Donation]:
    codes = (row.get("_donors") for _, row in _layers(connection, tables, *place))
    return list(donations_of_row(place, codes))


def _ended_in(
    connection: duckdb.DuckDBPyConnection, tables: list[Table], kept: Fate
) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Yield the marts' rows of a kept row: those that carry its place, else those of the same key."""
    place: list[object] = [kept.file_id, kept.row_number]
    layers = dict(_layers(connection, tables, kept.file_id, kept.row_number))
    for table in tables:
        # Of the models that have the row, not each has every key: a linked one has none of the row's own columns.
        known = [each for each in tables if table.key in layers.get(each.name, {})]
        if table.schema != "marts" or not (known or table.has_place):
            continue
        condition = "_file_id = ? and _row_number = ?"
        if not table.has_place:
            key = quoted(table.key)
            condition = f"{key}::varchar = (select {key}::varchar from {known[-1].relation} where {condition})"
        rows = tuple(_rows(connection, f"select columns(*)::varchar from {table.relation} where {condition}", place))
        if 0 < len(rows) <= MAX_ROWS:
            yield table.name, rows
