"""What the accounting of `clean` costs: ratios to the same casts without it, on one raw table.

Run `python benchmarks/clean.py [ROUNDS] [ROWS …]`; the default is 3 rounds of 1,000,000 and 10,000,000 rows. Each way
runs in a process of its own, in turn (A B C A B C …), and the median of the ratios of neighbours is printed, because
absolute times say little on a shared machine. Nothing here is asserted.

* clean: the macro as dbt runs it, with fingerprint, problems, formatting codes and the verdict on each row
* same casts: the same levels to the same values, and nothing else. Both tables' values are compared
* by hand: what one writes without the macro: every value trimmed, empty ones made NULL, and cast by `try_cast`. It
  reads neither the currencies nor the words for nothing, and takes 12.5 for the whole number 13

The table has 12 columns; in a tenth of the rows something is not plainly written. Peak memory is that of the process.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.costs import Cost, in_turn, measure, print_ratios, report, reported_by
from flows.macros import render

RAW = """
    select
        'A' || lpad((i * 7919 % 100000007)::varchar, 9, '0') as customer,
        case when i % 50 = 0 then '  Ada   Lovelace ' else 'Name ' || (i % 50000) end as name,
        case when i % 40 = 0 then 'User' || i || '@Example.com' else 'user' || i || '@example.com' end as email,
        case i % 20 when 0 then 'gb' when 1 then 'n/a' else ['GB', 'DE', 'FR'][i % 3 + 1] end as country,
        case when i % 25 = 3 then strftime(date '2015-01-01' + (i % 3000)::integer, '%d.%m.%Y')
            else (date '2015-01-01' + (i % 3000)::integer)::varchar end as opened_on,
        case when i % 33 = 5 then '$' || format('{{:,.2f}}', (i * 31 % 1000000) / 100.0)
            else ((i * 31 % 1000000) / 100.0)::decimal(12, 2)::varchar end as fee,
        case when i % 60 = 7 then 'many' else (i * 13 % 100000)::varchar end as calls,
        case when i % 45 = 9 then strftime(timestamp '2026-01-01' + interval (i % 1000000) second, '%Y-%m-%dT%H:%M:%SZ')
            else (timestamp '2026-01-01' + interval (i % 1000000) second)::varchar end as updated_at,
        case when i % 30 = 11 then 'yes' when i % 2 = 0 then 'true' else 'false' end as is_open,
        (i * 0.37)::decimal(18, 4)::varchar as ratio,
        case when i % 10 = 0 then null else 'note ' || i % 300 end as note,
        ['basic', 'plus', 'premium'][i % 3 + 1] as plan,
        (i // 1000000 + 1)::bigint as _file_id,
        (i % 1000000 + 1)::bigint as _row_number,
        timestamp '2026-01-01' as _loaded_at,
        null::bigint as _superseded_by_file_id,
    from range({rows}) as numbers(i)
"""
COLUMNS: dict[str, dict[str, Any]] = {
    "customer": {"required": True, "on_error": "row"},
    "name": {},
    "email": {"normalize": "email"},
    "country": {"case": "upper"},
    "opened_on": {"type": "date", "formats": ["iso", "german"]},
    "fee": {"type": "decimal(12, 2)", "decimal_mark": ".", "minimum": 0},
    "calls": {"type": "integer", "decimal_mark": "."},
    "updated_at": {"type": "timestamp", "formats": ["iso"]},
    "is_open": {"type": "boolean"},
    "ratio": {"type": "double", "decimal_mark": "."},
    "note": {},
    "plan": {"type": "enumeration", "accepted": ["basic", "plus", "premium"]},
}
TYPES = {name: rules.get("type", "varchar").replace("enumeration", "varchar") for name, rules in COLUMNS.items()}
BOOKKEEPING = "_file_id, _row_number, _loaded_at, _superseded_by_file_id"


def clean() -> str:
    return render("clean", "raw", COLUMNS)


def same_casts() -> str:
    values = ", ".join(f"{render('accepted_value', name, rules)} as {name}" for name, rules in COLUMNS.items())
    levels = render("value_ctes", "raw", COLUMNS).rstrip().rstrip(",")
    return f"with {levels} select {values}, {BOOKKEEPING} from typed_values"


def by_hand() -> str:
    values = ", ".join(
        f"try_cast(nullif(trim({name}), '') as {'bigint' if data_type == 'integer' else data_type}) as {name}"
        for name, data_type in TYPES.items()
    )
    return f"select {values}, {BOOKKEEPING} from raw"


WAYS: tuple[Callable[[], str], ...] = (clean, same_casts, by_hand)


def run_here(way: str, file: Path) -> None:
    """Write the table in one way and report what it took, and what its values add up to."""
    query = next(each for each in WAYS if each.__name__ == way)()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        connection.execute(f"attach '{file}' as given (read_only)")
        connection.execute(f"attach '{folder}/{way}.duckdb' as own (storage_version 'latest')")
        connection.execute("create view raw as from given.raw")
        cost = measure(lambda: connection.execute(f"create table own.cleaned as {query}"))
        values = connection.execute(f"select sum(hash({', '.join(COLUMNS)})::hugeint) from own.cleaned").fetchone()
    report(replace(cost, result=str(values[0] if values else None)))


def run_apart(way: str, file: Path) -> Cost:
    return reported_by([sys.executable, __file__, "--way", way, file])


def compare(rows: int, rounds: int) -> None:
    """Print the ratios on one table."""
    print(f"{rows:,} rows")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "raw.duckdb"
        # In a process of its own: a child's peak memory begins with its parent's.
        write = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(sys.argv[2])"
        table = f"create table raw as {RAW.format(rows=rows)}"
        subprocess.run([sys.executable, "-c", write, file, table], check=True)
        costs = in_turn({way.__name__: partial(run_apart, way.__name__, file) for way in WAYS}, rounds)
    same = {each.result for each in costs["clean"] + costs["same_casts"]}
    print("the values are the same" if len(same) == 1 else "THE VALUES DIFFER")
    print_ratios(costs, "clean")


if __name__ == "__main__":
    if "--way" in sys.argv:
        run_here(sys.argv[2], Path(sys.argv[3]))
    else:
        numbers = [int(each) for each in sys.argv[1:]]
        for rows in numbers[1:] or [1_000_000, 10_000_000]:
            compare(rows, numbers[0] if numbers else 3)
