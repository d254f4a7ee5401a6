"""The cheap question before a run: is there anything to do? Needs neither Prefect nor dbt.

Knows what makes a run worth its start-up: new files, a changed project or code, an unfinished run, a due schedule.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
from cronsim import CronSim

from flows import decisions, freshness, records, refused, store, transform, warehouse
from flows.amounts import amount
from flows.declaration import Declaration
from flows.errors import TidemillError
from flows.ingest.pending import files_of, list_places, pending
from flows.ingest.places.locations import is_below_landing
from flows.settings import Settings


@dataclass(frozen=True)
class LastRun:
    """What the latest run of the whole loop had seen when it ended."""

    started_at: datetime
    fingerprint: str | None
    last_load_id: int | None


def run_fingerprint(settings: Settings) -> str:
    """Return a hash of all that decides a run's result besides the files: the project and Tidemill's code."""
    return transform.project_fingerprint(settings) + transform.code_fingerprint()


def may_be_idle(settings: Settings) -> bool:
    """Tell whether the project has been parsed and built as it is now; if not, there is surely something to do."""
    return settings.published_file.exists() and transform.is_parsed(settings)


def reasons_to_run(settings: Settings, declaration: Declaration, force: bool = False) -> list[str]:
    """Return why the loop should run now, in a user's words; empty when nothing is new.

    Raises
    ------
    TidemillError
        When the landing folder is not there (see `check_landing`).
    """
    check_landing(settings, declaration)
    with warehouse.write(settings) as connection:
        last = last_run(connection)
        if force or last is None or not settings.published_file.exists():
            return ["asked for" if force else "nothing is published yet"]
        listings = list_places(settings, declaration)
        new_files = len(pending(connection, files_of(listings), declaration))
        unseen_loads = records.last_load_id(connection) != last.last_load_id
        lost = lost_classifiers(connection, settings, declaration)
    reasons = {
        amount(new_files, "new file"): new_files > 0,
        # The run says which, and ends with status 1.
        "a place cannot be listed": any(listing.problem for listing in listings),
        "the last run did not finish": last.fingerprint is None,
        "files were loaded since the last run": last.fingerprint is not None and unseen_loads,
        "the dbt project or Tidemill's code has changed": last.fingerprint not in (None, run_fingerprint(settings)),
    }
    return [reason for reason, holds in reasons.items() if holds] + lost + due_classifiers(declaration, last.started_at)


def last_run(connection: duckdb.DuckDBPyConnection) -> LastRun | None:
    """Return the latest run of the whole loop that had something to do, None before the first."""
    row = connection.execute(
        "select started_at, fingerprint, last_load_id from records.runs "
        "where flow = 'run' and status <> 'nothing_new' order by started_at desc limit 1"
    ).fetchone()
    return LastRun(*row) if row else None


def lost_classifiers(connection: duckdb.DuckDBPyConnection, settings: Settings, declaration: Declaration) -> list[str]:
    """Name the classifiers that were trained once and of which the store has no version any more."""
    return [
        f"models_store has no version of classifier {each.name} any more"
        for each in declaration.classifiers
        if decisions.last_version(connection, each.name) and not store.versions(settings, each.name)
    ]


def due_classifiers(declaration: Declaration, since: datetime) -> list[str]:
    """Name the classifiers whose declared schedule has come round since then (UTC)."""
    return [
        f"classifier {classifier.name} is due ({classifier.schedule})"
        for classifier in declaration.classifiers
        if classifier.schedule and next(CronSim(classifier.schedule, since)) <= records.now()
    ]


def check_landing(settings: Settings, declaration: Declaration) -> None:
    """Refuse to call nothing new what may be a disk that is not mounted.

    Raises
    ------
    TidemillError
        When a source's files are declared below a landing folder that is not there.
    """
    needed = [each for each in declaration.sources if is_below_landing(each)]
    if needed and not settings.landing.is_dir():
        raise TidemillError(
            f"the landing folder {settings.landing} does not exist, but {needed[0].declared_in} declares "
            f"{needed[0].name} at {needed[0].location} below it; make the folder (or mount it), or set TIDEMILL_LANDING"
        )


@contextmanager
def failures_recorded(settings: Settings, flow: str, trigger: str) -> Iterator[None]:
    """Record a run that fails before its flow could begin, such as for a wrong declaration."""
    started_at = records.now()
    try:
        yield
    except TidemillError as error:
        message = f"{type(error).__name__}: {error}"
        run = records.Run(str(uuid.uuid4()), flow, trigger, started_at, status="failed", error=message)
        # What keeps the warehouse from opening may be the very error.
        with suppress(TidemillError), warehouse.writer_lock(settings, f"tidemill {flow}"):
            _add(settings, replace(run, ended_at=records.now()))
        raise


@dataclass(frozen=True)
class NothingNew:
    """A run that had nothing to do, and what may be why: sources whose files are overdue, and refused files."""

    run_id: str
    overdue: tuple[str, ...]
    refused_files: int

    @property
    def said(self) -> str:
        """What there is to say of it, in one line."""
        line = "run: nothing is new; the published tables and the deployed classifiers stay as they are"
        count = self.refused_files
        if not count:
            return line
        waits = "that was refused before waits" if count == 1 else "that were refused before wait"
        return f"{line}; {amount(count, 'file')} {waits}: `tidemill status` says which and why"


def record_nothing_new(settings: Settings, declaration: Declaration, trigger: str) -> NothingNew:
    """Record that a run had nothing to do; needs no Prefect, so the run id is our own."""
    started_at = records.now()
    run = records.Run(str(uuid.uuid4()), "run", trigger, started_at, status="nothing_new", ended_at=started_at)
    with warehouse.write(settings) as connection:
        records.add(connection, run)
        states = freshness.arrivals(connection, declaration, run.run_id)
        records.add(connection, *(each.record for each in states))
        waiting = {each.uri for each in refused.waiting(connection)}
    return NothingNew(run.run_id, freshness.overdue(states), len(waiting))


def _add(settings: Settings, run: records.Run) -> None:
    with warehouse.write(settings) as connection:
        records.add(connection, run)
