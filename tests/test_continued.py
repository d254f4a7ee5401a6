"""What is published by continuing the published tables is what a publication of everything gives, killed or not."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import pytest
from hypothesis import strategies as st

from flows import publish, records, warehouse
from flows.settings import REPOSITORY, Settings
from tests.rendering import relation, render
from tests.test_incremental import (
    BATCHES,
    CLEANED,
    RAW,
    Model,
    build_batch,
    build_whole,
    create_raw_tables,
    load,
    marks_of,
    models,
)

MART = relation("marts", "orders")
MARTS = ["marts.orders", "marts.amounts"]
# How a batch ends: published, killed before or after the new file has replaced the old one, or failed in its tests.
ENDS = st.lists(st.sampled_from(["published", "published", "killed", "replaced", "more", "failed"]), min_size=5)


def published_models() -> list[Model]:
    mart = Model(MART, render("deduplicate", CLEANED, ["order_id"], ["updated_at desc"]))
    return [*models(["order_id"]), mart]


def mark(connection: duckdb.DuckDBPyConnection, model: Model, marks: dict[str, Any], generation: int) -> None:
    """Note in a table what dbt's materialization notes."""
    plan = marks[str(model.table)]["plan"]
    noted = {"generation": generation, "definition": "the same", "load_id": records.last_load_id(connection)}
    connection.execute(f"comment on table {model.table} is '{json.dumps({**noted, 'plan': plan})}'")


def start(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        create_raw_tables(connection)
        build_all(connection, generation=1)


def build_all(connection: duckdb.DuckDBPyConnection, generation: int) -> None:
    built = published_models()
    for model in built:
        build_whole(connection, model)
        mark(connection, model, marks_of(built), generation)
    connection.execute(f"create or replace table marts.amounts as select sum(amount) as amount from {MART}")


def follow(settings: Settings, run: int, batch: list[Any]) -> None:
    built = published_models()
    with warehouse.write(settings) as connection:
        since = records.last_load_id(connection)
        for kind, rows, older in batch:
            load(connection, run, kind, rows, older, RAW)
        for model in built:
            build_batch(connection, model, marks_of(built), since)
            mark(connection, model, marks_of(built), 1)
        connection.execute(f"create or replace table marts.amounts as select sum(amount) as amount from {MART}")


def end(settings: Settings, how: str) -> None:
    if how == "published":
        publish.publish(settings, how, MARTS)
    elif how == "more":
        publish.publish_more(settings, how, ["marts.amounts"])
    elif how != "failed":
        # The new file is flushed before it replaces the old one, and the folder after that.
        with pytest.MonkeyPatch.context() as killed, pytest.raises(ZeroDivisionError):
            killed.setattr(publish, "_flush", lambda path: 1 / 0 if path.is_dir() == (how == "replaced") else None)
            publish.publish(settings, how, MARTS)


def published(settings: Settings) -> dict[str, tuple[Any, ...]]:
    """Each published table's rows, and what the records say of it."""
    with warehouse.read_published(settings) as connection:
        names = connection.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1").fetchall()
        noted = connection.execute(
            "select name, arg_max((row_count, content_hash), published_at) from records.outputs group by 1"
        )
        outputs = dict(noted.fetchall())
        return {
            name: (connection.execute(f"select * from {name} order by all").fetchall(), outputs.get(name))
            for (name,) in names
            if name != "records.outputs"
        }


def published_whole(settings: Settings, folder: Path) -> dict[str, tuple[Any, ...]]:
    """What a publication gives that finds no published file."""
    folder.mkdir()
    shutil.copyfile(settings.warehouse_file, folder / settings.warehouse_file.name)
    copied = place_of(folder)
    publish.publish(copied, "whole", MARTS)
    return published(copied)


def place_of(folder: Path) -> Settings:
    return Settings(warehouse=folder, landing=folder, models_store=folder, threads=1)


@hypothesis.settings(max_examples=6, deadline=None)
@hypothesis.given(BATCHES, ENDS)
@hypothesis.example([[("new", [("A", "1", "2026-01-01")], 0)]] * 3, ["published", "replaced", "published"])
def test_a_continued_publication_is_the_same_as_a_whole_one(batches: list[list[Any]], ends: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = place_of(Path(folder) / "here")
        start(settings)
        publish.publish(settings, "first", MARTS)
        for run, (batch, how) in enumerate(zip(batches, ends, strict=False), start=1):
            follow(settings, run, batch)
            end(settings, how)
        publish.publish(settings, "last", MARTS)
        assert published(settings) == published_whole(settings, Path(folder) / "there")


NEW_ROWS = [("new", [("A", "1", "2026-01-01"), ("B", "2", "today")], 0)]
CONTINUED = {"marts.orders", "records.row_ledger", "records.rejected_rows"}


def copied_whole(settings: Settings) -> set[str]:
    """Publish, and return the tables that were copied whole of those that can be continued."""
    names = set()
    copy = publish._copy
    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(publish, "_copy", lambda connection, name: names.add(name) or copy(connection, name))
        publish.publish(settings, "watched", MARTS)
    assert "marts.amounts" in names
    return names & CONTINUED


def test_of_tables_that_batches_build_only_the_changed_rows_are_copied(settings: Settings) -> None:
    start(settings)
    assert copied_whole(settings) == CONTINUED
    follow(settings, 1, NEW_ROWS)
    assert copied_whole(settings) == set()
    publish.publish_more(settings, "more", [])
    follow(settings, 2, NEW_ROWS)
    assert copied_whole(settings) == set()


def test_after_a_kill_everything_is_copied_once(settings: Settings) -> None:
    start(settings)
    end(settings, "published")
    follow(settings, 1, NEW_ROWS)
    end(settings, "replaced")
    assert copied_whole(settings) == CONTINUED
    assert copied_whole(settings) == set()


def test_tables_built_anew_are_copied_whole(settings: Settings) -> None:
    start(settings)
    end(settings, "published")
    with warehouse.write(settings) as connection:
        build_all(connection, generation=2)
    assert copied_whole(settings) == CONTINUED


def test_a_published_file_that_somebody_has_written_to_is_not_continued(settings: Settings, tmp_path: Path) -> None:
    start(settings)
    follow(settings, 1, NEW_ROWS)
    end(settings, "published")
    with duckdb.connect(settings.published_file) as connection:
        connection.execute("update records.row_ledger set fate = 'lost'; checkpoint")
    publish.publish_more(settings, "more", [])
    assert copied_whole(settings) == CONTINUED
    assert published(settings) == published_whole(settings, tmp_path / "there")


def test_an_older_copy_of_the_warehouse_does_not_continue_what_it_never_published(
    settings: Settings, tmp_path: Path
) -> None:
    start(settings)
    end(settings, "published")
    older = tmp_path / "older.duckdb"
    shutil.copyfile(settings.warehouse_file, older)
    follow(settings, 1, NEW_ROWS)
    end(settings, "published")
    shutil.copyfile(older, settings.warehouse_file)
    follow(settings, 1, [("new", [("C", "3", "2026-01-01")], 0)])
    assert copied_whole(settings) == CONTINUED
    assert published(settings) == published_whole(settings, tmp_path / "there")


def test_a_table_that_was_written_to_beside_its_batches_is_copied_whole(settings: Settings, tmp_path: Path) -> None:
    start(settings)
    end(settings, "published")
    follow(settings, 1, NEW_ROWS)
    with warehouse.write(settings) as connection:
        connection.execute(
            "insert into records.row_ledger by name select 'by.hand' as source, 9 as file_id, 1 as row_number"
        )
    assert copied_whole(settings) == {"records.row_ledger"}
    assert published(settings) == published_whole(settings, tmp_path / "there")


# What somebody's own dbt does to the warehouse: one batch, in which A takes the place of an older A.
BY_HAND = """
import sys
from tests.test_continued import Path, follow, place_of
follow(place_of(Path(sys.argv[1])), 2, [("new", [("A", "7", "2026-02-01")], 0)])
"""


@pytest.mark.parametrize("moment", [Path.is_file, Path.is_dir])
def test_nothing_is_lost_of_what_another_process_tries_to_build_while_it_is_published(
    settings: Settings, tmp_path: Path, moment: Any
) -> None:
    start(settings)
    follow(settings, 1, NEW_ROWS)
    tried: list[subprocess.CompletedProcess[bytes]] = []

    def try_by_hand(flushed: Path) -> None:
        if moment(flushed):
            command = [sys.executable, "-c", BY_HAND, settings.warehouse]
            tried.append(subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False))

    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(publish, "_flush", try_by_hand)
        publish.publish(settings, "first", MARTS)
    assert [b"cannot be opened" in each.stderr for each in tried] == [True]
    follow(settings, 2, [("new", [("A", "7", "2026-02-01")], 0)])
    publish.publish(settings, "second", MARTS)
    assert published(settings) == published_whole(settings, tmp_path / "there")
