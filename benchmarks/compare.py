"""What `compare` costs: ratios against plain SQL, pandas and datacompy on the same two tables.

Run `python benchmarks/compare.py [ROWS] [ROUNDS] [PYTHON_WITH_DATACOMPY]`; the default is 5,000,000 rows of 10 columns,
of which 1 % are changed. Each way runs in a process of its own, in turn (A B C A B C …), and the median of the ratios
of neighbours is printed, because absolute times say little on a shared machine. Imports are not counted, nor is
reading the macros' files. Nothing here is asserted.

* the macro, as dbt runs it: writes the rows that are not plainly equal with both values, and proves that no key repeats
* the macro again, told which keys may have changed: those that have
* the fastest plain SQL known: a join on the key of whole-row hashes, then the columns of the keys that differ. Unlike
  the macro it gives wrong rows where a key repeats
* plain SQL in one pass: a full join of both tables, every column compared
* pandas: merge(indicator=True), then every column compared
* datacompy with Polars, its own environment's Python given as the last argument

Peak memory is that of the process, its two tables read from Parquet included.
"""

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

COLUMNS = ("quantity", "price", "name", "day", "ratio", "is_open", "code", "size", "note")
KEY = "id"
LEFT_ROW = """
    select
        i * 7919 % 100000007 as id,
        (i * 31) % 1000 as quantity,
        i * 0.5 as price,
        'name ' || (i % 50000) as name,
        date '2020-01-01' + (i % 3000)::integer as day,
        sqrt(i) as ratio,
        i % 2 = 0 as is_open,
        md5((i % 100000)::varchar) as code,
        (i * 13) % 77777 as size,
        case when i % 10 = 0 then null else 'x' || i % 300 end as note,
    from range({rows}) as numbers(i)
"""
RIGHT = "select * replace (quantity + (id % 100 = 0)::integer as quantity) from '{left}' order by hash(id)"


def macro(left: Path, right: Path, folder: Path) -> int:
    return in_duckdb(left, right, folder, rendered())


def macro_of_changed_keys(left: Path, right: Path, folder: Path) -> int:
    return in_duckdb(left, right, folder, rendered(changed="(select id from r where id % 100 = 0)"))


def rendered(**arguments: str) -> Callable[[Any], str]:
    """Return what writes the SQL; as dbt does, the macro looks the types up."""

    def write(connection: Any) -> str:
        types = loaded("flows.comparing.measure").same_types(connection, "l", "r")
        return str(
            loaded("flows.macros").render("compare", "l", "r", KEY, list(COLUMNS), same_types=types, **arguments)
        )

    return write


def fastest_sql(left: Path, right: Path, folder: Path) -> int:
    names, values = ", ".join(COLUMNS), ", ".join(f"l.{n} as {n}__left, r.{n} as {n}__right" for n in COLUMNS)
    hashes = f"select id, hash({names}) as hash from"
    return in_duckdb(
        left,
        right,
        folder,
        f"""
        with
            lh as ({hashes} l),
            rh as ({hashes} r),
            differing as materialized (
                select coalesce(lh.id, rh.id) as id
                from lh full join rh on lh.id = rh.id
                where lh.hash is distinct from rh.hash
            )
        select differing.id, {values}
        from differing left join l on l.id = differing.id left join r on r.id = differing.id
        """,
    )


def one_pass_sql(left: Path, right: Path, folder: Path) -> int:
    differs = " or ".join(f"l.{name} is distinct from r.{name}" for name in COLUMNS)
    values = ", ".join(f"l.{n} as {n}__left, r.{n} as {n}__right" for n in COLUMNS)
    return in_duckdb(
        left,
        right,
        folder,
        f"select coalesce(l.id, r.id) as id, {values} from l full join r on l.id = r.id "
        f"where l.id is null or r.id is null or {differs}",
    )


def in_duckdb(left: Path, right: Path, folder: Path, query: str | Callable[[Any], str]) -> int:
    with loaded("duckdb").connect(folder / "workbench.duckdb") as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        connection.execute(f"create view l as from '{left}'; create view r as from '{right}'")
        written = query if isinstance(query, str) else query(connection)
        connection.execute(f"create table differing as {written}")
        row = connection.execute("select count(*) from differing").fetchone()
    return int(row[0]) if row else 0


def pandas_merge(left: Path, right: Path, _folder: Path) -> int:
    frames = [loaded("pandas").read_parquet(path) for path in (left, right)]
    merged = frames[0].merge(frames[1], on=KEY, how="outer", indicator=True, suffixes=("__left", "__right"))
    differs = merged["_merge"] != "both"
    for name in COLUMNS:
        one, other = merged[f"{name}__left"], merged[f"{name}__right"]
        differs |= (one != other) & ~(one.isna() & other.isna())
    return int(merged[differs].shape[0])


def datacompy_polars(left: Path, right: Path, _folder: Path) -> int:
    sides = [loaded("polars").read_parquet(path) for path in (left, right)]
    compared = loaded("datacompy").PolarsCompare(*sides, join_columns=KEY)
    return int(compared.all_mismatch().shape[0])


WAYS: dict[Callable[[Path, Path, Path], int], tuple[str, ...]] = {
    macro: ("duckdb", "flows.macros", "flows.comparing.measure"),
    macro_of_changed_keys: ("duckdb", "flows.macros", "flows.comparing.measure"),
    fastest_sql: ("duckdb",),
    one_pass_sql: ("duckdb",),
    pandas_merge: ("pandas", "pyarrow.parquet"),
    datacompy_polars: ("polars", "datacompy"),
}


def loaded(module: str) -> Any:
    return sys.modules[module]


def run_here(way: str, left: Path, right: Path) -> None:
    """Run one way in this process and report what it took."""
    function = next(each for each in WAYS if each.__name__ == way)
    for module in WAYS[function]:
        importlib.import_module(module)
    if "flows.macros" in sys.modules:
        loaded("flows.macros").render("compare", "l", "r", KEY, [])  # the macros are read once for all models
    with tempfile.TemporaryDirectory() as folder:
        report(measure(lambda: function(left, right, Path(folder))))


def run_apart(way: str, python: str, left: Path, right: Path) -> Cost:
    return reported_by([python, __file__, "--way", way, left, right])


def main(rows: int, rounds: int, datacompys_python: str | None) -> None:
    pythons = {each.__name__: sys.executable for each in WAYS} | {"datacompy_polars": datacompys_python}
    with tempfile.TemporaryDirectory() as folder:
        left, right = Path(folder) / "left.parquet", Path(folder) / "right.parquet"
        for query, path in ((LEFT_ROW.format(rows=rows), left), (RIGHT.format(left=left), right)):
            # In a process of its own: a child's peak memory begins with its parent's.
            write = "import duckdb, sys; duckdb.execute(sys.argv[1])"
            subprocess.run(
                [sys.executable, "-c", write, f"copy ({query}) to '{path}'"], check=True, capture_output=True
            )
        apart = {way: partial(run_apart, way, python, left, right) for way, python in pythons.items() if python}
        print_ratios(in_turn(apart, rounds), own="macro")


if __name__ == "__main__":
    if "--way" in sys.argv:
        run_here(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        numbers = [int(each) for each in sys.argv[1:3]]
        main(*(numbers + [5_000_000, 3][len(numbers) :]), sys.argv[3] if len(sys.argv) > 3 else None)
