"""Creates the record tables, and brings those of an older Tidemill up to date without losing a row.

DuckDB cannot alter a CHECK, so a table that is defined otherwise is written anew and filled from the old one. The
sha256 of `records.sql` stands in the comment of `records.runs`, so that nothing is compared twice.
"""

import hashlib
from functools import cache
from pathlib import Path

import duckdb

from flows.sql import literal, quoted

DEFINITIONS = (
    "select table_name, sql from duckdb_tables() where database_name = current_database() and schema_name = 'records'"
)


def ensure(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas and record tables that are missing, and renew those that are defined otherwise."""
    connection.execute(_schema_sql())
    if _written_by(connection) != _sha256():
        connection.begin()
        try:
            _renew(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


@cache
def _schema_sql() -> str:
    return (Path(__file__).parent / "records.sql").read_text(encoding="utf-8")


@cache
def _sha256() -> str:
    return hashlib.sha256(_schema_sql().encode()).hexdigest()


def _written_by(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = connection.execute(
        "select comment from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'records' and table_name = 'runs'"
    ).fetchall()
    return rows[0][0] if rows else None


def _renew(connection: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect() as empty:
        empty.execute(_schema_sql())
        wanted = dict(empty.execute(DEFINITIONS).fetchall())
    there = dict(connection.execute(DEFINITIONS).fetchall())
    for table, definition in wanted.items():
        if there[table] != definition:
            _rewrite(connection, table, definition)
    connection.execute(f"comment on table records.runs is {literal(_sha256())}")


def _rewrite(connection: duckdb.DuckDBPyConnection, table: str, definition: str) -> None:
    """Put the table with its new definition in the place of the old one; a column only the old one has is kept."""
    old_columns = _columns(connection, table)
    connection.execute(f"alter table records.{table} rename to older_{table}")
    connection.execute(definition)
    new_columns = _columns(connection, table)
    for name, data_type in old_columns.items():
        if name not in new_columns:
            connection.execute(f"alter table records.{table} add column {quoted(name)} {data_type}")
    connection.execute(f"insert into records.{table} by name select * from records.older_{table}")
    connection.execute(f"drop table records.older_{table}")


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        f"where database_name = current_database() and schema_name = 'records' and table_name = {literal(table)}"
    ).fetchall()
    return dict(rows)
