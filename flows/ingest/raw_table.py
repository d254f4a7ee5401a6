"""The raw tables: their columns, and how they follow the declaration and what files bring."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from flows.declaration import Source
from flows.ingest.column_types import common_type, holds, loses_text
from flows.ingest.parts import Column
from flows.sql import literal, quoted

# What DuckDB's error says of a value that its column would round or cut.
INEXACT = "which cannot hold exactly"
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
    """Create the source's raw table, empty, with its declared columns, as dbt's create_raw_tables does.

    One that is there gets what was declared since: columns it lacks, and types in which no value is lost.
    """
    types = {column.name: column.data_type for column in source.columns} | BOOKKEEPING
    columns = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in types.items())
    connection.execute(f"create table if not exists {name_of(source)} ({columns})")
    there = raw_columns(connection, source)
    for column in declared_types(connection, source):
        before = there.get(column.name.casefold())
        if before is None or not holds(before.data_type, column.data_type):
            extend(connection, source, [_without_loss(connection, source, before, column)])


def _without_loss(
    connection: duckdb.DuckDBPyConnection, source: Source, before: Column | None, declared: Column
) -> Column:
    """Return the declared column, or a wider one where the declared type would lose a value that is there."""
    if before and connection.execute(losses(name_of(source), before, declared.data_type)).fetchall():
        return replace(declared, data_type=common_type(before.data_type, declared.data_type))
    return declared


def declared_types(connection: duckdb.DuckDBPyConnection, source: Source) -> list[Column]:
    """Return the declared columns with their types as DuckDB writes them."""
    if not source.columns:
        return []
    empty = ", ".join(f"null::{column.data_type} as {quoted(column.name)}" for column in source.columns)
    return [Column(row[0], row[0], row[1]) for row in connection.execute(f"describe select {empty}").fetchall()]


def raw_columns(connection: duckdb.DuckDBPyConnection, source: Source) -> dict[str, Column]:
    """Return the raw table's columns in their order, as they are now, by their folded names."""
    rows = connection.execute(
        "select column_name, data_type from information_schema.columns where table_schema = 'raw' "
        f"and table_name = {literal(source.raw_table)} and table_catalog = current_database() order by ordinal_position"
    ).fetchall()
    return {name.casefold(): Column(name, name, data_type) for name, data_type in rows}


def extend(connection: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Column]) -> None:
    """Add the columns that the raw table lacks, and give those that are there these types."""
    there = raw_columns(connection, source)
    for column in columns:
        name, before = quoted(column.name), there.get(column.name.casefold())
        if before is None:
            connection.execute(f"alter table {name_of(source)} add column {name} {column.data_type}")
        elif before.data_type != column.data_type:
            connection.execute(f"alter table {name_of(source)} alter {name} set data type {column.data_type}")
        there[column.name.casefold()] = column


def losses(relation: str, column: Column, data_type: str) -> str:
    """Return the query for the first value of a typed column that another type cannot hold exactly."""
    name = quoted(column.name)
    return (
        f"select {name}::varchar, try_cast({name} as {data_type})::varchar from {relation} "
        f"where {_is_lost(column, data_type)} limit 1"
    )


def _is_lost(column: Column, data_type: str) -> str:
    """Return the SQL condition under which a typed value does not come back from another type as it was."""
    name = quoted(column.name)
    back = f"try_cast(try_cast({name} as {data_type}) as {column.data_type})"
    return f"{name} is not null and {back} is distinct from {name}"


def spelled(columns: Sequence[Column], there: Mapping[str, Column]) -> str:
    """Return a file's columns as the raw table spells them: DuckDB tells `É` from `é`, we do not."""
    return ", ".join(quoted(there[column.name.casefold()].name) for column in columns)


def exactly(source: Source, columns: Sequence[Column], there: Mapping[str, Column]) -> str:
    """Return the select list of a file's columns in which a value that its type would round or cut is an error."""
    return ", ".join(_exactly(source, column, there[column.name.casefold()].data_type) for column in columns)


def _exactly(source: Source, column: Column, data_type: str) -> str:
    name = quoted(column.name)
    if column.data_type == "VARCHAR":
        lossy = loses_text(name, data_type)
    else:
        lossy = None if holds(data_type, column.data_type) else _is_lost(column, data_type)
    if lossy is None:
        return name
    message = f"column {column.name} of {source.name} is {data_type}, {INEXACT} "
    return f"case when {lossy} then error({literal(message)} || {name}::varchar) else {name} end"
