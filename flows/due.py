"""The cheap question before a run: is there anything to do? Needs neither Prefect nor dbt.

Knows what makes a run worth its start-up: new files, a changed project or code, an unfinished run, a due schedule.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

import duckdb
from cronsim import CronSim

from flows import records, transform, warehouse
from flows.declaration import Declaration
from flows.ingest.pending import pending_files
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
    """Return why the loop should run now, in a user's words; empty when nothing is new."""
    with warehouse.write(settings) as connection:
        last = last_run(connection)
        if force or last is None or not settings.published_file.exists():
            return ["asked for" if force else "nothing is published yet"]
        new_files = len(pending_files(connection, settings, declaration))
        unseen_loads = records.last_load_id(connection) != last.last_load_id
    reasons = {
        f"{new_files} new files": new_files > 0,
        "the last run did not finish": last.fingerprint is None,
        "files were loaded since the last run": last.fingerprint is not None and unseen_loads,
        "the dbt project or Tidemill's code has changed": last.fingerprint not in (None, run_fingerprint(settings)),
    }
    return [reason for reason, holds in reasons.items() if holds] + due_classifiers(declaration, last.started_at)


def last_run(connection: duckdb.DuckDBPyConnection) -> LastRun | None:
    """Return the latest run of the whole loop that had something to do, None before the first."""
    row = connection.execute(
        "select started_at, fingerprint, last_load_id from records.runs "
        "where flow = 'run' and status <> 'nothing_new' order by started_at desc limit 1"
    ).fetchone()
    return LastRun(*row) if row else None


def due_classifiers(declaration: Declaration, since: datetime) -> list[str]:
    """Name the classifiers whose declared schedule has come round since then (UTC)."""
    return [
        f"classifier {classifier.name} is due ({classifier.schedule})"
        for classifier in declaration.classifiers
        if classifier.schedule and next(CronSim(classifier.schedule, since)) <= records.now()
    ]


def record_nothing_new(settings: Settings, trigger: str) -> records.Run:
    """Record that a run had nothing to do; needs no Prefect, so the run id is our own."""
    started_at = records.now()
    run = records.Run(str(uuid.uuid4()), "run", trigger, started_at, status="nothing_new", ended_at=started_at)
    with warehouse.write(settings) as connection:
        records.add_few(connection, run)
    return run
