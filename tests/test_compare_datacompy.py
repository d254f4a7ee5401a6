"""The macro `compare` against datacompy on random tables, where both mean the same: unique keys, an absolute tolerance.

datacompy pins pandas, so it has an environment of its own: TIDEMILL_TEST_DATACOMPY names its Python.
"""

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.macros import render

TABLES = 300
COLUMNS = {"id": "bigint", "name": "varchar", "amount": "double", "quantity": "bigint"}
VALUES = COLUMNS.keys() - {"id"}
DATACOMPY = """
import json, sys
import datacompy, pandas

types = {"id": "int64", "name": "object", "amount": "float64", "quantity": "Int64"}
found = []
for pair in json.load(open(sys.argv[1])):
    left, right = (pandas.DataFrame(rows, columns=list(types)).astype(types) for rows in pair)
    compared = getattr(datacompy, "PandasCompare", None) or datacompy.Compare
    compared = compared(left, right, join_columns="id", abs_tol=0.5, rel_tol=0)
    unequal = {each["column"]: int(each["unequal_cnt"]) for each in compared.column_stats if each["column"] != "id"}
    found.append([len(compared.df1_unq_rows), len(compared.df2_unq_rows), unequal])
print(json.dumps(found))
"""


def random_rows(chosen: random.Random) -> list[list[Any]]:
    """Rows of unique keys; never none, of which datacompy says nothing."""
    keys = chosen.sample(range(12), chosen.randint(1, 9))
    return [
        [
            key,
            chosen.choice([None, "", "a", "A", " a", "é"]),
            chosen.choice([None, 0.0, 0.5, 1.0, 1.5, -3.25]),
            chosen.choice([None, 0, 1, 2]),
        ]
        for key in keys
    ]


def of_compare(connection: duckdb.DuckDBPyConnection, pair: list[list[list[Any]]]) -> list[Any]:
    for name, rows in zip(("l", "r"), pair, strict=True):
        described = ", ".join(f"{column} {data_type}" for column, data_type in COLUMNS.items())
        connection.execute(f"create or replace table {name} ({described})")
        connection.executemany(f"insert into {name} values (?, ?, ?, ?)", rows)
    tolerance = {name: 0.5 for name in ("amount", "quantity")}
    sql = render("compare", "l", "r", "id", sorted(VALUES), tolerance=tolerance)
    merged = connection.execute(f"select _merge, changed_columns from ({sql})").fetchall()
    changed = [name for _, names in merged if names for name in names.split(",")]
    sides = [sum(merge == f"{side}_only" for merge, _ in merged) for side in ("left", "right")]
    return [*sides, {name: changed.count(name) for name in VALUES}]


@pytest.mark.slow
def test_the_same_rows_and_columns_differ_as_for_datacompy(tmp_path: Path) -> None:
    python = os.environ.get("TIDEMILL_TEST_DATACOMPY")
    if not python:
        pytest.skip("TIDEMILL_TEST_DATACOMPY names no Python that has datacompy")
    chosen = random.Random(4)
    pairs = [[random_rows(chosen), random_rows(chosen)] for _ in range(TABLES)]
    (tmp_path / "pairs.json").write_text(json.dumps(pairs))
    done = subprocess.run([python, "-c", DATACOMPY, tmp_path / "pairs.json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with duckdb.connect() as connection:
        ours = [of_compare(connection, pair) for pair in pairs]
    assert ours == json.loads(done.stdout)
