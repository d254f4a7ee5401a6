"""Shows what `progress` tells: a bar on a terminal, and a line every half minute elsewhere."""

import logging
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flows import progress

if TYPE_CHECKING:
    from rich.progress import Progress

LINES = logging.getLogger("tidemill.progress")
SECONDS_BETWEEN_LINES = 30.0


@contextmanager
def drawn(is_wanted: bool = True) -> Iterator[None]:
    """Show progress while the context lasts."""
    if not is_wanted:
        yield
    elif sys.stderr.isatty():
        with _bar() as bar, _listening(Bar(bar)):
            yield
    else:
        with _listening(Lines()):
            yield


@contextmanager
def _listening(listener: logging.Handler) -> Iterator[None]:
    level = progress.log.level
    progress.log.setLevel(logging.INFO)
    progress.log.addHandler(listener)
    try:
        yield
    finally:
        progress.log.removeHandler(listener)
        progress.log.setLevel(level)


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"))
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)


class Bar(logging.Handler):
    """Draws; rich prints the log lines above the bar by itself, and logging calls a handler in one thread at a time."""

    def __init__(self, bar: "Progress") -> None:
        super().__init__()
        self._bar, self._task, self._step = bar, bar.add_task("", total=None, amount=""), Step()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one report."""
        self._step.take(record)
        step = self._step
        amount = step.amount()
        self._bar.update(self._task, description=step.what, completed=step.done, total=step.total, amount=amount)


class Lines(logging.Handler):
    """Writes a line every half minute, so that a short run has none."""

    def __init__(self) -> None:
        super().__init__()
        self._step, self._written_at = Step(), time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one report."""
        self._step.take(record)
        if time.monotonic() - self._written_at >= SECONDS_BETWEEN_LINES:
            self._written_at = time.monotonic()
            LINES.info("progress: %s", " ".join(filter(None, (self._step.what, self._step.amount()))))


class Step:
    """The step that was reported last, and how far it is."""

    def __init__(self) -> None:
        self.what, self.unit, self.done, self.total = "", "", 0, None
        self._began_at, self._began_with = time.monotonic(), 0

    def take(self, record: logging.LogRecord) -> None:
        """Take one report, or one advance of it."""
        told = vars(record)
        if "amount" in told:
            self.done = min(self.done + told["amount"], self.total or 0)
            return
        if (told["unit"], told["total"]) != (self.unit, self.total):
            self._began_at, self._began_with = time.monotonic(), told["done"]
        self.what, self.unit, self.total = record.getMessage(), told["unit"], told["total"]
        self.done = told["done"]

    def amount(self) -> str:
        """Return how far it is in words; of bytes also how fast, and how long it will take."""
        if not self.total:
            return ""
        if self.unit != "bytes":
            return f"{self.done:,} of {self.total:,}"
        amount = f"{_size(self.done)} of {_size(self.total)}"
        speed = (self.done - self._began_with) / max(time.monotonic() - self._began_at, 0.001)
        if speed <= 0:
            return amount
        return f"{amount}, {_size(speed)}/s, {_clock((self.total - self.done) / speed)} left"


def _size(number: float) -> str:
    power = min(int(math.log(max(number, 1), 1000)), 4)
    unit = ("bytes", "kB", "MB", "GB", "TB")[power]
    return f"{number / 1000**power:,.{min(power, 1)}f} {unit}"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(max(int(seconds), 0), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
