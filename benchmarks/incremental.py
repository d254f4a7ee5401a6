"""What a batch costs against the rows before it: cleaned, de-duplicated, with ledger and records.

Run `python benchmarks/incremental.py [ROWS ...]`; the default is 1,000,000 and 10,000,000 old rows of 8 columns of
text, in files of 100,000. Then come batches of 10,000 rows in a file each: half of them new, half newer versions of
old rows all over the table. The last batch is also a file that takes the place of an older one.

The SQL is that of the macros, rendered without dbt, in the statements that the materialization runs; so dbt's own
seconds, which are the same for any number of rows, would make the second ratio look better. Printed are CPU and wall
seconds of the build and of each batch (commit and checkpoint included), and the ratios. After the last two batches the
ledger and the records are published: first whole, then what the last batch has changed.

Then what no batch can do without, five times: finding the rows that have a key of a batch by one semi join, and taking
them out of one table. Where that alone grows by more than half a batch on the smaller table, no SQL around it costs at
most 1.5 times as much on the larger one. Nothing here is asserted.
"""

import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.costs import Cost, measure
from flows import publish, records, warehouse
from flows.settings import Settings
from flows.sql import literal
from tests.rendering import Relation, relation, render

BATCH, FILE = 10_000, 100_000
RULES = {
    "order_id": {"type": "text", "case": "upper", "required": True, "on_error": "row"},
    "customer": {"type": "text"},
    "email": {"type": "text", "case": "lower"},
    "amount": {"type": "decimal(12, 2)", "minimum": 0},
    "quantity": {"type": "integer"},
    "country": {"type": "text", "case": "upper", "accepted": ["GB", "DE"]},
    "ordered_on": {"type": "date", "formats": ["iso", "german"]},
    "updated_at": {"type": "timestamp"},
}
VALUES = """
    'o' || {key} as order_id,
    ' Customer ' || {key} % 90000 as customer,
    'Someone' || {key} || '@example.com' as email,
    ({key} % 100000 / 100.0)::decimal(12, 2)::varchar || case when {key} % 1000 = 0 then ' or so' else '' end as amount,
    ({key} % 77)::varchar as quantity,
    case when {key} % 2 = 0 then 'gb' else 'DE' end as country,
    case
        when {key} % 3 = 0
        then strftime(date '2020-01-01' + ({key} % 2000)::integer, '%d.%m.%Y')
        else strftime(date '2020-01-01' + ({key} % 2000)::integer, '%Y-%m-%d')
    end as ordered_on,
    strftime(timestamp '2024-01-01' + interval (i) seconds, '%Y-%m-%d %H:%M:%S') as updated_at,
"""
RAW, CLEANED, KEPT = (
    relation("raw", "shop__orders"),
    relation("staging", "stg_shop__orders"),
    relation("intermediate", "int_orders_deduplicated"),
)
FOUND = f"""
    create or replace temporary table found as
    select old_rows._file_id, old_rows._row_number
    from {CLEANED} as old_rows
    semi join (select order_id from {CLEANED} where _file_id = {{file}}) as keys on old_rows.order_id = keys.order_id
"""


def models() -> dict[Relation, str]:
    accounted = [{"source": "shop.orders", "raw": RAW, "cleaned": CLEANED, "deduplicated": KEPT}]
    return {
        CLEANED: render("clean", RAW, RULES),
        KEPT: render("deduplicate", CLEANED, ["order_id"], ["updated_at desc"]),
        relation("records", "row_ledger"): render("row_ledger", accounted),
        relation("records", "rejected_rows"): render("rejected_rows", accounted),
        relation("records", "formatting_changes"): render("formatting_changes", accounted),
    }


def add_rows(connection: duckdb.DuckDBPyConnection, key: str, first: int, last: int) -> None:
    """Land the rows of these numbers, in files of 100,000."""
    before = connection.execute("select coalesce(max(file_id), 0) from records.file_loads").fetchall()[0][0]
    file = f"{before} + 1 + (i - {first}) // {FILE}"
    number = f"1 + (i - {first}) % {FILE}"
    connection.execute(
        f"insert into {RAW} select {VALUES.format(key=key)} {file}, {number}, now()::timestamp, null "
        f"from range({first}, {last}) as numbers(i)"
    )
    for file_id in range(before + 1, before + 2 + (last - first - 1) // FILE):
        note(connection, file_id, "loaded")
    # What landing costs is not counted, nor is writing its rows to the file.
    connection.execute("checkpoint")


def note(connection: duckdb.DuckDBPyConnection, file_id: int, action: str) -> None:
    load_id, now = records.next_id(connection, "file_loads", "load_id"), records.now()
    run = f"run-{load_id}"
    records.add(connection, records.FileLoad(load_id, run, file_id, "shop.orders", f"{file_id}.csv", action, now, now))


def supersede(connection: duckdb.DuckDBPyConnection) -> None:
    """Mark the latest file but one as an older version of the latest."""
    latest = connection.execute("select max(file_id) from records.file_loads").fetchall()[0][0]
    connection.execute(f"update {RAW} set _superseded_by_file_id = {latest} where _file_id = {latest - 1}")
    note(connection, latest - 1, "superseded")


def build(connection: duckdb.DuckDBPyConnection) -> None:
    for table, sql in models().items():
        connection.execute(f"create or replace table {table} as {sql}")


def follow(connection: duckdb.DuckDBPyConnection, since: int) -> None:
    marks: dict[str, Any] = defaultdict(dict)
    for table, sql in models().items():
        columns = ", ".join(name for name, *_ in connection.execute(f"describe {table}").fetchall())
        plan = render("plan_by_marks", render("batch_plan", sql), marks)
        marks[str(table)] = {"plan": plan, "batch_since": since}
        connection.begin()
        for each in render("batch_statements", table, columns, sql, plan, since, records.last_load_id(connection)):
            connection.execute(each)
        connection.commit()


def mark(connection: duckdb.DuckDBPyConnection) -> None:
    """Note in the ledger what dbt's materialization notes."""
    ledger = relation("records", "row_ledger")
    plan = render("batch_plan", models()[ledger])
    noted = {"generation": "first", "definition": "the same", "plan": plan}
    noted["load_id"] = records.last_load_id(connection)
    connection.execute(f"comment on table {ledger} is {literal(json.dumps(noted))}")


def take_out(connection: duckdb.DuckDBPyConnection, file: int) -> None:
    """Take the rows that have a key of a file out of the de-duplicated table, as a batch does."""
    connection.execute(FOUND.format(file=file))
    places = f"{render('likely_places', 'found')} where "
    places += render("is_in_places", "stands._file_id", "stands._row_number", "found")
    connection.execute(f"delete from {KEPT} as stands using {places}")


def measured(connection: duckdb.DuckDBPyConnection, work: Callable[[], Any]) -> Cost:
    def durably() -> None:
        work()
        connection.execute("checkpoint")

    return measure(durably)


def costs_of(rows: int, folder: Path) -> Iterator[tuple[str, Cost]]:
    """Yield the cost of the first build, and of five batches after it."""
    settings = Settings(warehouse=folder, landing=folder, models_store=folder, threads=2)
    with warehouse.write(settings) as connection:
        for schema in ("staging", "intermediate"):
            connection.execute(f"create schema {schema}")
        columns = ", ".join(f"{name} varchar" for name in RULES)
        bookkeeping = "_file_id bigint, _row_number bigint, _loaded_at timestamp, _superseded_by_file_id bigint"
        connection.execute(f"create table {RAW} ({columns}, {bookkeeping})")
        add_rows(connection, "i", 0, rows)
        yield "first", measured(connection, lambda: build(connection))
        for batch in range(5):
            since, first = records.last_load_id(connection), rows + batch * BATCH
            add_rows(connection, f"(case when i % 2 = 0 then i else i * 7919 % {rows} end)", first, first + BATCH)
            if batch == 4:
                supersede(connection)
            yield "batch", measured(connection, lambda since=since: follow(connection, since))
            if batch >= 3:
                mark(connection)
                kind = "publication of " + ("all" if batch == 3 else "a batch")
                yield kind, measured(connection, lambda: publish.publish(settings, "run", []))
        for file in range(rows // FILE + 1, rows // FILE + 6):
            yield "floor", measured(connection, lambda file=file: take_out(connection, file))


def median(costs: list[tuple[str, Cost]], name: str, unit: str) -> float:
    return statistics.median(getattr(cost, unit) for each, cost in costs if each == name)


def print_growth(small: list[tuple[str, Cost]], large: list[tuple[str, Cost]], unit: str) -> None:
    batch = median(small, "batch", unit)
    ratio = median(large, "batch", unit) / batch
    floor = (median(large, "floor", unit) - median(small, "floor", unit)) / batch
    print(f"{unit}: a batch on the larger table costs {ratio:.2f} times one on the smaller")
    print(f"{unit}: finding old rows and taking them out alone grows by {floor:.2f} of a batch on the smaller")


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or [1_000_000, 10_000_000]
    all_costs = {}
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            costs = all_costs[rows] = list(costs_of(rows, Path(folder)))
        for name, cost in costs:
            print(f"{rows:,} old rows: {name} {cost}", flush=True)
        first = costs[0][1].cpu / median(costs, "batch", "cpu")
        print(f"{rows:,} old rows: the first build costs {first:.1f} batches (CPU)")
    for unit in ("cpu", "wall"):
        print_growth(all_costs[min(sizes)], all_costs[max(sizes)], unit)


if __name__ == "__main__":
    main()
