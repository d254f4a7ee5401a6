"""A longer proof: 50 M rows go through clean, de-duplicate and compare with 2 GB for DuckDB and 3 GiB for the process.

`TIDEMILL_TEST_ROWS` may be another number of rows, a multiple of 50,000.
"""

import os
import sys
from functools import partial
from pathlib import Path

import duckdb
import pytest

from benchmarks.costs import cost_of, measure
from flows import warehouse
from flows.settings import REPOSITORY, Settings
from tests.rendering import render

pytestmark = pytest.mark.slow
ROWS = int(os.environ.get("TIDEMILL_TEST_ROWS", "50_000_000"))
ALONE = ROWS * 9 // 10
# Each row of the last tenth is a newer version (odd) or a copy (even) of an earlier one. Every 5,000th person has no
# number, so that all rows of that person are rejected.
RAW = f"""
    create table raw.given as
    select
        'C' || lpad((person * 7919 % 1000000007)::varchar, 10, '0') as customer,
        person::varchar as person,
        ' Name ' || person % 50000 as name,
        case when person % 5000 = 7 then 'many' else (person % 100000)::varchar || '.50' end as amount,
        strftime(date '2015-01-01' + (person % 3000)::integer, '%d.%m.%Y') as opened_on,
        (timestamp '2020-01-01' + to_seconds(person % 1000000 + version))::varchar as updated_at,
        i // 1000000 + 1 as _file_id,
        i % 1000000 + 1 as _row_number,
        timestamp '2026-01-01' as _loaded_at,
        null::bigint as _superseded_by_file_id,
    from
        (
            select
                i,
                case when i < {ALONE} then i else (i - {ALONE}) * 7 end as person,
                (i >= {ALONE} and i % 2 = 1)::bigint as version,
            from range({ROWS}) as numbers(i)
        )
"""
RULES = {
    "customer": {"required": True},
    "person": {"type": "integer", "decimal_mark": "."},
    "name": {},
    "amount": {"type": "decimal(12, 2)", "decimal_mark": ".", "on_error": "row"},
    "opened_on": {"type": "date", "formats": ["iso", "german"]},
    "updated_at": {"type": "timestamp", "formats": ["iso"]},
}
# One person in a thousand is missing, one has been added, and ten are changed.
OTHER = """
    select * replace (name || case when person % 100 = 3 then '!' else '' end as name)
    from kept
    where person % 1000 <> 1
    union all
    select * replace ('D' || customer as customer) from kept where person % 1000 = 2
"""
VALUES = ["person", "name", "amount", "opened_on", "updated_at"]
STEPS = {
    "raw": RAW,
    "cleaned": f"create table cleaned as {render('clean', 'raw.given', RULES)}",
    "kept": f"create table kept as {render('deduplicate', 'cleaned', 'customer', 'updated_at desc')}",
    "other": f"create table other as {OTHER}",
    "compared": f"create table compared as {render('compare', 'kept', 'other', 'customer', VALUES)}",
}
IN_A_CHILD = "import sys; from tests.test_larger_than_memory import run_here; run_here(sys.argv[1])"


def settings_in(folder: str | Path) -> Settings:
    return Settings(warehouse=Path(folder), threads=2, memory_limit="2GB")


def run_here(folder: str) -> None:
    with warehouse.write(settings_in(folder)) as connection, (Path(folder) / "steps.txt").open("w") as steps:
        connection.execute(f"set temp_directory = '{folder}/spilled'")
        for name, sql in STEPS.items():
            cost = measure(partial(connection.sql, sql))
            print(f"{name:9} {cost}", file=steps, flush=True)


def test_fifty_million_rows_are_cleaned_and_deduplicated_and_compared_within_three_gibibytes(tmp_path: Path) -> None:
    child = cost_of([sys.executable, "-c", IN_A_CHILD, tmp_path], os.environ | {"PYTHONPATH": str(REPOSITORY)})
    print(f"{ROWS:,} rows, a peak of {child.gib:.2f} GiB\n{(tmp_path / 'steps.txt').read_text()}")
    with warehouse.read_warehouse(settings_in(tmp_path)) as connection:
        rejected, lost = ROWS // 5000, ROWS // 10 - ROWS // 50_000
        assert counts(connection, "cleaned", "count(*)", "count(*) filter (where _is_rejected)") == (ROWS, rejected)
        assert counts(connection, "kept", "count(*)", "sum(len(string_split(_duplicates, ',')))") == (
            ROWS - rejected - lost,
            lost,
        )
        merged = [f"count(*) filter (where _merge = '{each}')" for each in ("left_only", "right_only", "both")]
        assert counts(connection, "compared", *merged, "count(*) filter (where is_changed)") == (
            ALONE // 1000,
            ALONE // 1000,
            ALONE // 100,
            ALONE // 100,
        )
    assert child.gib < 3


def counts(connection: duckdb.DuckDBPyConnection, table: str, *expressions: str) -> tuple[int, ...]:
    row = connection.execute(f"select {', '.join(expressions)} from {table}").fetchone()
    assert row is not None
    return tuple(int(each) for each in row)
