"""Publishing: tested marts and the records in one step, and `records.outputs` says what is published."""

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows import publish, records, warehouse
from flows.errors import TidemillError
from flows.settings import Settings


def fill(settings: Settings, value: int) -> None:
    with warehouse.write(settings) as connection:
        connection.execute(f"create or replace table marts.numbers as select {value} as number from range(1000)")


def test_published_tables_are_the_marts_and_the_records(settings: Settings) -> None:
    fill(settings, 1)
    outputs = publish.publish(settings, "run-1", ["marts.numbers"])
    with warehouse.read_published(settings) as connection:
        assert connection.execute("select sum(number) from marts.numbers").fetchone() == (1000,)
        recorded = connection.execute(
            "select name, row_count, content_hash from records.outputs order by all"
        ).fetchall()
    assert recorded == sorted((each.name, each.row_count, each.content_hash) for each in outputs)


def latest_outputs(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    rows = connection.execute(
        "select name, arg_max(row_count, published_at), arg_max(content_hash, published_at) "
        "from records.outputs group by name"
    ).fetchall()
    return {name: (count, content_hash) for name, count, content_hash in rows}


def test_the_outputs_in_the_published_file_are_what_is_published(settings: Settings) -> None:
    fill(settings, 1)
    publish.publish(settings, "run-1", ["marts.numbers"])
    with warehouse.write(settings) as connection:
        records.begin(connection, records.Run("run-1", "run", "test", records.now()))
    publish.publish_more(settings, "run-1", [])
    with warehouse.read_published(settings) as connection:
        outputs = latest_outputs(connection)
        assert set(outputs) == {"marts.numbers", *(f"records.{t}" for t in records.PYTHON_TABLES if t != "outputs")}
        assert outputs == {name: publish.content(connection, name) for name in outputs}
    with warehouse.write(settings) as connection:
        assert latest_outputs(connection) == outputs


def test_a_publication_that_failed_is_no_output(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(settings, 1)
    monkeypatch.setattr(publish, "_flush", lambda path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish.publish(settings, "run-1", ["marts.numbers"])
    with warehouse.write(settings) as connection:
        assert connection.execute("select count(*) from records.outputs").fetchone() == (0,)


def test_a_publication_that_was_killed_before_it_was_noted_stays_an_output(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, 1)
    publish.publish(settings, "run-1", ["marts.numbers"])
    with monkeypatch.context() as killed:
        # The folder is flushed after the rename.
        killed.setattr(publish, "_flush", lambda path: 1 / 0 if path.is_dir() else None)
        with pytest.raises(ZeroDivisionError):
            publish.publish(settings, "run-2", ["marts.numbers"])
    publish.publish(settings, "run-3", ["marts.numbers"])
    with warehouse.read_published(settings) as connection:
        runs = connection.execute("select run_id from records.outputs where name = 'marts.numbers' order by 1")
        assert runs.fetchall() == [("run-1",), ("run-2",), ("run-3",)]


def test_only_the_named_marts_are_published(settings: Settings) -> None:
    fill(settings, 1)
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.of_a_model_that_was_deleted as select 1 as number")
    publish.publish(settings, "run-1", ["marts.numbers", "marts.predictions_not_there_yet"])
    with warehouse.read_published(settings) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    assert names == [("numbers",)]


def test_a_failing_publish_leaves_the_published_file_byte_for_byte(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, 1)
    publish.publish(settings, "run-1", ["marts.numbers"])
    before = settings.published_file.read_bytes()
    with warehouse.write(settings) as connection:
        connection.execute("create view marts.broken as select cast(text as integer) from (values ('x')) as t(text)")
    with pytest.raises(duckdb.ConversionException):
        publish.publish(settings, "run-2", ["marts.broken"])
    assert settings.published_file.read_bytes() == before
    assert list(settings.warehouse.glob("*.new")) == []


def test_publishing_more_keeps_the_tested_marts_although_the_warehouse_has_moved_on(settings: Settings) -> None:
    fill(settings, 1)
    publish.publish(settings, "run-1", ["marts.numbers"])
    fill(settings, 2)
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.predictions as select 0.5 as probability")
    publish.publish_more(settings, "run-2", ["marts.predictions"])
    with warehouse.read_published(settings) as connection:
        assert connection.execute("select distinct number from marts.numbers").fetchall() == [(1,)]
        assert connection.execute("select probability from marts.predictions").fetchone() is not None


def test_content_hash_ignores_the_order_of_rows_and_sees_every_change(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.a as values (1, 'x'), (2, null), (2, null)")
        connection.execute("create table marts.reversed as values (2, null), (2, null), (1, 'x')")
        connection.execute("create table marts.other as values (1, 'x'), (1, 'x'), (2, null)")
        same, also_same, other = (publish.content(connection, f"marts.{t}") for t in ("a", "reversed", "other"))
    assert same == also_same != other


def read_often(
    file: Path, until: "multiprocessing.synchronize.Event", answers: "multiprocessing.SimpleQueue[str]"
) -> None:
    seen = set()
    while not until.is_set():
        with duckdb.connect(file, read_only=True) as connection:
            seen.add(str(connection.execute("select count(*), count(distinct number) from marts.numbers").fetchone()))
    answers.put(" ".join(sorted(seen)))


def test_readers_in_other_processes_never_see_half_a_publication(settings: Settings) -> None:
    fill(settings, 0)
    publish.publish(settings, "run-0", ["marts.numbers"])
    context = multiprocessing.get_context("spawn")
    done, answers = context.Event(), context.SimpleQueue()
    reader = context.Process(target=read_often, args=(settings.published_file, done, answers))
    reader.start()
    for number in range(1, 20):
        fill(settings, number)
        publish.publish(settings, f"run-{number}", ["marts.numbers"])
    done.set()
    reader.join(timeout=60)
    assert answers.get() == "(1000, 1)"


def test_what_a_killed_publication_left_is_not_published(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.good as select 1 as number")
    publish.publish(settings, "run-1", ["marts.good"])
    leftover = settings.published_file.with_suffix(".new")
    script = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('create schema marts'); "
        "c.execute('checkpoint'); c.execute('create table marts.never_published as select 1 as number'); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", script, str(leftover)], check=False)
    assert Path(f"{leftover}.wal").exists()
    publish.publish_more(settings, "run-2", ["marts.good"])
    with warehouse.read_published(settings) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    assert names == [("good",)]


HOLDER = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.readline()"


def test_a_published_file_that_somebody_has_open_for_writing_is_said_in_a_line_with_the_process(
    settings: Settings,
) -> None:
    fill(settings, 1)
    publish.publish(settings, "run-1", ["marts.numbers"])
    command = [sys.executable, "-c", HOLDER, str(settings.published_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        for way in (publish.publish, publish.publish_more):
            with pytest.raises(TidemillError, match=rf"published.duckdb: cannot be opened .*PID {holder.pid}"):
                way(settings, "run-2", ["marts.numbers"])
    publish.publish(settings, "run-3", ["marts.numbers"])


def test_an_empty_published_file_is_replaced_such_as_one_that_duckdb_made_when_asked_to_open_it(
    settings: Settings,
) -> None:
    fill(settings, 1)
    duckdb.connect(settings.published_file).close()
    publish.publish(settings, "run-1", ["marts.numbers"])
    with warehouse.read_published(settings) as connection:
        assert connection.execute("select sum(number) from marts.numbers").fetchone() == (1000,)


KILLED_WRITER = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("delete from marts.numbers")
os._exit(1)
"""


@pytest.mark.parametrize("way", [publish.publish, publish.publish_more])
def test_what_somebody_who_was_killed_wrote_to_the_published_file_is_not_in_the_next_one(
    settings: Settings, way: Callable[[Settings, str, list[str]], object]
) -> None:
    fill(settings, 1)
    publish.publish(settings, "run-1", ["marts.numbers"])
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(settings.published_file)], check=False)
    assert Path(f"{settings.published_file}.wal").exists()
    for run_id in ("run-2", "run-3"):
        way(settings, run_id, ["marts.numbers"])
        with warehouse.read_published(settings) as connection:
            assert connection.execute("select sum(number) from marts.numbers").fetchone() == (1000,)
