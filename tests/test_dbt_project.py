"""The dbt project is what any dbt user expects: valid YAML, it builds in a terminal, and it waits for a flow."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import duckdb
import jsonschema
import pytest
import yaml

from flows import declaration, warehouse
from flows.ingest.raw_table import create_raw_table
from flows.settings import REPOSITORY, Settings

DBT = [str(Path(sys.executable).with_name("dbt"))]
YAML_FILES = [
    path
    for folder in ("dbt_project/models", "dbt_project/macros", "tests/projects")
    for path in sorted((REPOSITORY / folder).glob("**/*.yml"))
    if path.name not in ("dbt_project.yml", "profiles.yml") and "target" not in path.parts
]


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    text = (resources.files("dbt.jsonschemas") / "resources" / "latest.json").read_text(encoding="utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_yaml_file_is_valid_for_dbts_own_schema(path: Path, schema: dict[str, object]) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema)


def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {"TIDEMILL_WAREHOUSE": str(tmp_path), "DO_NOT_TRACK": "1", "TIDEMILL_THREADS": "1"}


def dbt(tmp_path: Path, *arguments: str) -> str:
    paths = ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    done = subprocess.run(
        [*DBT, *arguments, *paths],
        cwd=REPOSITORY / "dbt_project",
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("built")
    yield folder, dbt(folder, "build")


def test_a_fresh_clone_builds_in_a_terminal_with_all_unit_tests(built: tuple[Path, str]) -> None:
    assert "ERROR=0" in built[1]
    assert "WARN=0" in built[1]
    assert "unit tests" in built[1]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("run", "-s", "customers"), "OK created sql table model marts.customers"),
        (("test", "-s", "customers"), "PASS not_null_customers_account_id"),
        (("docs", "generate"), "Catalog written"),
    ],
)
def test_the_other_commands_of_dbt_work_too(built: tuple[Path, str], command: tuple[str, ...], said: str) -> None:
    assert said in dbt(built[0], *command)


def raw_columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'raw' "
        "order by table_name, column_index"
    ).fetchall()


def test_dbt_and_ingest_create_the_same_raw_tables(built: tuple[Path, str], settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        for source in declaration.read(built[0] / "target" / "manifest.json").sources:
            create_raw_table(connection, source)
        by_ingest = raw_columns(connection)
    with duckdb.connect(built[0] / "warehouse.duckdb", read_only=True) as connection:
        assert raw_columns(connection) == by_ingest
    assert "_superseded_by_file_id" in {column for _, column, _ in by_ingest}


# The example's own generator and help may name it; nothing else may know a data set.
NAMES = re.compile(
    r"\b(activity|billing|exits|crm|firms|churn|account_id|stg_crm\w*|nycflights|flights?|weather|planes?|airports?|"
    r"airlines?|late_arrival|shop__orders)\b",
    re.IGNORECASE,
)
GENERAL_CODE = [
    path
    for folder in ("flows", "dbt_project/macros")
    for path in sorted((REPOSITORY / folder).rglob("*.*"))
    if path.suffix in (".py", ".sql", ".yml") and "example" not in path.parts
]


@pytest.mark.parametrize("path", GENERAL_CODE, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_flow_and_no_macro_knows_a_data_set(path: Path) -> None:
    assert NAMES.findall(path.read_text(encoding="utf-8")) == []


def test_dbt_waits_while_a_flow_holds_the_warehouse_and_says_for_whom(tmp_path: Path) -> None:
    with warehouse.writer_lock(Settings(warehouse=tmp_path), "tidemill run"):
        waiting = subprocess.Popen(
            [*DBT, "run", "--select", "account_coverage", "--target-path", str(tmp_path / "target")],
            cwd=REPOSITORY / "dbt_project",
            env=environment(tmp_path) | {"PYTHONUNBUFFERED": "1", "DBT_LOG_PATH": str(tmp_path / "logs")},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert waiting.stdout is not None
        deadline = time.monotonic() + 120
        said = ""
        while "waiting: tidemill run" not in said and time.monotonic() < deadline:
            said += waiting.stdout.readline()
        assert "waiting: tidemill run" in said
        assert waiting.poll() is None
    # The models it selects from do not exist; what matters is that it went on as soon as it could.
    with waiting:
        waiting.stdout.read()
    assert waiting.returncode is not None
