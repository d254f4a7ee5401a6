"""`tidemill ingest --dry-run`: what would be loaded and how, with nothing written."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import warehouse
from flows.declaration import Declaration, Source
from flows.errors import TidemillError
from flows.ingest.dry_run import DryRun, dry_run
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, put, run_ingest, zipped


def plan(settings: Settings, source: Source = ORDERS) -> DryRun:
    return dry_run(settings, Declaration("shop", (source,), ()))


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fates(done: DryRun) -> dict[str, str]:
    return {each.load.uri.rpartition("/")[2] + (each.member or ""): each.load.action for each in done.planned}


def test_before_the_first_run_it_tells_what_would_be_loaded_and_makes_no_warehouse(settings: Settings) -> None:
    put(settings, "a.csv", GOOD.replace(",", ";") + "3;too;many;fields\n")
    put(settings, "empty.csv", "")
    put(settings, "z.zip", zipped(x=GOOD))
    before = contents(settings.landing)
    done = plan(settings)
    assert fates(done) == {"a.csv": "loaded", "empty.csv": "quarantined", "z.zipx.csv": "loaded"}
    first = done.planned[0].load
    assert (first.loaded_records, first.quarantined_records, first.dialect) == (2, 1, first.dialect)
    assert first.dialect is not None
    assert first.dialect["delimiter"] == ";"
    assert contents(settings.landing) == before
    assert not settings.warehouse.exists()


def test_it_knows_what_is_loaded_and_which_file_a_new_version_replaces(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    put(settings, "b.csv", GOOD.replace("Ada", "Eve"))
    run_ingest(settings)
    assert plan(settings).new == []
    put(settings, "b.csv", GOOD.replace("Ada", "Zoe"))
    put(settings, "copy.csv", GOOD)
    before = contents(settings.warehouse)
    done = plan(settings)
    assert fates(done) == {"b.csv": "loaded", "copy.csv": "skipped_same_content"}
    assert [each.supersedes for each in done.planned] == [(2,), ()]
    assert {path for path, content in contents(settings.warehouse).items() if content != before.get(path)} == set()


def test_what_it_says_is_what_ingest_then_does(settings: Settings) -> None:
    put(settings, "good.csv", GOOD)
    put(settings, "bad.csv", GOOD + "1\n2\n3\n")
    source = replace(ORDERS, max_rejected=0.2)
    said = {(each.load.uri, each.load.action, each.load.loaded_records) for each in plan(settings, source).planned}
    run_ingest(settings, source)
    with warehouse.write(settings) as connection:
        did = connection.execute("select uri, action, loaded_records from records.file_loads").fetchall()
    assert said == set(did)


def test_while_a_run_holds_the_warehouse_it_says_which(settings: Settings) -> None:
    run_ingest(settings)
    with warehouse.writer_lock(settings, "tidemill run"):
        code = f"from tests.test_dry_run import *; plan(Settings(warehouse='{settings.warehouse}'))"
        import subprocess
        import sys

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"{TidemillError.__name__}: {settings.warehouse_file}: tidemill run (process" in done.stderr


@pytest.mark.parametrize("name", ["a.csv", "b.jsonl"])
def test_a_landing_folder_that_cannot_be_written_is_enough(settings: Settings, name: str) -> None:
    path = put(settings, name, GOOD if name == "a.csv" else '{"order_id": 1, "customer": "Ada", "note": ""}\n')
    path.parent.chmod(0o555)
    assert fates(plan(settings)) == {name: "loaded"}
    path.parent.chmod(0o755)
