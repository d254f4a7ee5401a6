"""The macros in dbt projects of their own: dbt's unit tests pass, thresholds are dbt's, and every run is kept."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from flows.macros import MACROS
from flows.settings import REPOSITORY

PROJECTS = REPOSITORY / "tests" / "projects"
# dbt has no unit test that expects an error (dbt-core issue 12092): models that call a macro wrongly stand for it.
REFUSED = {
    "ambiguous_dates": "models/refused/ambiguous_dates.sql: clean: column 'placed_on': 1 value of file 7 can be read "
    "both with the day and with the month first (such as '03/04/2026'), 0 with the day first only, 0 with the month "
    "first only; declare which is meant, by 'formats': ['uk'] (day first), ['us'] (month first",
    "ambiguous_numbers": "column 'amount': 1 value of file 7 can be read both with a decimal point and with a decimal",
    "stopping_value": "column 'paid_on': 'soon' (file 7, row 1) is not a date (iso) (date), and on_error is 'fail'",
    "unknown_rule": "models/refused/unknown_rule.sql: clean: column 'cell': unknown rule 'fromats' (has: ",
    "order_without_key": "deduplicate: order_by, best_of or merge_null_keys without partition_by; name the key",
    "combined_of_unlike_types": "combine: no type holds every value of quantity (shop varchar, web bigint); clean it",
    "joined_by_unlike_types": "and a join would have to read one as the other; declare one type for both where",
    "tolerance_of_nothing": "compare: tolerance of 'amount', which is not a compared column beside a key (has: name)",
    "key_beyond_doubles": "cannot hold it exactly: 9007199254740993; cast it on one side first",
}
# dbt's start-up costs more than what it does here: one process for all commands. What is built is published in between.
COMMANDS = """
import json, pathlib, shutil, sys
from dbt.cli.main import dbtRunner
from flows.transform import _close_dbts_connection

folder = pathlib.Path(sys.argv[1])
for number, command in enumerate(json.loads(sys.argv[2])):
    result = dbtRunner().invoke([*command, "--target-path", str(folder / "target")])
    _close_dbts_connection()
    (folder / f"{number}.json").write_bytes((folder / "target" / "run_results.json").read_bytes())
    shutil.copyfile(folder / "warehouse.duckdb", folder / "published.duckdb")
"""


def variables(**named: int) -> list[str]:
    return ["--vars", json.dumps(named)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the project was built twice, with another total the second time, and tested once more."""
    folder = tmp_path_factory.mktemp("macros")
    # The records' models do not depend on what is compared here.
    build = ["build", "--exclude", "row_ledger", "rejected_rows", "formatting_changes"]
    changed = variables(second_total=21)
    strict = variables(second_total=22, most_changes=0)
    published = [build, [*build, *changed], ["build", "--select", "totals", "totals_compared", *strict]]
    unit_tests = ["build", "--project-dir", str(PROJECTS / "macros"), "--vars", json.dumps({"refused": True})]
    profiles = ["--profiles-dir", str(REPOSITORY / "dbt_project")]
    own = ["--project-dir", str(PROJECTS / "published")]
    given = json.dumps([[*command, *profiles] for command in [*([*each, *own] for each in published), unit_tests]])
    environment = os.environ | {"TIDEMILL_WAREHOUSE": str(folder), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, folder, given], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def results(folder: Path, number: int, kind: str) -> dict[str, Any]:
    every = json.loads((folder / f"{number}.json").read_text())["results"]
    named = {each["unique_id"].split(".")[-1 if kind == "unit_test" else 2]: each for each in every}
    return {name: each for name, each in named.items() if each["unique_id"].startswith(f"{kind}.")}


def statuses(folder: Path, number: int, kind: str) -> dict[str, str]:
    return {name: each["status"] for name, each in results(folder, number, kind).items()}


def test_every_unit_test_of_dbt_passes(built: Path) -> None:
    passed = statuses(built, 3, "unit_test")
    assert len(passed) >= 43 and set(passed.values()) == {"pass"}, passed


def test_every_macro_is_called_by_a_model_that_has_a_unit_test() -> None:
    files = [yaml.safe_load(path.read_text("utf-8")) for path in (PROJECTS / "macros/models").glob("*/_*.yml")]
    models = {each["model"] for file in files for each in file.get("unit_tests", [])}
    texts = [path.read_text("utf-8") for path in (PROJECTS / "macros/models").glob("*/*.sql") if path.stem in models]
    described = yaml.safe_load((MACROS / "_macros.yml").read_text("utf-8"))["macros"]
    names = {each["name"] for each in described} | {"test_joins_once", "test_no_differences", "test_unique_combination"}
    names |= {"comparisons", "comparison_columns", "formatting_changes", "rejected_rows", "row_ledger"}
    # dbt's unit tests show a model no types.
    assert {name for name in names if not any(f"{name}(" in text for text in texts)} == {"columns_of_combination"}


def test_a_wrong_call_ends_the_build_of_its_model_and_says_what_to_do(built: Path) -> None:
    failed = {name: each for name, each in results(built, 3, "model").items() if each["status"] != "success"}
    assert failed.keys() == REFUSED.keys() == {path.stem for path in (PROJECTS / "macros/models/refused").glob("*.sql")}
    for name, message in REFUSED.items():
        assert message in failed[name]["message"]


def test_differences_above_one_threshold_warn_and_above_the_other_fail(built: Path) -> None:
    threshold = {number: list(statuses(built, number, "test").values()) for number in range(3)}
    assert threshold == {0: ["pass"], 1: ["warn"], 2: ["fail"]}


def test_this_run_is_compared_with_the_published_one_and_every_comparison_is_kept(built: Path) -> None:
    shutil.copyfile(built / "warehouse.duckdb", built / "copy.duckdb")
    with duckdb.connect(built / "copy.duckdb") as connection:
        counts = connection.execute(
            "select left_name, in_both, changed, left_only, right_only from records.comparisons order by in_both"
        ).fetchall()
        columns = connection.execute(
            "select column_name, mismatches, max_difference, example_left, example_right "
            "from records.comparison_columns"
        ).fetchall()
    # Nothing was published before the first run.
    assert counts == [("published totals", 0, 0, 0, 2), ("published totals", 2, 1, 0, 0)]
    assert columns == [("total", 1, 1.0, "20", "21")]


def test_what_was_combined_is_known_where_dbt_asks_the_warehouse(built: Path) -> None:
    shutil.copyfile(built / "warehouse.duckdb", built / "combined.duckdb")
    with duckdb.connect(built / "combined.duckdb") as connection:
        columns = connection.execute("from account_columns where column_name = 'amount' order by all").fetchall()
    assert columns == [
        ("amount", "shop", "amount", "decimal(12,2)", "decimal(21,2)", "cast"),
        ("amount", "web", "amount", "bigint", "decimal(21,2)", "cast"),
    ]
