"""What a batch of new rows costs to link with old ones, against linking all of them: CPU ratios.

Run `python benchmarks/linkage_batches.py [OLD_ROWS [ROUNDS]]`. People are made up by SQL; one in ten stands twice, the
second time with a slip. Each round links the same rows twice, with the last run's result and without any; what was
learned is there in both cases. All of it is done with rules that find hardly any but true pairs, and with one more that
finds many others. Then the merged table is built whole, and brought up to date by what the linking has changed.
"""

import sys
import tempfile
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.costs import Cost, in_turn, measure, print_ratios
from flows import declaration, records
from flows.declaration import Linkage
from flows.linkage import DATABASE, link_rows
from flows.settings import Settings
from tests.rendering import Relation, render

BATCH_ROWS = 10_000
TIGHT = {"same_phone": ["phone"], "same_name_and_postcode": ["name", "surname", "postcode"]}
BLOCKING_RULES = {"tight": TIGHT, "loose": {**TIGHT, "same_birth": ["born_on"]}}
DECLARED = {
    "key": "person_id",
    "comparisons": {
        "name": {"jaro_winkler": [0.9, 0.75]},
        "surname": {"jaro_winkler": [0.9, 0.75]},
        "born_on": {"damerau_levenshtein": [1, 2]},
        "phone": {"levenshtein": [1, 2]},
        "postcode": {"levenshtein": 1},
    },
    "match_threshold": 0.95,
    "review_threshold": 0.5,
    "max_cluster_size": 5,
}
# Every tenth row repeats the one before it, a slip in its name and another postcode.
PEOPLE = """
    create table people as
    with
        numbered as (
            select range as number, range - case when range % 10 = 9 then 1 else 0 end as person,
                md5(person::varchar) as digits,
            from range({rows})
        )

    select
        {file_of_row} as _file_id,
        number as _row_number,
        'p' || number as person_id,
        case when number <> person then 'x' else '' end || substr(digits, 1, 3) || substr(digits, 3, 4) as name,
        substr(digits, 7, 3) || substr(digits, 8, 3) as surname,
        date '1930-01-01' + (md5_number_upper(digits) % 27000)::integer as born_on,
        md5_number_lower(digits) % 100000000 as phone,
        md5_number_lower('postcode' || number) % 3000 as postcode,
    from numbered
"""


def linked(
    connection: duckdb.DuckDBPyConnection, rows: str, previous: str | None, linkage: Linkage, settings: Settings
) -> Cost:
    """Link rows and tell what that cost; the result stands in the table `latest`."""

    def work() -> None:
        table = link_rows(connection.cursor(), f"from memory.main.people {rows}", previous, linkage, settings)
        connection.execute(f"create or replace table latest as from {table}")

    return measure(work)


def followed(connection: duckdb.DuckDBPyConnection, changes: str, rounds: int) -> None:
    """Print what the merged table costs whole, against a batch that follows these changes."""
    people, latest, merged = (Relation(f'"memory"."main"."{name}"') for name in ("people", "latest", "merged"))
    sql = render("merge_similar", people, latest)
    by_row = {"plan": {"replaces": "rows"}}
    plan = render("plan_by_marks", render("batch_plan", sql), {str(people): by_row, str(latest): by_row})

    def whole() -> None:
        connection.execute(f"create or replace table merged as {sql}")

    def batch() -> None:
        columns = ", ".join(name for name, *_ in connection.execute("describe merged").fetchall())
        for statement in render("batch_statements", merged, columns, sql, plan, 1, 2):
            connection.execute(statement)

    connection.execute("delete from batches.changed_rows")
    connection.execute(
        f"insert into batches.changed_rows select 'main.latest', 2, _file_id, _row_number from {changes}"
    )
    whole()
    print_ratios(
        in_turn({"merged whole": lambda: measure(whole), "merged by batch": lambda: measure(batch)}, rounds),
        "merged whole",
    )


def compare(connection: duckdb.DuckDBPyConnection, old_rows: int, rounds: int, linkage: Linkage, folder: Path) -> None:
    """Print what the batch costs against all rows, and the first rows with learning against the batch."""
    settings = Settings(models_store=folder)
    first = linked(connection, "where _file_id = 1", None, linkage, settings)
    print(f"learning, and the first {old_rows:,} rows: {first}", flush=True)
    connection.execute("create or replace table before as from latest")
    costs = in_turn(
        {
            "all rows": lambda: linked(connection, "", None, linkage, settings),
            "the batch": lambda: linked(connection, "", "memory.main.before", linkage, settings),
        },
        rounds,
    )
    print_ratios(costs, "all rows")
    print_ratios({"the first rows": [first] * rounds, "the batch": costs["the batch"]}, "the first rows")
    followed(connection, f"{DATABASE.format(model=linkage.name)}.main.changed_places", rounds)
    merged = connection.execute("select count(stage) from latest").fetchall()[0][0]
    print(f"{merged:,} rows merged", flush=True)


def main() -> None:
    old_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        records.ensure(connection)
        connection.execute(PEOPLE.format(rows=old_rows + BATCH_ROWS, file_of_row=f"1 + (number >= {old_rows})::int"))
        for name, rules in BLOCKING_RULES.items():
            print(f"{name} rules", flush=True)
            linkage = declaration.linkage("benchmark", name, DECLARED | {"blocking_rules": rules})
            compare(connection, old_rows, rounds, linkage, Path(folder))


if __name__ == "__main__":
    main()
