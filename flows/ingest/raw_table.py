"""The raw tables: their columns, how they follow what files bring, and the record of every difference."""

from collections.abc import Sequence

import duckdb

from flows import records
from flows.declaration import Source
from flows.ingest.parts import Column
from flows.sql import quoted

BOOKKEEPING = {
    "_file_id": "BIGINT",
    "_row_number": "BIGINT",
    "_loaded_at": "TIMESTAMP",
    "_superseded_by_file_id": "BIGINT",
}


def name_of(source: Source) -> str:
    """Return the qualified name of a source's raw table."""
    return f"raw.{quoted(source.raw_table)}"


def create_raw_table(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Create the source's raw table, empty, with its declared columns, as dbt's create_raw_tables does."""
    types = {column.name: column.data_type for column in source.columns} | BOOKKEEPING
    columns = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in types.items())
    connection.execute(f"create table if not exists {name_of(source)} ({columns})")


def raw_columns(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """Return the names of the raw table's columns, as they are now."""
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'raw' and table_name = ? "
        "and table_catalog = current_database()",
        [source.raw_table],
    ).fetchall()
    return [str(name) for (name,) in rows]


def extend(connection: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Column]) -> None:
    """Add the columns that the raw table lacks; it may have more of them than any one file."""
    there = {name.casefold() for name in raw_columns(connection, source)}
    for column in columns:
        if column.name.casefold() not in there:
            there.add(column.name.casefold())
            connection.execute(f"alter table {name_of(source)} add column {quoted(column.name)} {column.data_type}")


def schema_changes(
    run: records.Run, source: Source, columns: Sequence[Column], there: Sequence[str], file_id: int
) -> tuple[records.SchemaChange, ...]:
    """Return every difference between a file's columns and the declared ones, with what is decided about it."""
    present = {column.name for column in columns}
    folded = {name.casefold() for name in there}
    changes: list[tuple[str, str, str | None, str]]
    changes = [
        (column.name, "added", column.file_name, "column added to the raw table")
        for column in columns
        if column.name.casefold() not in folded
    ]
    changes += [(each.name, "missing", None, "NULL") for each in source.columns if columns and each.name not in present]
    changes += [
        (column.name, "renamed", column.file_name, "declared alias")
        for column in columns
        if column.file_name.casefold() != column.name.casefold()
    ]
    return tuple(records.SchemaChange(run.run_id, source.name, file_id, *change) for change in changes)
