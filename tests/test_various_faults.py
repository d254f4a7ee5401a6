"""Faults between the steps of ingest: one file's trouble stays its own, and versions change hands at one moment."""

from pathlib import Path

import pytest

from flows.ingest import load
from flows.settings import Settings
from tests.test_ingest import GOOD, TWO_ROWS, ask, put, rows, run_ingest, zipped

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
