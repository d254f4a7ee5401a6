"""The loop goes on: asked for again, with a second month, in another order, beside other processes."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows import warehouse
from flows.example import write_example
from flows.settings import Settings
from tests.place import PUBLISHED, Finished, Place

TABLES = ("customers", "account_coverage")
# It pauses, or it would take a core from the run that it watches.
READER = """
import sys, time, duckdb
from pathlib import Path
file, customers, ended, seen = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), set()
while not ended.exists():
    with duckdb.connect(file, read_only=True) as connection:
        seen.add(connection.execute("select max(published_at), count(*) from records.outputs").fetchone())
        assert connection.execute("select count(*) from marts.customers").fetchone() == (customers,)
    time.sleep(0.02)
assert len(seen) > 1, seen
"""
FORCED = """
import subprocess, sys
from flows import console
from flows.settings import Settings
console.run_flow("run", force=True)
other = "import duckdb, sys; duckdb.connect(sys.argv[1]); print('opened by another process')"
subprocess.run([sys.executable, "-c", other, str(Settings().warehouse_file)], check=True)
"""
# One process for all: each would load Prefect and dbt again.
BATCHES = """
import json, shutil, sys
from flows import console
for batch in json.loads(sys.argv[2]):
    shutil.copytree(batch, sys.argv[1], dirs_exist_ok=True)
    console.run_flow("ingest")
console.run_flow("transform")
"""


def bring(place: Place, *batches: Path) -> list[list[tuple[object, ...]]]:
    """Ingest folders of files one after the other, and transform them; return what is published then."""
    place.landing.mkdir(parents=True, exist_ok=True)
    place.run("-c", BATCHES, str(place.landing), json.dumps([str(batch) for batch in batches]))
    return [place.ask(PUBLISHED[name]) for name in TABLES]


@dataclass(frozen=True)
class Forced:
    """What a run that was asked for printed and published, and how the processes that read meanwhile have ended."""

    printed: str
    published: dict[str, list[tuple[object, ...]]]
    readers: list[tuple[int, str]]


@pytest.fixture(scope="module")
def forced(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Forced:
    """The example run once more, under the eyes of two readers."""
    folder = tmp_path_factory.mktemp("forced")
    with finished.place.lent(folder / "kept") as place:
        customers = len(finished.published["customers"])
        command = [sys.executable, "-c", READER, str(place.published_file), str(customers), str(folder / "ended")]
        readers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        try:
            printed, published = place.run("-c", FORCED), place.published()
        finally:
            (folder / "ended").touch()
            errors = [reader.communicate(timeout=60)[1] for reader in readers]
    return Forced(
        printed, published, [(reader.returncode, error) for reader, error in zip(readers, errors, strict=True)]
    )


def test_a_forced_run_publishes_identical_tables(finished: Finished, forced: Forced) -> None:
    assert "asked for" in forced.printed
    assert forced.published == finished.published


def test_readers_in_other_processes_see_one_whole_version_or_the_next(forced: Forced) -> None:
    assert forced.readers == [(0, ""), (0, "")]


def test_the_warehouse_is_free_as_soon_as_a_flow_ends(forced: Forced) -> None:
    assert "opened by another process" in forced.printed


def test_the_order_of_arrival_does_not_change_the_published_tables(
    finished: Finished, emptied: Place, tmp_path: Path
) -> None:
    write_example(tmp_path / "all")
    files = sorted(path for path in (tmp_path / "all").glob("**/*") if path.is_file())
    for batch, arriving in (("first", files[1::2]), ("second", files[::2])):
        for path in reversed(arriving):
            copy = tmp_path / batch / path.relative_to(tmp_path / "all")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    published = bring(emptied, tmp_path / "first", tmp_path / "second")
    assert published == [finished.published[name] for name in TABLES]


def test_a_second_month_costs_its_own_files_and_gives_what_both_months_at_once_give(
    finished: Finished, continued: Place, tmp_path: Path
) -> None:
    write_example(continued.landing, month=2)
    continued.tidemill("run")
    one_by_one = [continued.ask(PUBLISHED[name]) for name in TABLES]
    assert len(one_by_one[0]) > len(finished.published["customers"])
    assert continued.ask("select version from records.models order by version") == [(1,), (2,)]
    continued.empty()
    for month in (1, 2):
        write_example(tmp_path / "both", month=month)
    assert bring(continued, tmp_path / "both") == one_by_one


def test_a_second_run_waits_and_says_for_whom(finished: Finished) -> None:
    place = finished.place
    with warehouse.writer_lock(Settings(warehouse=place.folder / "warehouse"), "the test"):
        waiting = subprocess.Popen(
            [sys.executable, "-u", "-m", "flows", "run"], env=place.environment(), stdout=subprocess.PIPE, text=True
        )
        assert waiting.stdout is not None
        assert "waiting: the test" in waiting.stdout.readline()
    with waiting:
        assert waiting.wait(timeout=120) == 0
