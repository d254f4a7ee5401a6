"""What a batch of new rows costs to link with old ones, against linking all of them: CPU ratios.

Run `python benchmarks/linkage_batches.py [OLD_ROWS [ROUNDS]]`. People are made up by SQL; one in ten stands twice, the
second time with a slip. Each round links the same rows twice, with the last run's result and without any; what was
learned is there in both cases.
"""

import sys
import tempfile
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.costs import Cost, in_turn, measure, print_ratios
from flows import declaration
from flows.linkage import link_rows
from flows.settings import Settings

BATCH_ROWS = 10_000
LINKAGE = declaration.linkage(
    "benchmark",
    "batches",
    {
        "key": "person_id",
        "comparisons": {
            "name": {"jaro_winkler": [0.9, 0.75]},
            "surname": {"jaro_winkler": [0.9, 0.75]},
            "born_on": {"damerau_levenshtein": [1, 2]},
            "phone": {"levenshtein": [1, 2]},
            "postcode": {"levenshtein": 1},
        },
        "blocking_rules": {
            "same_phone": ["phone"],
            "same_birth": ["born_on"],
            "same_name_and_postcode": ["name", "surname", "postcode"],
        },
        "match_threshold": 0.95,
        "review_threshold": 0.5,
        "max_cluster_size": 5,
    },
)
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


def linked(connection: duckdb.DuckDBPyConnection, rows: str, previous: str | None, folder: Path) -> Cost:
    """Link rows and tell what that cost; the result stands in the table `latest`."""

    def work() -> None:
        table = link_rows(
            connection.cursor(), f"from memory.main.people {rows}", previous, LINKAGE, Settings(models_store=folder)
        )
        connection.execute(f"create or replace table latest as from {table}")

    return measure(work)


def main() -> None:
    old_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        connection.execute(PEOPLE.format(rows=old_rows + BATCH_ROWS, file_of_row=f"1 + (number >= {old_rows})::int"))
        first = linked(connection, "where _file_id = 1", None, Path(folder))
        print(f"learning, and the first {old_rows:,} rows: {first}", flush=True)
        connection.execute("create table before as from latest")
        costs = in_turn(
            {
                "all rows": lambda: linked(connection, "", None, Path(folder)),
                "the batch": lambda: linked(connection, "", "memory.main.before", Path(folder)),
            },
            rounds,
        )
        print_ratios(costs, "all rows")
        merged = connection.execute("select count(stage) from latest").fetchall()[0][0]
        print(f"{merged:,} rows merged")


if __name__ == "__main__":
    main()
