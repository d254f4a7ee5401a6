"""Takes files through the steps: open, read, plan, land; whatever happens is recorded.

Files go in batches, each landed in one transaction of its own. The batches of a window are read side by side and landed
side by side; what happens with each file is planned in between and in the files' order, when the window before is
landed, so that nothing depends on which thread was faster.
"""

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import accumulate, count, groupby
from pathlib import Path

import duckdb

from flows import progress, records
from flows.declaration import Declaration, Source
from flows.errors import TidemillError, first_line
from flows.ingest.land import land, unchanged
from flows.ingest.parts import FoundFile, Refusal
from flows.ingest.plan import FilePlan, Planner
from flows.ingest.prepare import Prepared, failed, open_file, read_part, why_failed
from flows.ingest.raw_table import extend

# A window's files are shared out among the threads, a batch each: the fewer batches, the less DuckDB spends on them.
# But nothing is landed while the first window is read, and a killed run repeats the last two. A window's files may be
# open all at once, and systems allow a process 1,024.
BYTES_PER_THREAD, WINDOW_FILES = 256 * 2**20, 800
# Every byte is gone over three times: hashed, understood, loaded. Each counts for a third of the progress.
STEPS = 3

# DuckDB's errors that speak of the machine, and of us; every other one speaks of the file's content.
MACHINE_ERRORS = (
    duckdb.FatalException,
    duckdb.InterruptException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
)
OUR_ERRORS = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConstraintException,
    duckdb.InternalException,
    duckdb.ParserException,
)


@dataclass(frozen=True)
class Loader:
    """Loads the files of one run on `threads` threads; `lander` writes down what was planned."""

    connection: duckdb.DuckDBPyConnection
    run: records.Run
    declaration: Declaration
    threads: int
    lander: Callable[[duckdb.DuckDBPyConnection, records.Run, Sequence[FilePlan]], list[records.FileLoad]] = land
    numbers: Iterator[int] = field(default_factory=count)

    def load(self, found: Sequence[FoundFile]) -> Iterator[records.FileLoad]:
        """Land every one of these files, or record why not; yields at least one record per file."""
        progress.report("ingest", 0, sum(each.size_bytes for each in found), "bytes")
        planner = Planner(self.connection, self.run, self.declaration)
        windows = deque(list(batches_of(window, self.threads)) for window in windows_of(found, self.threads))
        with (
            tempfile.TemporaryDirectory(prefix="tidemill-") as scratch,
            ThreadPoolExecutor(self.threads) as readers,
            ThreadPoolExecutor(self.threads) as landers,
        ):
            yield from self._load_windows(windows, planner, readers, landers, Path(scratch))

    def _load_windows(
        self,
        windows: deque[list[list[FoundFile]]],
        planner: Planner,
        readers: ThreadPoolExecutor,
        landers: ThreadPoolExecutor,
        scratch: Path,
    ) -> Iterator[records.FileLoad]:
        """Read each window while the one before it is landed. What is known is settled only once that is done."""
        landing: list[Future[list[records.FileLoad]]] = []
        folders: list[Path] = []
        while windows or landing:
            folders.append(scratch / f"window-{next(self.numbers)}")
            read = self._prepare(readers, planner, windows.popleft() if windows else [], folders[-1])
            yield from self._landed(landing)
            while len(folders) > 1:
                shutil.rmtree(folders.pop(0), ignore_errors=True)
            originals, copies = without_copies(planner.mark_known(read))
            if copies:  # their originals are settled next: the content is known, or a copy is needed itself
                windows.appendleft([[copy] for copy in copies])
            plans = [self._plan(planner, self._read(batch)) for batch in originals if batch]
            self._share_threads(len(plans))
            landing = [landers.submit(self._land, each) for each in plans]

    def _prepare(
        self, readers: ThreadPoolExecutor, planner: Planner, window: Sequence[Sequence[FoundFile]], scratch: Path
    ) -> list[list[Prepared]]:
        """Open a window's files, and read those whose content is not known already."""
        opened = list(readers.map(lambda batch: self._open(batch, scratch), window))
        return list(readers.map(self._read, planner.mark_known(opened)))

    def _landed(self, landing: Sequence[Future[list[records.FileLoad]]]) -> Iterator[records.FileLoad]:
        for each in landing:
            yield from each.result()
        self._share_threads(1)

    def _share_threads(self, statements: int) -> None:
        """Leave each statement its share of DuckDB's threads; it may burn half as much CPU again on idle ones."""
        self.connection.execute(f"set threads = {max(1, self.threads // max(1, statements))}")

    def _source(self, found: FoundFile) -> Source:
        return next(source for source in self.declaration.sources if source.name == found.source)

    def _open(self, batch: Sequence[FoundFile], scratch: Path) -> list[Prepared]:
        return [self._open_file(found, scratch / f"file-{next(self.numbers)}") for found in batch]

    def _open_file(self, found: FoundFile, scratch: Path) -> Prepared:
        with progress.advancing(found.size_bytes // STEPS):
            return open_file(self._source(found), found, scratch)

    def _read(self, batch: Sequence[Prepared]) -> list[Prepared]:
        return [self._read_parts(prepared) for prepared in batch]

    def _read_parts(self, prepared: Prepared) -> Prepared:
        source, parts = self._source(prepared.found), []
        try:
            for each in prepared.parts:
                if each.reading is None:
                    with progress.advancing(prepared.found.size_bytes // STEPS // len(prepared.parts)):
                        each = read_part(each, source, self.declaration, prepared.scratch)
                parts.append(each)
        except Exception as error:  # one file must never end the run
            return failed(prepared, error)
        return replace(prepared, parts=tuple(parts))

    def _plan(self, planner: Planner, batch: Sequence[Prepared]) -> list[FilePlan]:
        """Plan a batch, and make room in the raw table for the columns it brings."""
        source = self._source(batch[0].found)
        plans = planner.plan(source, batch)
        for landing in (each for plan in plans for each in plan.landings if each.drift.alterations):
            extend(self.connection, source, landing.drift.alterations)
        return plans

    def _land(self, plans: Sequence[FilePlan]) -> list[records.FileLoad]:
        """Land a batch; where that fails, either half by itself, so that only the file at fault is refused."""
        size = sum(plan.prepared.found.size_bytes for plan in plans)
        with self.connection.cursor() as cursor, progress.following(size // STEPS, cursor.query_progress):
            # Without these DuckDB does not know its progress, or shows it itself.
            cursor.execute("set enable_progress_bar = true; set enable_progress_bar_print = false")
            try:
                return self.lander(cursor, self.run, plans)
            except Exception as error:  # one file must never end the run
                if len(plans) == 1:
                    return [_refuse(cursor, plans[0], error)]
        middle = len(plans) // 2
        return [*self._land(plans[:middle]), *self._land(plans[middle:])]


def windows_of(found: Sequence[FoundFile], threads: int) -> Iterator[list[FoundFile]]:
    """Cut the files, in their order, into stretches that are worked on at once."""
    window: list[FoundFile] = []
    size = 0
    for each in found:
        if window and (len(window) == WINDOW_FILES or size + each.size_bytes > threads * BYTES_PER_THREAD):
            yield window
            window, size = [], 0
        window.append(each)
        size += each.size_bytes
    if window:
        yield window


def batches_of(window: Sequence[FoundFile], threads: int) -> Iterator[list[FoundFile]]:
    """Share a window's files out, in their order, into batches of one source and of about the same size."""
    total = sum(each.size_bytes for each in window) or 1
    before = accumulate((each.size_bytes for each in window), initial=0)
    # A file belongs to the share that its middle lies in.
    shares = [
        (2 * first + each.size_bytes) * threads // (2 * total) for first, each in zip(before, window, strict=False)
    ]
    numbered = zip(shares, window, strict=True)
    for _, batch in groupby(numbered, key=lambda pair: (pair[1].source, pair[0])):
        yield [each for _, each in batch]


def without_copies(batches: Sequence[Sequence[Prepared]]) -> tuple[list[list[Prepared]], list[FoundFile]]:
    """Set aside the files that hold what an earlier file of the same source holds, unless all of it is known."""
    seen: set[tuple[str, str, str | None]] = set()
    originals: list[list[Prepared]] = []
    copies: list[FoundFile] = []
    for batch in batches:
        originals.append([])
        for prepared in batch:
            new = {(prepared.found.source, *part.content) for part in prepared.parts if part.is_new}
            if seen & new:
                copies.append(prepared.found)
            else:
                seen |= new
                originals[-1].append(prepared)
    return originals, copies


def _refuse(connection: duckdb.DuckDBPyConnection, plan: FilePlan, error: Exception) -> records.FileLoad:
    """Record, after the rollback, why a file could not be landed; what is the machine's fault is raised."""
    if isinstance(error, MACHINE_ERRORS):
        error = _moved(plan) or _unreadable(plan) or error
    if isinstance(error, TidemillError):
        raise error
    said = first_line(error)
    if isinstance(error, MACHINE_ERRORS):
        raise TidemillError(f"ingest: the warehouse cannot be written ({said}); mend that and run again") from error
    if isinstance(error, Refusal):
        action, why = "quarantined", str(error)
    elif isinstance(error, duckdb.Error) and not isinstance(error, OUR_ERRORS):
        action, why = "quarantined", f"its content cannot be read ({said}); fetch the file again, or mend it"
    else:
        action, why = "failed", why_failed(plan.prepared.found, error)
    load = replace(plan.attempt, action=action, error=why, ended_at=records.now())
    records.add(connection, load)
    return load


def _moved(plan: FilePlan) -> OSError | None:
    """Return what the operating system says of a file that vanished or changed under DuckDB's hands."""
    try:
        unchanged(plan)
    except OSError as error:
        return error
    return None


def _unreadable(plan: FilePlan) -> Refusal | None:
    """Return what DuckDB says of a file that it cannot read without the warehouse either, such as a damaged page."""
    readings = [landing.reading for landing in plan.landings if landing.is_loaded]
    with duckdb.connect() as alone:
        try:
            for reading in readings:
                alone.execute(f"select max(hash(columns(*))) from ({reading.select([reading.path])})")
        except duckdb.Error as error:
            said = first_line(error)
            return Refusal(f"its content cannot be read ({said}); fetch the file again, or mend it")
    return None
