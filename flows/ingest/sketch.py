"""A database in memory to plan on, which knows the warehouse's records and columns but none of its rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from flows import records, warehouse
from flows.settings import Settings
from flows.sql import quoted

RAW_TABLES = "select table_name from duckdb_tables() where schema_name = 'raw'"
# What decides which files are new, and what is planned with them.
SKETCHED = ("files", "file_loads", "schema_changes")


@contextmanager
def sketch(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the sketch; a warehouse need not exist yet.

    Raises
    ------
    TidemillError
        When a run holds the warehouse.
    """
    with duckdb.connect() as connection:
        warehouse.configure(connection, settings)
        records.ensure(connection)
        if settings.warehouse_file.exists():
            with warehouse.read_warehouse(settings) as known:
                for table in SKETCHED:
                    _copy_rows(connection, known, f"records.{table}")
                for (table,) in known.execute(RAW_TABLES).fetchall():
                    _copy_columns(connection, known, f"raw.{quoted(table)}")
        yield connection


def _copy_rows(connection: duckdb.DuckDBPyConnection, known: duckdb.DuckDBPyConnection, table: str) -> None:
    connection.register("_known", known.execute(f"select * from {table}").to_arrow_table())
    connection.execute(f"insert into {table} by name select * from _known")
    connection.unregister("_known")


def _copy_columns(connection: duckdb.DuckDBPyConnection, known: duckdb.DuckDBPyConnection, table: str) -> None:
    columns = ", ".join(f"{quoted(row[0])} {row[1]}" for row in known.execute(f"describe {table}").fetchall())
    connection.execute(f"create table {table} ({columns})")
