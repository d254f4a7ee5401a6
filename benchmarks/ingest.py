"""What loading files costs, accounting and all, as ratios to bare readers that account for nothing.

Run `python benchmarks/ingest.py [--rows N] [--files N] [--small-files N] [--huge-rows N] [--rounds N]
[--dlt PYTHON]`. Contestants run
as processes of their own, alternately (A B C A B C …); the median of each round's ratios is printed for CPU and wall
time, and the largest peak memory. Nothing here is asserted.

* `floor`: DuckDB's `create table as select * from read_csv([...], all_varchar = true, filename = true)`.
* `ingest`: the verb's whole work on the same files: discover, hash, detect, count, land, record. Prefect's start-up is
  not in it; `benchmarks/start_up.py` measures that.
* `pandas`: `read_csv(dtype=str)` of each file, and `concat`.
* `dlt arrow`, `dlt duckdb`, `dlt default`: dlt's filesystem source with its three CSV readers into DuckDB, run by the
  Python named with `--dlt` (one in which `dlt[duckdb,filesystem]` and `pandas` are installed; it is no dependency).
"""

import argparse
import os
import resource
import sys
import tempfile
from functools import partial
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.costs import Cost, cost_of, in_turn, print_ratios

COLUMNS = ("id", "name", "amount", "day", "city", "flag", "hash", "note", "kind", "group_number")
ROWS = """
    select
        i as id, 'name ' || (i * 7919 % 100000) as name, (i * 31 % 10000) / 100.0 as amount,
        date '2020-01-01' + (i % 1000)::int as day, 'city ' || (i % 300) as city, i % 2 = 0 as flag,
        md5(i::varchar) as hash, 'some longer text ' || i as note, i % 17 as kind, i % 23 as group_number
    from range({first}, {last}) as numbers(i)
"""
FLOOR = """
import sys, duckdb
files, target = sys.argv[3:], sys.argv[2]
duckdb.connect(target + "/floor.duckdb").execute(
    "create table loaded as select * from read_csv($files, all_varchar = true, filename = true)", {"files": files}
)
"""
INGEST = (
    f"COLUMNS = {COLUMNS}"
    + """
import sys
from pathlib import Path
from flows import ingest, records, warehouse
from flows.declaration import Declaration, Source, SourceColumn
from flows.settings import Settings
folder, target, columns = sys.argv[1], Path(sys.argv[2]), COLUMNS
source = Source(
    name="bench.files", raw_table="bench__files", declared_in="benchmarks/ingest.py", location=folder + "/*.csv",
    file_format=None, options={}, columns=tuple(SourceColumn(name, "VARCHAR", ()) for name in columns), schedule=None,
    on_change="replace", schema_policy="evolve", max_rejected=0.05,
)
settings = Settings(warehouse=target, landing=Path(folder))
summary = ingest.ingest(settings, Declaration("bench", (source,), ()), records.Run("1", "ingest", "x", records.now()))
assert not summary.problems, summary.problems
"""
)
PANDAS = """
import sys, pandas as pd
len(pd.concat(pd.read_csv(file, dtype=str) for file in sys.argv[3:]))
"""
DLT = """
import os, sys
os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", DLT_DATA_DIR=sys.argv[2] + "/dlt")
import dlt
from dlt.sources.filesystem import readers
found = readers(bucket_url=sys.argv[1], file_glob="*.csv")
reader = {"default": found.read_csv, "duckdb": found.read_csv_duckdb, "arrow": found.read_csv_duckdb}["%s"]
options = {"default": {}, "duckdb": {}, "arrow": {"use_pyarrow": True}}["%s"]
target = dlt.destinations.duckdb(sys.argv[2] + "/dlt.duckdb")
pipeline = dlt.pipeline("bench", destination=target, pipelines_dir=sys.argv[2] + "/pipelines")
pipeline.run(reader(**options).with_name("loaded"))
"""


def load(python: str, code: str, folder: Path, files: list[Path], target: str) -> Cost:
    """Run a contestant's code on the files."""
    # The names of ten thousand files do not fit the command line of every system; those that need them read a folder.
    names = files if "sys.argv[3:]" in code else []
    return cost_of([python, "-c", code, folder, target, *names])


def load_anew(python: str, code: str, folder: Path, files: list[Path]) -> Cost:
    with tempfile.TemporaryDirectory(prefix="tidemill-", dir=folder.parent) as target:
        return load(python, code, folder, files, target)


def write_files(folder: Path, files: int, rows: int) -> list[Path]:
    """Write CSV files of so many rows each."""
    folder.mkdir(parents=True)
    paths = [folder / f"part-{number:06}.csv" for number in range(files)]
    with duckdb.connect() as connection:
        for number, path in enumerate(paths):
            query = ROWS.format(first=number * rows, last=(number + 1) * rows)
            connection.execute(f"copy ({query}) to '{path}' (header)")
    return paths


def compare(title: str, contestants: dict[str, tuple[str, str]], folder: Path, files: list[Path], rounds: int) -> None:
    """Run all contestants in turn and print each one's ratios to the floor."""
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    print(f"{title} ({megabytes:,.0f} MB, {rounds} rounds)", flush=True)
    ways = {name: partial(load_anew, python, code, folder, files) for name, (python, code) in contestants.items()}
    costs = in_turn(ways, rounds)
    for name in costs:
        print_ratios({name: costs[name], "floor": costs["floor"]}, own=name)


def nothing_new(folder: Path, files: int) -> None:
    """Print what a run costs when every file is known, beyond one in which there are no files at all."""
    empty = folder.parent / "empty"
    empty.mkdir()
    with tempfile.TemporaryDirectory(dir=folder.parent) as target, tempfile.TemporaryDirectory() as other:
        for landing, warehouse in ((folder, target), (empty, other)):
            load(sys.executable, INGEST, landing, [], warehouse)
        known = load(sys.executable, INGEST, folder, [], target)
        start_up = load(sys.executable, INGEST, empty, [], other)
    print(
        f"nothing new among {files:,} known files, beyond start-up: {known.cpu - start_up.cpu:.2f} s CPU, "
        f"{known.wall - start_up.wall:.2f} s wall",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--small-files", type=int, default=10_000)
    parser.add_argument("--huge-rows", type=int, default=0, help="one file of so many rows (90 million are 10 GB)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dlt", help="a Python in which dlt is installed")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    here = sys.executable
    contestants = {"floor": (here, FLOOR), "ingest": (here, INGEST), "pandas": (here, PANDAS)}
    if given.dlt:
        contestants |= {f"dlt {kind}": (given.dlt, DLT % (kind, kind)) for kind in ("arrow", "duckdb", "default")}
    with tempfile.TemporaryDirectory(prefix="tidemill-") as scratch:
        large, small = Path(scratch) / "large", Path(scratch) / "small"
        if given.files:
            files = write_files(large, given.files, given.rows)
            compare(f"{given.files} files of {given.rows:,} rows", contestants, large, files, given.rounds)
        if given.small_files:
            files = write_files(small, given.small_files, 1000)
            few = {name: contestants[name] for name in ("floor", "ingest")}
            compare(f"{given.small_files:,} files of 1,000 rows", few, small, files, given.rounds)
            nothing_new(small, given.small_files)
        if given.huge_rows:
            os.environ["TIDEMILL_MEMORY_LIMIT"] = "1GB"
            files = write_files(Path(scratch) / "huge", 1, given.huge_rows)
            few = {name: contestants[name] for name in ("floor", "ingest")}
            compare(f"1 file of {given.huge_rows:,} rows (ingest: 1 GB for DuckDB)", few, files[0].parent, files, 1)


if __name__ == "__main__":
    main()
