"""Longer proofs, run by `make test-slow`: many files, deep folders, and a file larger than the memory allowed."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from benchmarks.costs import cost_of
from flows.settings import REPOSITORY, Settings
from tests.ingesting import ORDERS, ask, put, run_ingest

pytestmark = pytest.mark.slow
GIBIBYTES = float(os.environ.get("TIDEMILL_TEST_GIBIBYTES", "10"))
BYTES_PER_ROW = 110
# An ingest in a process of its own, whose peak memory can be asked.
INGEST = """
import sys
from pathlib import Path
from benchmarks.costs import cost_of
from flows.settings import REPOSITORY, Settings
from tests.ingesting import run_ingest
folder = Path(sys.argv[1])
settings = Settings(warehouse=folder / "warehouse", landing=folder / "landing", threads=2, memory_limit="1GB")
assert not run_ingest(settings).problems
"""


def small_file(number: int) -> str:
    return "order_id,customer,note\n" + "".join(f"{number}-{row},Ada,some text {row}\n" for row in range(1000))


def test_of_ten_thousand_files_a_second_run_loads_only_the_new_one(settings: Settings) -> None:
    for number in range(10_000):
        put(settings, f"{number % 100:02}/{number % 7}/{number:05}.csv", small_file(number))
    source = replace(ORDERS, location="orders/**/*.csv")
    assert run_ingest(settings, source).sources[0].records_loaded == 10_000_000
    put(settings, "50/3/new.csv", small_file(10_000))
    second = run_ingest(settings, source).sources[0]
    assert (second.files_found, second.files_new, second.records_loaded) == (10_001, 1, 1000)
    assert ask(
        settings, "select count(*), count(distinct (_file_id, _row_number)), max(_row_number) from raw.shop__orders"
    ) == [(10_001_000, 10_001_000, 1000)]


def test_a_file_larger_than_the_memory_loads_within_two_gibibytes(settings: Settings, tmp_path: Path) -> None:
    rows = int(GIBIBYTES * 2**30 / BYTES_PER_ROW)
    path = put(settings, "huge.csv", "")
    columns = "i as order_id, md5(i::varchar) as customer, 'some text ' || md5((i + 1)::varchar) || i as note"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns} from range({rows}) as numbers(i)) to '{path}' (header)")
    assert path.stat().st_size > GIBIBYTES * 0.8 * 2**30
    ingest = cost_of([sys.executable, "-c", INGEST, tmp_path], os.environ | {"PYTHONPATH": str(REPOSITORY)})
    path.unlink()
    print(f"{GIBIBYTES} GiB loaded with a peak of {ingest.gib:.2f} GiB")
    assert ingest.gib < 2
    assert ask(settings, "select count(*), max(_row_number) from raw.shop__orders") == [(rows, rows)]
