"""Content that is known already, by whatever name it comes, is not loaded twice; changed content supersedes."""

import os
from pathlib import Path

import pytest

from flows.settings import Settings
from tests.ingesting import GOOD, TWO_ROWS, ask, put, rows, run_ingest, zipped


def test_the_same_content_under_another_name_is_not_loaded_twice(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    put(settings, "b.csv", GOOD)
    run_ingest(settings)
    assert rows(settings) == TWO_ROWS
    assert ask(settings, "select action from records.file_loads order by load_id") == [
        ("loaded",),
        ("skipped_same_content",),
    ]


def test_an_archive_packed_again_is_recognised_by_its_members(settings: Settings) -> None:
    put(settings, "a.zip", zipped(orders=GOOD, more=GOOD.replace("1,", "3,").replace("2,", "4,")))
    run_ingest(settings)
    put(settings, "a.zip", zipped(orders=GOOD, more=GOOD.replace("1,", "5,").replace("2,", "6,")))
    run_ingest(settings)
    assert ask(settings, "select action, name, member from records.file_loads join records.files using (file_id)") == [
        ("loaded", "a.zip", "orders.csv"),
        ("loaded", "a.zip", "more.csv"),
        ("skipped_same_content", "a.zip", "orders.csv"),
        ("loaded", "a.zip", "more.csv"),
        ("superseded", "a.zip", "more.csv"),
    ]


def test_content_replaced_at_one_place_stays_while_another_place_holds_it(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    put(settings, "b.csv", GOOD)
    run_ingest(settings)
    put(settings, "a.csv", "order_id,customer,note\n3,Cleo,third\n")
    run_ingest(settings)
    current = "select order_id, customer, note from raw.shop__orders where _superseded_by_file_id is null order by 1"
    assert ask(settings, current) == [*TWO_ROWS, ("3", "Cleo", "third")]
    assert run_ingest(settings).sources[0].files_new == 0


def test_an_unchanged_file_is_not_opened_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    monkeypatch.setattr(Path, "open", lambda *arguments: pytest.fail("opened"))
    assert [each.files_new for each in run_ingest(settings).sources] == [0]


def test_a_touched_file_is_recognised_by_its_content(settings: Settings) -> None:
    path = put(settings, "a.csv", GOOD)
    run_ingest(settings)
    os.utime(path, (1, 1))
    run_ingest(settings)
    assert rows(settings) == TWO_ROWS


def test_a_changed_file_supersedes_its_older_version_and_keeps_the_rows(settings: Settings) -> None:
    path = put(settings, "a.csv", GOOD)
    run_ingest(settings)
    path.write_text(GOOD.replace("Ada", "Ann"))
    run_ingest(settings)
    assert ask(settings, "select customer, _superseded_by_file_id from raw.shop__orders order by _file_id, 1") == [
        ("Ada", 2),
        ("Bob", 2),
        ("Ann", None),
        ("Bob", None),
    ]
