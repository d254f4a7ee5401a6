"""dbt's own tables follow batch by batch, and are built anew by themselves when what they are made of has changed."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.settings import REPOSITORY
from tests.place import Place
from tests.shop import LATER_ORDERS, ORDERS, arrive, own_project, project_of, run

BATCHED = (
    "staging.stg_shop__orders",
    "intermediate.int_orders_deduplicated",
    "records.row_ledger",
    "records.rejected_rows",
    "records.formatting_changes",
)
MARTS = ("marts.orders", "marts.countries")


def rows(place: Place) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(place.folder / "warehouse" / "warehouse.duckdb", read_only=True) as connection:
        tables = (*BATCHED, *MARTS)
        return {name: connection.execute(f"select * from {name} order by all").fetchall() for name in tables}


def generations(place: Place) -> dict[str, object]:
    """Which call of dbt has built each table from nothing."""
    with duckdb.connect(place.folder / "warehouse" / "warehouse.duckdb", read_only=True) as connection:
        comments = connection.execute(
            "select schema_name || '.' || table_name, string_split(comment, chr(10))[-1] as mark from duckdb_tables() "
            "where mark like '{%generation%'"
        ).fetchall()
    return {name: json.loads(comment)["generation"] for name, comment in comments}


def dbt(place: Place, project: Path, *arguments: str) -> str:
    folders = ("--project-dir", str(project), "--profiles-dir", str(REPOSITORY / "dbt_project"))
    target = ("--target-path", str(place.folder / "warehouse" / "target"), "--log-path", str(place.folder / "logs"))
    return place.run("-m", "dbt.cli.main", *arguments, *folders, *target)


@pytest.fixture
def place(second: Place, tmp_path: Path) -> Iterator[Place]:
    """The place of `second`, to be changed; it is put back afterwards."""
    with second.lent(tmp_path / "kept") as lent:
        yield lent


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Place:
    """A place where a second run found a new file, and the first one changed."""
    place = Place(tmp_path_factory.mktemp("second"), prefect_api)
    own_project(place)
    arrive(place, "1.csv", ORDERS)
    run(place)
    arrive(place, "1.csv", ORDERS.replace("H,5.00", "H,7.00").replace("B,twelve", "B,12"))
    arrive(place, "2.csv", LATER_ORDERS)
    run(place)
    return place


def test_a_later_run_only_adds_to_what_the_first_has_built(second: Place) -> None:
    invocations = second.ask("select dbt_invocation_id from records.runs where flow = 'run' order by started_at")
    assert generations(second) == dict.fromkeys(BATCHED, invocations[0][0])
    fates = second.ask("select file_id, fate, count(*) from records.row_ledger group by all order by all")
    assert fates == [(1, "superseded", 11), (2, "duplicate", 1), (2, "kept", 7), (2, "superseded", 3), (3, "kept", 1)]


def test_what_dbt_writes_into_comments_stands_above_what_is_noted_there(second: Place) -> None:
    with duckdb.connect(second.folder / "warehouse" / "warehouse.duckdb", read_only=True) as connection:
        described = "table_name = 'stg_shop__orders' and comment is not null"
        tables = connection.execute(f"select comment from duckdb_tables() where {described}").fetchall()
        columns = connection.execute(f"select column_name, comment from duckdb_columns() where {described}").fetchall()
    assert tables[0][0].startswith('One row per line of an order;\n{as it stood}\n{"')
    assert columns == [("country", "Where it is sent.")]


def test_a_full_refresh_changes_nothing(second: Place) -> None:
    before, built = rows(second), generations(second)
    dbt(second, project_of(second), "run", "--full-refresh")
    assert rows(second) == before
    assert not set(built.values()) & set(generations(second).values())


def test_a_changed_rule_builds_its_model_and_what_follows_anew(place: Place) -> None:
    project, before = project_of(place), generations(place)
    model = project / "models" / "staging" / "stg_shop__orders.sql"
    model.write_text(model.read_text().replace("decimal(12, 2)", "decimal(12, 1)"))
    dbt(place, project, "run")
    assert not set(before.values()) & set(generations(place).values())
    assert place.folder and ("D", "12.3") in [(row[0], str(row[1])) for row in rows(place)["marts.orders"]]
    again = generations(place)
    assert "Completed successfully" in dbt(place, project, "build")
    assert generations(place) == again


def test_a_hook_changes_each_row_once_however_often_its_model_is_built(place: Place) -> None:
    project, before = project_of(place), rows(place)["marts.orders"]
    model = project / "models" / "intermediate" / "int_orders_deduplicated.sql"
    hook = """{{ config(post_hook="update {{ this }} set amount = amount + 1") }}"""
    model.write_text(f"{hook}\n{model.read_text()}")
    for _ in range(2):
        dbt(place, project, "run", "--select", "int_orders_deduplicated+")
    amounts = [(row[0], row[1] and row[1] - 1) for row in rows(place)["marts.orders"]]
    assert amounts == [row[:2] for row in before]
