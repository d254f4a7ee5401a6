"""What `deduplicate` costs: ratios against plain SQL, Polars and pandas on the same table.

Run `python benchmarks/deduplicate.py [ROWS] [ROUNDS] [--polars PYTHON]`; the default is 10,000,000 rows of 10 columns,
of which the last tenth are newer versions and copies of others. Each way runs in a process of its own, in turn (A B C A
B C …), and the median of the ratios of neighbours is printed, because absolute times say little on a shared machine.
Imports are not counted. Nothing here is asserted.

By key, the newest row of each key stays:

* `macro_by_key`, as dbt runs it: also finds equal rows, and writes beside each winner whom it beat, and why
* `sql_by_key`, the fastest plain SQL known: a semi join on `arg_max(rowid)`. Unlike the macro it depends on arrival
* `polars_by_key`, by the Python that `--polars` names, and `pandas_by_key`: sort, then drop repeated keys

Exact, one of equal rows stays:

* `macro_exact`, as dbt runs it: by the fingerprint that `clean` gave each row; `columns_exact`: by the columns
* `sql_exact` (`group by all`), `polars_exact` (`unique`), `pandas_exact` (`drop_duplicates`)

DuckDB reads the table from its own file and writes one; Polars and pandas read Parquet and write it. What the plain SQL
costs against each of the others is printed as well: less than that can nobody ask of the macro.
"""

import argparse
import importlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.costs import Cost, in_turn, measure, print_ratios, report, reported_by

# As dbt's profile has it, so that all SQL writes its table in the format that the warehouse has.
FORMAT = {"storage_compatibility_version": "latest"}
COLUMNS = ("id", "updated_at", "quantity", "price", "name", "day", "ratio", "is_open", "code", "note")
# Each row of the last tenth is a newer version (odd) or a copy (even) of an earlier one.
ROWS = """
    create table t as
    select
        base * 7919 % 1000000007 as id,
        timestamp '2020-01-01' + to_seconds(base % 1000000 + version) as updated_at,
        (base * 31) % 1000 + version as quantity,
        base * 0.5 as price,
        'name ' || (base % 50000) as name,
        date '2020-01-01' + (base % 3000)::integer as day,
        sqrt(base) as ratio,
        base % 2 = 0 as is_open,
        md5((base % 100000)::varchar) as code,
        case when base % 10 = 0 then null else 'x' || base % 300 end as note,
        1::bigint as _file_id,
        i + 1 as _row_number,
        md5_number(base || ':' || version) as _row_fingerprint,
        false as _is_rejected,
        null::bigint as _superseded_by_file_id,
    from
        (
            select
                i,
                case when i < {alone} then i else (i - {alone}) * 7 end as base,
                (i >= {alone} and i % 2 = 1)::bigint as version,
            from range({rows}) as numbers(i)
        )
"""


def macro_by_key(folder: Path) -> int:
    return in_duckdb(folder, rendered("source.t", partition_by="id", order_by="updated_at desc"))


def sql_by_key(folder: Path) -> int:
    newest = "(select arg_max(rowid, updated_at) as newest from source.t group by id) as winners"
    return in_duckdb(folder, f"select t.* from source.t semi join {newest} on t.rowid = winners.newest")


def polars_by_key(folder: Path) -> int:
    rows = loaded("polars").read_parquet(folder / "t.parquet").sort("updated_at", descending=True)
    return written(rows.unique(subset="id", keep="first"), "write_parquet", folder)


def pandas_by_key(folder: Path) -> int:
    rows = loaded("pandas").read_parquet(folder / "t.parquet").sort_values("updated_at", ascending=False)
    return written(rows.drop_duplicates("id"), "to_parquet", folder)


def macro_exact(folder: Path) -> int:
    return in_duckdb(folder, rendered("source.t"))


def columns_exact(folder: Path) -> int:
    return in_duckdb(folder, rendered("source.t", columns=list(COLUMNS)))


def sql_exact(folder: Path) -> int:
    return in_duckdb(folder, f"select {', '.join(COLUMNS)} from source.t group by all")


def polars_exact(folder: Path) -> int:
    return written(loaded("polars").read_parquet(folder / "t.parquet").unique(), "write_parquet", folder)


def pandas_exact(folder: Path) -> int:
    return written(loaded("pandas").read_parquet(folder / "t.parquet").drop_duplicates(), "to_parquet", folder)


Way = Callable[[Path], int]
BY_KEY: tuple[Way, ...] = (macro_by_key, sql_by_key, polars_by_key, pandas_by_key)
EXACT: tuple[Way, ...] = (macro_exact, columns_exact, sql_exact, polars_exact, pandas_exact)
MODULES = {
    "macro": ("duckdb", "flows.macros"),
    "columns": ("duckdb", "flows.macros"),
    "sql": ("duckdb",),
    "polars": ("polars",),
    "pandas": ("pandas", "pyarrow.parquet"),
}


def rendered(*arguments: object, **named: object) -> str:
    sql: str = loaded("flows.macros").render("deduplicate", *arguments, **named)
    return sql


def in_duckdb(folder: Path, query: str) -> int:
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        loaded("duckdb").connect(Path(own) / "kept.duckdb", config=FORMAT) as connection,
    ):
        connection.execute("set disabled_optimizers = 'common_subplan'")
        connection.execute(f"attach '{folder / 't.duckdb'}' as source (read_only)")
        connection.execute(f"create table kept as {query}")
        row = connection.execute("select count(*) from kept").fetchone()
    return int(row[0]) if row else 0


def written(rows: Any, method: str, folder: Path) -> int:
    getattr(rows, method)(folder / "kept.parquet")
    return len(rows)


def loaded(module: str) -> Any:
    return sys.modules[module]


def run_here(way: str, folder: Path) -> None:
    """Run one way in this process and report what it took."""
    for module in MODULES[way.split("_")[0]]:
        importlib.import_module(module)
    function = next(each for each in BY_KEY + EXACT if each.__name__ == way)
    if "flows.macros" in sys.modules:
        rendered("source.t")  # the macros are read once for all models
    report(measure(lambda: function(folder)))


def run_apart(way: str, python: str, folder: Path) -> Cost:
    return reported_by([python, __file__, "--way", way, "--folder", folder])


def make(folder: Path, rows: int) -> None:
    """Write the table, in a process of its own: a child's peak memory begins with its parent's."""
    write = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute(sys.argv[2]); c.execute(sys.argv[3])"
    create = ROWS.format(rows=rows, alone=rows * 9 // 10)
    copy = f"copy (select {', '.join(COLUMNS)} from t) to '{folder / 't.parquet'}'"
    arguments = [str(folder / "t.duckdb"), create, copy]
    subprocess.run([sys.executable, "-c", write, *arguments], check=True, capture_output=True)


def compare(ways: tuple[Way, ...], rounds: int, polars: str | None, folder: Path) -> None:
    pythons = {way.__name__: polars if "polars" in way.__name__ else sys.executable for way in ways}
    apart = {way: partial(run_apart, way, python, folder) for way, python in pythons.items() if python}
    costs = in_turn(apart, rounds)
    print_ratios(costs, own=ways[0].__name__)
    print_ratios(costs, own=next(name for name in costs if name.startswith("sql")))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000)
    parser.add_argument("rounds", type=int, nargs="?", default=3)
    parser.add_argument("--polars", help="a Python that has Polars")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        run_here(asked.way, asked.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), asked.rows)
        for ways in (BY_KEY, EXACT):
            compare(ways, asked.rounds, asked.polars, Path(folder))


if __name__ == "__main__":
    main()
