"""Opens what is compared: a file of any format ingest reads, a table of the published file, or of any DuckDB file.

Does not know what the columns mean; `alignment.py` sets those of both sides beside each other.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows import read
from flows.amounts import amount
from flows.declaration import Declaration
from flows.declaration.checks import has
from flows.declaration.sources import source_of_file
from flows.errors import DeclarationError, first_line
from flows.ingest.parts import Part, Reading
from flows.ingest.places.locations import DATABASES, masked, scheme
from flows.ingest.prepare import PreparedPart, open_file, read_part
from flows.settings import Settings
from flows.sql import count_rows, literal, quoted

log = logging.getLogger("tidemill.compare")
PUBLISHED, WAREHOUSE = "published", "warehouse"
DUCKDB_MAGIC = slice(8, 12), b"DUCK"
# Formats that cannot tell nothing from an empty text: there, an empty cell is nothing.
WITHOUT_NULL = ("csv",)
# DuckDB reads these where they lie; texts are parsed once, into a table.
READ_IN_PLACE = ("parquet",)


@dataclass(frozen=True)
class Column:
    """A column with its type in DuckDB."""

    name: str
    data_type: str


@dataclass(frozen=True)
class Side:
    """One of the two tables: as the call names it, as SQL names it, and what it holds."""

    name: str
    relation: str
    columns: tuple[Column, ...]
    rows: int
    rejected: int = 0

    def column(self, name: str) -> Column | None:
        """Return a column by its name, whatever its case."""
        return next((each for each in self.columns if each.name.casefold() == name.casefold()), None)


def open_side(connection: duckdb.DuckDBPyConnection, given: str, alias: str, scratch: Path) -> Side:
    """Bring one side into the connection's reach, as a table or view in it, or an attached one.

    Parameters
    ----------
    given
        A path or URL, `path:part` (a sheet, a member of an archive, a table of a database file), or `schema.table`:
        of the published file, or of the one that `published:` or `warehouse:` before it names.
    alias
        What a table made here is called.

    Raises
    ------
    DeclarationError
        When there is no such file or table, or it cannot be read.
    """
    place, part = _place_and_part(given)
    if place is None:
        return _own(connection, given)
    if not scheme(place) and _is_duckdb(Path(place)):
        return _attached(connection, given, Path(place), part)
    relation, rejected = _read(connection, place, part, alias, scratch)
    return _side(connection, given, relation, rejected)


def _place_and_part(given: str) -> tuple[str | None, str | None]:
    """Split at the last colon where what stands before it is a file."""
    if scheme(given) or Path(given).exists():
        return given, None
    name, colon, part = given.rpartition(":")
    return (name, part) if colon and Path(name).is_file() else (None, None)


def file_of(given: str) -> Path | None:
    """Return the file that holds a side, as far as the call tells; None for what lies far away, or nowhere."""
    place, _ = _place_and_part(given)
    if place is None:
        return _own_files().get(given.rpartition(":")[0])
    return None if scheme(place) else Path(place)


def _own_files() -> Mapping[str, Path]:
    """Return by prefix the file whose tables it names."""
    settings = Settings()
    return {"": settings.published_file, PUBLISHED: settings.published_file, WAREHOUSE: settings.warehouse_file}


def _is_duckdb(path: Path) -> bool:
    if path.is_dir():
        raise DeclarationError(f"compare: {path} is a folder; name one of its files")
    if not path.is_file():  # what a pipe has given is gone
        return False
    with path.open("rb") as stream:
        place, magic = DUCKDB_MAGIC
        return stream.read(16)[place] == magic


def _own(connection: duckdb.DuckDBPyConnection, given: str) -> Side:
    """Open a table of the warehouse, as it is now, or as it was published."""
    name, _, table = given.rpartition(":")
    file = _own_files().get(name)
    if file is None:
        raise DeclarationError(f"compare: {given}: there is no such file, nor such a table")
    if not file.exists():
        missing = "there is no warehouse yet" if name == WAREHOUSE else "nothing is published yet"
        raise DeclarationError(f"compare: {given}: there is no such file, and {missing} in {file}")
    return _attached(connection, given, file, table)


def _attached(connection: duckdb.DuckDBPyConnection, given: str, file: Path, table: str | None) -> Side:
    database = _attach(connection, file)
    # Without parameters, for which DuckDB would import pandas.
    rows = connection.execute(
        f"select schema_name, table_name from duckdb_tables() where database_name = {literal(database)} union all "
        f"select schema_name, view_name from duckdb_views() where database_name = {literal(database)} and not internal"
    ).fetchall()
    names = {f"{schema}.{name}": (schema, name) for schema, name in rows}
    matching = [name for name in names if table in (name, names[name][1])]
    if len(matching) != 1:
        is_own = given in (table, f"{PUBLISHED}:{table}", f"{WAREHOUSE}:{table}")
        what = "there is no such file or table" if is_own else f"name one table of it, as {file}:NAME"
        raise DeclarationError(f"compare: {given}: {what}{has(str(table), sorted(names))}")
    return _side(connection, given, ".".join(map(quoted, (database, *names[matching[0]]))))


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """Attach a database read-only, once: both sides may come from one file."""
    path = str(file.absolute())
    known = connection.execute(f"select database_name from duckdb_databases() where path = {literal(path)}").fetchone()
    if known:
        return str(known[0])
    count = connection.execute("select count(*) from duckdb_databases()").fetchone()
    assert count
    database = f"given_{count[0]}"
    try:
        connection.execute(f"attach {literal(path)} as {database} (read_only)")
    except duckdb.Error as error:
        remedy = "; wait until that process has ended" if "lock is held" in str(error) else ""
        raise DeclarationError(f"compare: {file}: cannot be opened ({first_line(error)}){remedy}") from error
    return database


def _side(connection: duckdb.DuckDBPyConnection, given: str, relation: str, rejected: int = 0) -> Side:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    columns = tuple(Column(row[0], row[1]) for row in described)
    return Side(masked(given), relation, columns, count_rows(connection, relation), rejected)


def _read(
    connection: duckdb.DuckDBPyConnection, place: str, wanted: str | None, alias: str, scratch: Path
) -> tuple[str, int]:
    if scheme(place) in DATABASES:
        raise DeclarationError(
            f"compare: {masked(place)}: a table of a database is compared as a file: DuckDB's and SQLite's as "
            "FILE:TABLE, any other as what tidemill read --to DIR writes of it"
        )
    source = read.at(source_of_file({}, None), place)
    try:
        prepared = open_file(source, read.found(source, place, scratch), scratch)
    except OSError as error:
        raise DeclarationError(f"compare: {masked(place)}: it could not be read ({error.strerror or error})") from error
    if prepared.error:
        raise DeclarationError(f"compare: {masked(place)}: {prepared.error}")
    chosen = _chosen(place, prepared.parts, wanted)
    understood = read_part(chosen, source, Declaration("compare", (source,), ()), scratch)
    if understood.reading is None or understood.part is None:
        raise DeclarationError(f"compare: {masked(place)}: {understood.error}")
    _tell_rejected(masked(place), understood.reading)
    return _made(connection, understood.part, understood.reading, alias), understood.reading.counts.quarantined


def _chosen(place: str, parts: Sequence[PreparedPart], wanted: str | None) -> PreparedPart:
    if len(parts) == 1 and wanted is None:
        return parts[0]
    names = {_part_name(each.part): each for each in parts if each.part}
    if not any(names):
        raise DeclarationError(f"compare: {masked(place)}: it has no parts; name the file without ':{wanted}'")
    if wanted not in names:
        raise DeclarationError(
            f"compare: {masked(place)}: name one part of it, as {masked(place)}:NAME{has(str(wanted), sorted(names))}"
        )
    return names[wanted]


def _part_name(part: Part) -> str:
    return " ".join(filter(None, (part.member, part.sheet)))


def _tell_rejected(place: str, reading: Reading) -> None:
    if reading.counts.quarantined:
        count, first = reading.counts.quarantined, reading.bad_records[0]
        log.warning(
            "compare: %s: left out %s that cannot be read, the first in line %s: %s",
            place,
            amount(count, "record"),
            first.line,
            first.message,
        )


def _made(connection: duckdb.DuckDBPyConnection, part: Part, reading: Reading, alias: str) -> str:
    if not reading.columns:
        raise DeclarationError(f"compare: {part.path.name}: it has no columns")
    names = [quoted(column.name) for column in reading.columns]
    values = [f"nullif({name}, '') as {name}" for name in names] if part.format in WITHOUT_NULL else names
    kind = "view" if part.format in READ_IN_PLACE else "table"
    query = f"select {', '.join(values)} from ({reading.select([reading.path])}) as good"
    try:
        connection.execute(f"create {kind} {alias} as {query}")
    except duckdb.Error as error:
        raise DeclarationError(f"compare: {part.path.name}: cannot be read ({first_line(error)})") from error
    if count_rows(connection, alias) != reading.counts.loaded:
        raise DeclarationError(f"compare: {part.path.name}: not every record that was counted could be read")
    return alias
