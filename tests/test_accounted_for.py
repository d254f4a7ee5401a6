"""The data test `accounted_for`: a row that is lost, or has two fates, is found in whatever file."""

import duckdb
import pytest

from flows import records
from tests.rendering import render

LOADED = {1: 100, 2: 9, 3: 5}
LEDGER = """
    create table ledger as
    select 'shop.orders' as source, file_id::bigint as file_id, row_number::bigint as row_number, 'kept' as fate
    from (values (1, 100, 0), (2, 10, 5), (3, 5, 0)) as files(file_id, last_row, missing),
        lateral (select unnest(range(1, last_row + 1)) as row_number)
    where row_number <> missing
"""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """Three files, in the second of which one record was rejected."""
    connection, now = duckdb.connect(), records.now()
    connection.execute("attach ':memory:' as warehouse; use warehouse")
    records.ensure(connection)
    for file, rows in LOADED.items():
        load = records.FileLoad(file, "run-1", file, "shop.orders", f"{file}.csv", "loaded", now, now)
        records.add(connection, load)
        connection.execute(
            f"update records.file_loads set loaded_records = {rows}, records_read = {rows} where load_id = {file}"
        )
    connection.execute(LEDGER)
    return connection


def found(connection: duckdb.DuckDBPyConnection) -> list[str]:
    # Without dbt no source is declared.
    query = render("test_accounted_for", "ledger").replace("('')", "('shop.orders')")
    return [file for (file,) in connection.execute(f"select file from ({query}) order by 1").fetchall()]


def test_every_row_with_one_fate_is_right_also_where_a_record_was_rejected(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert found(connection) == []


@pytest.mark.parametrize(
    ("change", "file"),
    [
        ("update ledger set row_number = 4 where file_id = 3 and row_number = 5", "3.csv"),
        ("update ledger set row_number = 3 where file_id = 2 and row_number = 4", "2.csv"),
        ("update ledger set fate = null where file_id = 1 and row_number = 4", "1.csv"),
        ("delete from ledger where file_id = 1 and row_number = 100", "1.csv"),
        ("insert into ledger select * from ledger where file_id = 2 and row_number = 1", "2.csv"),
    ],
)
def test_a_lost_or_doubled_row_is_found(connection: duckdb.DuckDBPyConnection, change: str, file: str) -> None:
    connection.execute(change)
    assert found(connection) == [file]
