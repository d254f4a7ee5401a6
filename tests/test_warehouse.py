"""The warehouse: one writer at a time, readers never locked out."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from flows import records, warehouse
from flows.errors import TidemillError, first_line
from flows.settings import Settings


def test_before_the_first_run_a_reader_is_told_to_run(settings: Settings) -> None:
    with pytest.raises(TidemillError, match="run `tidemill run` first"), warehouse.read_published(settings):
        pass


HOLDER = """
import sys
from pathlib import Path
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


def test_the_warehouse_has_one_configuration_wherever_it_is_opened(settings: Settings) -> None:
    import yaml

    profile = yaml.safe_load(Path("dbt_project/profiles.yml").read_text())["tidemill"]["outputs"]["duckdb"]
    assert profile["config_options"] == warehouse.CONFIG


def test_an_error_without_a_word_is_quoted_by_its_kind() -> None:
    assert first_line(MemoryError()) == "MemoryError"
    assert first_line(ValueError("one\ntwo")) == "one"
