"""Do files arrive in time? dbt's own `config.freshness` of each source, asked of the records in every run.

Agrees with `dbt source freshness`, which asks the raw tables, but needs neither dbt nor their rows. A source that has
no rows yet counts from the first run. Knows nothing of how files are found.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from flows import records
from flows.declaration import Declaration, Source

log = logging.getLogger("tidemill.freshness")

LAST_LOADED = """
    select source, max(ended_at)
    from records.file_loads
    where action in ('loaded', 'replayed') and loaded_records > 0
    group by source
"""


@dataclass(frozen=True)
class Arrival:
    """How long ago a source last brought rows, and what is to be said about it; nothing while it is in time."""

    record: records.Freshness
    message: str | None = None


def arrivals(connection: duckdb.DuckDBPyConnection, declaration: Declaration, run_id: str) -> tuple[Arrival, ...]:
    """Return the state of every source whose freshness is declared; asks without parameters, which cost an import."""
    loaded: dict[str, datetime] = dict(connection.execute(LAST_LOADED).fetchall())
    first_runs = connection.execute("select min(started_at) from records.runs").fetchall()
    now = records.now()
    return tuple(
        _arrival(source, run_id, loaded.get(source.name), first_runs[0][0] or now, now)
        for source in declaration.sources
        if source.freshness
    )


def _arrival(source: Source, run_id: str, last: datetime | None, first_run: datetime, now: datetime) -> Arrival:
    since = last or first_run
    status, limit = _status(source, now - since)
    record = records.Freshness(run_id, source.name, last, now, status)
    if limit is None:
        return Arrival(record)
    event = "its last rows came" if last else "no rows have come since the first run"
    late = f"{_ago(now - since)} ago, at {since:%Y-%m-%d %H:%M} UTC ({status}_after is {_ago(limit)})"
    remedy = f"ask its sender for the files of {source.location}, or change freshness in {source.declared_in}"
    return Arrival(record, f"{source.name}: {event} {late}; {remedy}")


def _status(source: Source, age: timedelta) -> tuple[str, timedelta | None]:
    """Return the worst limit that is exceeded."""
    assert source.freshness is not None
    for status, limit in (("error", source.freshness.error_after), ("warn", source.freshness.warn_after)):
        if limit is not None and age > limit:
            return status, limit
    return "ok", None


def _ago(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    return (
        f"{age.days} days" if age.days > 1 else f"{hours} hours" if hours > 1 else f"{age // timedelta(minutes=1)} min"
    )


def overdue(states: Sequence[Arrival]) -> tuple[str, ...]:
    """Say in the log what is late, and return what is so late that a person has to look at it."""
    for each in states:
        if each.message:
            log.warning("freshness: %s", each.message)
    return tuple(each.message for each in states if each.message and each.record.status == "error")
