"""The warehouse: one writer at a time, readers never locked out, publishing in one step."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from flows import records, warehouse
from flows.errors import TidemillError
from flows.settings import Settings


def fill(settings: Settings, value: int) -> None:
    with warehouse.write(settings) as connection:
        connection.execute(f"create or replace table marts.numbers as select {value} as number from range(1000)")


def test_before_the_first_run_a_reader_is_told_to_run(settings: Settings) -> None:
    with pytest.raises(TidemillError, match="run `tidemill run` first"), warehouse.read_published(settings):
        pass


def test_published_tables_are_the_marts_and_the_records(settings: Settings) -> None:
    fill(settings, 1)
    outputs = warehouse.publish(settings, "run-1")
    with warehouse.read_published(settings) as connection:
        assert connection.execute("select sum(number) from marts.numbers").fetchone() == (1000,)
        recorded = connection.execute(
            "select name, row_count, content_hash from records.outputs order by all"
        ).fetchall()
    assert recorded == sorted((each.name, each.row_count, each.content_hash) for each in outputs)


def test_a_failing_publish_leaves_the_published_file_byte_for_byte(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, 1)
    warehouse.publish(settings, "run-1")
    before = settings.published_file.read_bytes()
    with warehouse.write(settings) as connection:
        connection.execute("create view marts.broken as select cast(text as integer) from (values ('x')) as t(text)")
    with pytest.raises(duckdb.ConversionException):
        warehouse.publish(settings, "run-2")
    assert settings.published_file.read_bytes() == before
    assert list(settings.warehouse.glob("*.new")) == []


def test_publishing_more_keeps_the_tested_marts_although_the_warehouse_has_moved_on(settings: Settings) -> None:
    fill(settings, 1)
    warehouse.publish(settings, "run-1")
    fill(settings, 2)
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.predictions as select 0.5 as probability")
    warehouse.publish_more(settings, "run-2", ["marts.predictions"])
    with warehouse.read_published(settings) as connection:
        assert connection.execute("select distinct number from marts.numbers").fetchall() == [(1,)]
        assert connection.execute("select probability from marts.predictions").fetchone() is not None


def test_content_hash_ignores_the_order_of_rows_and_sees_every_change(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.a as values (1, 'x'), (2, null), (2, null)")
        connection.execute("create table marts.reversed as values (2, null), (2, null), (1, 'x')")
        connection.execute("create table marts.other as values (1, 'x'), (1, 'x'), (2, null)")
        same, also_same, other = (warehouse.content(connection, f"marts.{t}") for t in ("a", "reversed", "other"))
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
    warehouse.publish(settings, "run-0")
    context = multiprocessing.get_context("spawn")
    done, answers = context.Event(), context.SimpleQueue()
    reader = context.Process(target=read_often, args=(settings.published_file, done, answers))
    reader.start()
    for number in range(1, 20):
        fill(settings, number)
        warehouse.publish(settings, f"run-{number}")
    done.set()
    reader.join(timeout=60)
    assert answers.get() == "(1000, 1)"


HOLDER = """
import sys
from flows import warehouse
from flows.settings import Settings
with warehouse.writer_lock(Settings(), "tidemill run"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_writer_waits_and_says_for_whom(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMILL_WAREHOUSE", str(settings.warehouse))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    with holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        said: list[str] = []

        def say(line: str) -> None:
            said.append(line)
            assert holder.stdin is not None
            holder.stdin.write("\n")  # only now is the lock given back: the second writer really waited

        with warehouse.writer_lock(settings, "test", say):
            assert warehouse.holds_lock(settings)
    assert said == [f"waiting: tidemill run (process {holder.pid}) holds {settings.warehouse_file}"]


def test_the_lock_of_a_killed_writer_is_free(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMILL_WAREHOUSE", str(settings.warehouse))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    said: list[str] = []
    with warehouse.writer_lock(settings, "test", said.append):
        assert said == []


def test_the_row_equation_is_enforced_by_the_table(settings: Settings) -> None:
    now = records.now()
    unequal = records.FileLoad(1, "run", 1, "s", "u", "loaded", now, now, records_read=3, loaded_records=2)
    with (
        warehouse.write(settings) as connection,
        pytest.raises(duckdb.ConstraintException, match="file_loads with expression CHECK"),
    ):
        records.add(connection, unequal)


def test_every_record_dataclass_has_the_columns_of_its_table(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        for kind, table in records.TABLES.items():
            columns = connection.execute(f"select column_name from (describe records.{table})").fetchall()
            assert {name for (name,) in columns} == set(kind.__dataclass_fields__), table


def test_a_run_that_died_is_marked_interrupted_when_the_next_one_begins(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        records.begin(connection, records.Run("died", "run", "hand", records.now()))
        records.begin(connection, records.Run("next", "run", "hand", records.now()))
        statuses = connection.execute("select run_id, status from records.runs order by run_id").fetchall()
    assert statuses == [("died", "interrupted"), ("next", "running")]


@pytest.mark.parametrize(
    ("error", "is_retried"),
    [
        (duckdb.IOException("locked"), True),
        (ConnectionError("gone"), True),
        (TidemillError("wrong input"), False),
    ],
)
def test_only_what_may_pass_is_retried(error: Exception, is_retried: bool) -> None:
    from prefect.states import Failed

    from flows.loop import may_pass

    assert may_pass(None, None, Failed(data=error)) is is_retried
    told = TidemillError("cannot be opened")
    told.__cause__ = error
    assert may_pass(None, None, Failed(data=told)) is is_retried


def test_what_a_killed_publication_left_is_not_published(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.good as select 1 as number")
    warehouse.publish(settings, "run-1")
    leftover = settings.published_file.with_suffix(".new")
    script = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('create schema marts'); "
        "c.execute('checkpoint'); c.execute('create table marts.never_published as select 1 as number'); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", script, str(leftover)], check=False)
    assert Path(f"{leftover}.wal").exists()
    warehouse.publish_more(settings, "run-2", ["marts.good"])
    with warehouse.read_published(settings) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    assert names == [("good",)]


def test_the_warehouse_has_one_configuration_wherever_it_is_opened(settings: Settings) -> None:
    import yaml

    profile = yaml.safe_load(Path("dbt_project/profiles.yml").read_text())["tidemill"]["outputs"]["duckdb"]
    assert profile["config_options"] == warehouse.CONFIG
