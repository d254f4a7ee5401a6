"""Faults between the steps of ingest: one file's trouble stays its own, and versions change hands at one moment."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from flows import records
from flows.ingest import load
from flows.settings import Settings
from tests.ingesting import GOOD, TWO_ROWS, ask, put, rows, run_ingest, zipped
from tests.test_changed_files import STEPS, live, write

OTHER = GOOD.replace("1,", "3,").replace("2,", "4,")
ACTIONS = "select uri[-5:], action from records.file_loads order by load_id"


def break_reading(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Between opening and reading, let what was opened of this part vanish, as a failing disk would."""
    read_part = load.read_part

    def broken(each: object, *others: object) -> object:
        path: Path = each.part.path  # type: ignore[attr-defined]
        if path.name == name or each.part.member == name:  # type: ignore[attr-defined]
            path.unlink()
        return read_part(each, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "read_part", broken)


def test_a_file_that_vanishes_between_open_and_read_fails_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, "a.csv", OTHER)
    put(settings, "b.csv", GOOD)
    with monkeypatch.context() as patch:
        break_reading(patch, "a.csv")
        (problem,) = run_ingest(settings).problems
    assert "a.csv: it could not be read (No such file or directory)" in problem
    assert rows(settings) == TWO_ROWS
    assert ask(settings, ACTIONS) == [("a.csv", "failed"), ("b.csv", "loaded")]


def test_an_archive_of_which_a_member_cannot_be_read_is_tried_again_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, "a.zip", zipped(one=GOOD, two=OTHER))
    with monkeypatch.context() as patch:
        break_reading(patch, "two.csv")
        assert len(run_ingest(settings).problems) == 1
    assert rows(settings) == []
    assert run_ingest(settings).problems == ()
    assert [row[0] for row in rows(settings)] == ["1", "2", "3", "4"]


# An ingest that ends itself without a word before the given function of a module is called.
KILLED_INGEST = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from flows.settings import Settings
from tests.ingesting import run_ingest
setattr(import_module(sys.argv[2]), sys.argv[3], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
folder = Path(sys.argv[1])
run_ingest(Settings(warehouse=folder / "warehouse", landing=folder / "landing", threads=2))
"""


def killed_ingest(folder: Path, module: str, function: str) -> None:
    command = [sys.executable, "-c", KILLED_INGEST, str(folder), module, function]
    assert subprocess.run(command, cwd=Path.cwd(), check=False, timeout=60).returncode == -9


@pytest.mark.parametrize("name", ["a.csv", "a.zip"])
@pytest.mark.parametrize(
    ("module", "function", "expected"),
    [("flows.ingest.land", "release", ["X"]), ("flows.ingest", "supersede", ["Y"])],
)
def test_a_new_version_and_the_superseding_of_the_old_one_commit_together(
    settings: Settings, tmp_path: Path, name: str, module: str, function: str, expected: list[str]
) -> None:
    write(settings, name, "X")
    run_ingest(settings)
    write(settings, name, "Y")
    killed_ingest(tmp_path, module, function)
    assert live(settings) == expected
    run_ingest(settings)
    assert live(settings) == ["Y"]
    actions = "select file_id, action from records.file_loads where action <> 'skipped_same_content' order by load_id"
    assert [action for _, action in ask(settings, actions)] == ["loaded", "loaded", "superseded"]


def test_content_that_moves_to_another_file_stays_live_whichever_lands_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(settings, "a.csv", "X")
    run_ingest(settings)
    write(settings, "a.csv", "Z")
    write(settings, "b.csv", "X")
    landed, land = threading.Event(), load.Loader._land

    def one_after_the_other(self: load.Loader, plans: list[load.FilePlan]) -> list[records.FileLoad]:
        is_first = plans[0].prepared.found.name == "a.csv"
        assert is_first or landed.wait(60)
        loads = land(self, plans)
        landed.set()
        return loads

    monkeypatch.setattr(load.Loader, "_land", one_after_the_other)
    run_ingest(settings)
    assert live(settings) == ["X", "Z"]
    assert ask(settings, "select count(*) from raw.shop__orders") == [(2,)]


@hypothesis_settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(steps=STEPS)
def test_with_a_transaction_for_each_file_the_live_rows_are_those_of_the_final_state(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[tuple[str, str], bool]]
) -> None:
    folder = tmp_path_factory.mktemp("places")
    own = Settings(warehouse=folder / "warehouse", landing=folder / "landing", threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "WINDOW_FILES", 1)
        for (place, letters), is_run in steps:
            write(own, place, letters)
            if is_run:
                assert run_ingest(own).problems == ()
        run_ingest(own)
    assert live(own) == sorted(set("".join(dict(step for step, _ in steps).values())))
