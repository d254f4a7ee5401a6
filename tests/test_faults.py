"""Whatever goes wrong around ingest, the record tells, the next run heals, and nothing is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import ingest
from flows.errors import TidemillError
from flows.settings import Settings
from tests.ingesting import TWO_ROWS, ask, put, rows, run_ingest

# An ingest in a process of its own, with no Prefect around it.
INGEST = """
import sys
from pathlib import Path
from flows.settings import Settings
from tests.ingesting import run_ingest
folder = Path(sys.argv[1])
run_ingest(Settings(warehouse=folder / "warehouse", landing=folder / "landing", threads=2))
"""
HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
ORDERS_OF = "order_id,customer,note\n" + "".join(f"{{0}}-{row},Ada,{'x' * 80}\n" for row in range(2000))


def many_files(settings: Settings, count: int) -> None:
    for number in range(count):
        put(settings, f"{number:03}.csv", ORDERS_OF.format(number))


def everything(settings: Settings) -> tuple[list[tuple[object, ...]], ...]:
    return (
        ask(settings, "select order_id, note, _row_number from raw.shop__orders order by all"),
        ask(settings, "select name, content_sha256 from records.files order by all"),
        ask(settings, "select uri, loaded_records from records.file_loads where action = 'loaded' order by all"),
    )


@pytest.mark.parametrize("seed", range(4))
def test_an_ingest_killed_at_any_moment_is_finished_by_the_next_one(
    settings: Settings, tmp_path: Path, seed: int
) -> None:
    many_files(settings, 60)
    whole = Settings(warehouse=tmp_path / "whole", landing=settings.landing, threads=2)
    started = time.monotonic()
    run_ingest(whole)
    seconds = time.monotonic() - started
    process = subprocess.Popen([sys.executable, "-c", INGEST, str(tmp_path)], cwd=Path.cwd())
    wait_for(settings.warehouse_file)
    time.sleep(random.Random(seed).random() * seconds * 1.5)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    assert run_ingest(settings).problems == ()
    assert everything(settings) == everything(whole)


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, f"{path} did not appear"
        time.sleep(0.01)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 32 MiB."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("mounting a small disk needs the rights of root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_named_and_the_next_run_heals(settings: Settings, small_disk: Path) -> None:
    full = Settings(warehouse=small_disk / "warehouse", landing=settings.landing, threads=2)
    put(full, "a.csv", "order_id,customer,note\n1,Ada,first\n2,Bob,second\n")
    assert run_ingest(full).problems == ()
    ballast = small_disk / "ballast"
    ballast.write_bytes(os.urandom(free_bytes(small_disk) - 100_000))
    content = "order_id,customer,note\n" + "".join(f"{n},Ada,{random.Random(n).random()}\n" for n in range(100_000))
    put(full, "b.csv", content)
    with pytest.raises(TidemillError, match="No space left"):
        run_ingest(full)
    ballast.unlink()
    assert run_ingest(full).problems == ()
    assert ask(full, "select count(*), count(distinct order_id) from raw.shop__orders") == [(100_002, 100_000)]


def free_bytes(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def test_a_file_that_vanishes_before_it_is_read_is_recorded_and_the_others_load(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(settings, "a.csv", "order_id,customer,note\n9,Zoe,x\n")
    put(settings, "b.csv", "order_id,customer,note\n1,Ada,first\n2,Bob,second\n")
    find = ingest.list_places
    monkeypatch.setattr(ingest, "list_places", lambda *_: (find(*_), path.unlink())[0])
    assert "a.csv: it could not be read" in run_ingest(settings).problems[0]
    assert rows(settings) == TWO_ROWS
    assert ask(settings, "select action from records.file_loads where uri like '%a.csv'") == [("failed",)]


def test_a_file_that_vanishes_while_it_is_loaded_is_recorded_and_the_others_load(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(settings, "a.csv", "order_id,customer,note\n9,Zoe,x\n")
    put(settings, "b.csv", "order_id,customer,note\n1,Ada,first\n2,Bob,second\n")
    from flows.ingest import load

    land = load.Loader._land
    monkeypatch.setattr(load.Loader, "_land", lambda *_: (path.unlink(missing_ok=True), land(*_))[1])
    assert "a.csv" in run_ingest(settings).problems[0]
    assert rows(settings) == TWO_ROWS


def test_nothing_is_written_where_the_files_arrive(settings: Settings) -> None:
    put(settings, "a.csv", "order_id,customer,note\n1,Ada,first\n2,Bob,second\n")
    before = sorted((path, path.stat().st_mtime_ns) for path in settings.landing.rglob("*"))
    run_ingest(settings)
    assert sorted((path, path.stat().st_mtime_ns) for path in settings.landing.rglob("*")) == before


def test_a_warehouse_that_another_tool_holds_is_named(settings: Settings) -> None:
    run_ingest(settings)
    command = [sys.executable, "-c", HOLD, str(settings.warehouse_file)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(TidemillError, match="cannot be opened"):
        run_ingest(settings)
    holder.communicate(b"\n", timeout=60)
    assert run_ingest(settings).problems == ()
