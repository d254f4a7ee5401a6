"""Values that rows gave to others, followed from model to model."""

from collections.abc import Iterator

import duckdb
import pytest

from flows import warehouse
from flows.commands.donations import Donation
from flows.commands.lineage import trace
from flows.commands.trace import show_trace
from flows.settings import Settings
from tests.ingesting import GOOD, put, run_ingest

# Order 1 was sent five times. In a first model row 1 of file 2 took the customer from file 1 and row 1 of file 4 took
# one from file 5; in the second file 2's row lost to that of file 3, which took the customer from it.
BUILT = """
    create schema staging;
    create schema intermediate;
    create table staging.orders as select *, null as _problems, null as _formatting from raw.shop__orders;
    create table intermediate.first as
        select *, case _file_id when 2 then 'customer:1:1' when 4 then 'note:5:1' end as _donors,
        from staging.orders where _file_id in (2, 3, 4);
    create table intermediate.second as
        select *, case _file_id when 3 then 'customer:2:1,note:4:1' end as _donors,
        from staging.orders where _file_id = 3;
    create table records.row_ledger as select * from (values
        (1, 1, 'superseded', 'key', 'content', 2, 1),
        (2, 1, 'superseded', 'key', 'content', 3, 1),
        (3, 1, 'kept', null, null, null, null),
        (4, 1, 'duplicate', 'similar', 'same_name', 3, 1),
        (5, 1, 'duplicate', 'exact', 'equal_rows', 4, 1)
    ) as ledger (file_id, row_number, fate, stage, rule, winner_file_id, winner_row_number);
"""
FROM_1, ON_TO_3 = Donation("customer", 1, 1, 2, 1), Donation("customer", 2, 1, 3, 1)
FROM_5, ON_FROM_4 = Donation("note", 5, 1, 4, 1), Donation("note", 4, 1, 3, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(warehouse=tmp_path_factory.mktemp("built"))
    for number in range(1, 6):
        put(settings, f"{number}.csv", GOOD.replace("first", str(number)))
    run_ingest(settings)
    with warehouse.write(settings) as connection:
        connection.execute(BUILT)
    return settings


@pytest.fixture
def connection(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.read_warehouse(built) as connection:
        yield connection


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("1", [FROM_1, ON_TO_3]),
        ("2", [ON_TO_3, FROM_1]),
        ("3", [ON_TO_3, ON_FROM_4, FROM_1, FROM_5]),
        ("4", [ON_FROM_4, FROM_5]),
        ("5", [FROM_5, ON_FROM_4]),
    ],
)
def test_a_value_is_followed_to_where_it_came_from_and_to_where_it_went(
    connection: duckdb.DuckDBPyConnection, file: str, expected: list[Donation]
) -> None:
    assert list(trace(connection, file, 1).donations) == expected


def test_each_row_on_the_way_of_a_value_is_named(
    built: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIDEMILL_WAREHOUSE", str(built.warehouse))

    def row_of(file: int) -> str:
        return f"row 1 of file {file} ({built.landing}/orders/{file}.csv)"

    show_trace("1", 1, as_json=False)
    printed = capsys.readouterr().out
    assert f"value      customer went to {row_of(2)}\n" in printed
    assert f"value      customer went from {row_of(2)} to {row_of(3)}\n" in printed
    show_trace("3", 1, as_json=False)
    printed = capsys.readouterr().out
    assert f"value      customer comes from {row_of(2)}\n" in printed
    assert f"value      customer went from {row_of(1)} to {row_of(2)}\n" in printed
