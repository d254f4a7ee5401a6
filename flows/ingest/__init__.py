"""The verb `ingest`: finds new files of every declared source and lands them, bad records quarantined.

Knows which files are to be loaded and what the summary says. How they are loaded, `load.py` knows.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from flows import freshness, records, warehouse
from flows.amounts import amount
from flows.declaration import Declaration
from flows.ingest.changed_columns import said_of_columns
from flows.ingest.loaded_whole import note_loaded_whole
from flows.ingest.parts import FoundFile
from flows.ingest.pending import files_of, list_places, pending
from flows.ingest.places.connect import close_connections
from flows.ingest.places.discover import Listing
from flows.ingest.places.vanished import record_vanished
from flows.ingest.raw_table import create_raw_table
from flows.ingest.renames import move_renamed
from flows.ingest.supersede import supersede
from flows.settings import Settings

__all__ = ["IngestSummary", "SourceSummary", "ingest"]

log = logging.getLogger("tidemill.ingest")

NO_RECORDS = "holds no records, only a header; ask its sender if there should be some"

KNOWN = "skipped_same_content"

# Actions whose error is worth a line, but no person's work.
NEWS = ("waiting", "vanished")


@dataclass(frozen=True)
class SourceSummary:
    """What became of one source's files; `files_known` are those of the new ones whose content was loaded before."""

    source: str
    files_found: int
    files_new: int
    files_known: int
    files_loaded: int
    records_loaded: int
    records_quarantined: int


@dataclass(frozen=True)
class IngestSummary:
    """What one ingest did; `problems` names every file that was not loaded, `overdue` every source that has none."""

    sources: tuple[SourceSummary, ...]
    problems: tuple[str, ...]
    overdue: tuple[str, ...] = ()


def ingest(settings: Settings, declaration: Declaration, run: records.Run) -> IngestSummary:
    """Land every new file of every declared source; the records name `run`."""
    if not settings.landing.is_dir():
        log.warning("ingest: the landing folder %s does not exist; make it, or set TIDEMILL_LANDING", settings.landing)
    with warehouse.write(settings) as connection:
        for source in declaration.sources:
            create_raw_table(connection, source)
            move_renamed(connection, run, source)
        listings = list_places(settings, declaration)
        new = pending(connection, files_of(listings), declaration)
        loads = _load(connection, settings, declaration, run, new)
        close_connections()
        for source in declaration.sources:
            supersede(connection, run, source)
        if loads:
            note_loaded_whole(connection)
        loads += record_vanished(connection, run, listings)
        states = freshness.arrivals(connection, declaration, run.run_id)
        records.add(connection, *(each.record for each in states))
        columns = list(said_of_columns(connection, run, declaration))
    summary = _summary(declaration, listings, new, loads)
    for said in columns:
        log.warning("ingest: %s", said)
    return replace(summary, overdue=freshness.overdue(states))


def _load(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    declaration: Declaration,
    run: records.Run,
    new: Sequence[FoundFile],
) -> list[records.FileLoad]:
    from flows.ingest.load import Loader  # late: the question whether a file is new needs no reader

    return list(Loader(connection, run, declaration, settings.threads).load(new)) if new else []


def _summary(
    declaration: Declaration,
    listings: Sequence[Listing],
    new: Sequence[FoundFile],
    loads: Sequence[records.FileLoad],
) -> IngestSummary:
    sources = tuple(_source_summary(source.name, files_of(listings), new, loads) for source in declaration.sources)
    unlisted = [f"{each.source}: {each.problem}" for each in listings if each.problem]
    problems = (*unlisted, *(f"{load.uri}: {load.error}" for load in loads if load.error and load.action not in NEWS))
    _tell(sources, loads, problems)
    return IngestSummary(sources, problems)


def _tell(sources: Sequence[SourceSummary], loads: Sequence[records.FileLoad], problems: Sequence[str]) -> None:
    for each in sources:
        log.info(
            "ingest: %s %s from %s of %d%s, %s quarantined",
            each.source,
            amount(each.records_loaded, "row"),
            amount(each.files_new, "new file"),
            each.files_found,
            f" ({each.files_known:,} of known content)" if each.files_known else "",
            f"{each.records_quarantined:,}",
        )
    for load in loads:
        # A database that is read on may have nothing more.
        if load.format != "database" and load.action == "loaded" and not load.loaded_records + load.quarantined_records:
            log.warning("ingest: %s: %s", load.uri, (load.dialect or {}).get("not_loaded", NO_RECORDS))
        if load.action in NEWS:
            log.info("ingest: %s: %s", load.uri, load.error)
    for problem in problems:
        log.warning("ingest: %s", problem)


def _source_summary(
    name: str, found: Sequence[FoundFile], new: Sequence[FoundFile], loads: Sequence[records.FileLoad]
) -> SourceSummary:
    own = [load for load in loads if load.source == name]
    return SourceSummary(
        source=name,
        files_found=sum(each.source == name for each in found),
        files_new=sum(each.source == name for each in new),
        files_known=len({load.uri for load in own} - {load.uri for load in own if load.action != KNOWN}),
        files_loaded=len({load.uri for load in own if load.action == "loaded"}),
        records_loaded=sum(load.loaded_records for load in own),
        records_quarantined=sum(load.quarantined_records for load in own),
    )
