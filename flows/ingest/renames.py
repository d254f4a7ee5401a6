"""Files loaded before a name in them was declared as an alias: their values move to the column they belong to.

Raw rows stay what stood in the file, read as the source is declared now.
"""

import logging
from collections.abc import Iterator

import duckdb

from flows import records
from flows.amounts import amount
from flows.declaration import Source
from flows.ingest.column_types import holds
from flows.ingest.columns import declared_name
from flows.ingest.parts import Column
from flows.ingest.raw_table import name_of, raw_columns
from flows.sql import quoted

log = logging.getLogger("tidemill.ingest")
PLACES = """
    select file_id, arg_max(uri, load_id) from records.file_loads where file_id in (select unnest($file_ids)) group by 1
"""


def move_renamed(connection: duckdb.DuckDBPyConnection, run: records.Run, source: Source) -> None:
    """Move what stands under an alias that was declared since; every file whose rows change has a load of its own."""
    for alias, column in _aliased(connection, source):
        file_ids = _files(connection, source, alias, column)
        if not file_ids:
            continue
        if not holds(column.data_type, alias.data_type):
            log.warning(
                "ingest: %s: '%s' (%s) cannot move to %s, because it is declared %s; declare data_type: %s",
                *(source.name, alias.name, alias.data_type, column.name, column.data_type, alias.data_type.lower()),
            )
            continue
        connection.begin()
        try:
            _move(connection, run, source, alias, column, file_ids)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
        files = amount(len(file_ids), "file")
        log.info("ingest: %s: '%s' of %s is %s now, as declared", source.name, alias.name, files, column.name)


def _aliased(connection: duckdb.DuckDBPyConnection, source: Source) -> Iterator[tuple[Column, Column]]:
    """Yield each raw column that is called like an alias, and the declared one that it is an alias of."""
    there = raw_columns(connection, source)
    for column in there.values():
        name = declared_name(source, column.name)
        if name and name.casefold() != column.name.casefold():
            yield column, there[name.casefold()]


def _files(connection: duckdb.DuckDBPyConnection, source: Source, alias: Column, column: Column) -> list[int]:
    """Return the files with values under the alias and none under the declared name."""
    old, new = quoted(alias.name), quoted(column.name)
    rows = connection.execute(
        f"select _file_id from {name_of(source)} where {old} is not null or {new} is not null "
        f"group by _file_id having count({old}) > 0 and count({new}) = 0 order by _file_id"
    )
    return [file_id for (file_id,) in rows.fetchall()]


def _move(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    source: Source,
    alias: Column,
    column: Column,
    file_ids: list[int],
) -> None:
    connection.execute(
        f"update {name_of(source)} set {quoted(column.name)} = {quoted(alias.name)}, {quoted(alias.name)} = null "
        "where _file_id in (select unnest($file_ids))",
        {"file_ids": file_ids},
    )
    first_id, now = records.next_id(connection, "file_loads", "load_id"), records.now()
    places = sorted(connection.execute(PLACES, {"file_ids": file_ids}).fetchall())
    records.add(
        connection,
        *(
            records.FileLoad(load_id, run.run_id, file_id, source.name, uri, "replayed", now, now)
            for load_id, (file_id, uri) in enumerate(places, start=first_id)
        ),
    )
