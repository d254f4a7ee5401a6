"""Progress: by bytes, from many threads, as a bar on a terminal and as a line every half minute elsewhere."""

import io
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from flows import bar, progress
from flows.settings import Settings
from tests.ingesting import GOOD, put, run_ingest, zipped


class Heard(logging.Handler):
    """Keeps what was told."""

    def __init__(self) -> None:
        super().__init__()
        self.step, self.amounts = bar.Step(), list[int]()

    def emit(self, record: logging.LogRecord) -> None:
        self.step.take(record)
        self.amounts.append(self.step.done)


@pytest.fixture
def heard() -> Iterator[Heard]:
    listener = Heard()
    progress.log.setLevel(logging.INFO)
    progress.log.addHandler(listener)
    yield listener
    progress.log.removeHandler(listener)
    progress.log.setLevel(logging.NOTSET)


def test_every_byte_of_every_file_is_counted_once_whatever_becomes_of_it(settings: Settings, heard: Heard) -> None:
    paths = [
        put(settings, "a.csv", GOOD * 1000),
        put(settings, "same.csv", GOOD * 1000),
        put(settings, "b.zip", zipped(x=GOOD, y=GOOD.replace("Ada", "Eve"))),
        put(settings, "broken.csv.gz", b"\x1f\x8b broken"),
    ]
    run_ingest(settings)
    total = sum(path.stat().st_size for path in paths)
    assert (heard.step.what, heard.step.unit, heard.step.total) == ("ingest", "bytes", total)
    assert heard.amounts == sorted(heard.amounts)
    assert total * 0.98 <= heard.step.done <= total


def test_threads_advance_side_by_side_and_none_is_lost(heard: Heard) -> None:
    def work(amount: int) -> None:
        with progress.advancing(amount):
            for _ in range(10):
                progress.passed(0.07)

    progress.report("load", 0, 8 * 1000, "bytes")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [1000] * 8))
    assert heard.step.done == 8000


def test_a_statement_of_duckdb_advances_while_it_runs(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_QUESTIONS", 0.01)
    answers = iter([-1, 25, 50])
    progress.report("load", 0, 1000, "bytes")
    with progress.following(1000, lambda: next(answers, 50)):
        while heard.step.done < 500:
            sleep(0.01)
    assert {250, 500} <= set(heard.amounts)
    assert heard.step.done == 1000


def test_nobody_is_asked_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_QUESTIONS", 0)
    asked = threading.Event()

    def question() -> float:
        asked.set()
        return 50

    with progress.following(1000, question), progress.advancing(10):
        progress.passed(1)
        assert not asked.wait(0.2)


def test_a_run_longer_than_half_a_minute_has_a_line_and_a_shorter_one_none(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(bar.time, "monotonic", lambda: clock[-1])
    with caplog.at_level(logging.INFO, "tidemill.progress"), bar.drawn():
        progress.report("ingest", 0, 10_000_000, "bytes")
        for now in (1010.0, 1020.0, 1031.0, 1035.0):
            clock.append(now)
            progress.advance(1_000_000)
    written = [record.getMessage() for record in caplog.records if record.name == "tidemill.progress"]
    assert written == ["progress: ingest 3.0 MB of 10.0 MB, 96.8 kB/s, 0:01:12 left"]


def test_a_terminal_shows_bytes_speed_and_the_time_left() -> None:
    screen = io.StringIO()
    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[amount]}"))
    console = Console(file=screen, force_terminal=True, width=120)
    with Progress(*columns, console=console) as drawn, bar._listening(bar.Bar(drawn)):
        progress.report("ingest", 0, 2_000_000_000, "bytes")
        progress.advance(1_000_000_000)
        drawn.refresh()
        progress.report("transform", 3, 17)
    assert "ingest 1.0 GB of 2.0 GB" in screen.getvalue()
    assert "/s" in screen.getvalue()
    assert "transform 3 of 17" in screen.getvalue()
    assert drawn.tasks[0].completed == 3
