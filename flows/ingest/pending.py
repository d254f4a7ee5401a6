"""Which of the found files are new? Size and time decide without opening a file; the content hash is the proof."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb

from flows import declaration as declarations
from flows.declaration import Declaration, Source
from flows.ingest.parts import FoundFile
from flows.ingest.places.discover import Listing, discover
from flows.ingest.places.locations import DATABASES, scheme
from flows.settings import Settings

log = logging.getLogger("tidemill.ingest")

# The latest attempt at each place, all its parts together. One that failed or was still being written is tried again;
# a refused one when the declaration or the code has changed, or itself. (A superseded content that a place still holds
# cannot be; it would be loaded again.)
SETTLED = """
    with
        superseded as (select file_id from records.file_loads where action = 'superseded'),
        attempts as (
            select *
            from records.file_loads
            where action in ('loaded', 'skipped_same_content', 'quarantined', 'failed', 'waiting')
            qualify started_at = last_value(started_at) over (
                partition by source, uri
                order by load_id
                rows between unbounded preceding and unbounded following
            )
        )
    select
        source,
        uri,
        max(size_bytes),
        max(modified_at),
        max(version),
        bool_or(action = 'waiting'),
        max(coalesce(declaration_sha256, '')) filter (where action = 'quarantined')
    from attempts
    group by source, uri
    having
        not bool_or(action = 'failed')
        and not coalesce(bool_or(file_id in (from superseded)), false)
"""


# What the last load from each database recorded of how far it came.
READ_BEFORE = """
    select source, uri, arg_max(dialect::varchar, load_id)
    from records.file_loads
    where action = 'loaded' and format = 'database'
    group by source, uri
"""


def list_places(settings: Settings, declaration: Declaration) -> list[Listing]:
    """Return what lies at every declared location, or why that is not known."""
    return [discover(source, settings.landing) for source in declaration.sources]


def find_files(settings: Settings, declaration: Declaration) -> list[FoundFile]:
    """Return every file that lies at a declared location; a place that cannot be listed is named in the log."""
    listings = list_places(settings, declaration)
    for listing in listings:
        if listing.problem:
            log.warning("ingest: %s: %s", listing.source, listing.problem)
    return files_of(listings)


def files_of(listings: Iterable[Listing]) -> list[FoundFile]:
    """Return the files of several listings."""
    return [found for listing in listings for found in listing.files]


def pending(connection: duckdb.DuckDBPyConnection, found: list[FoundFile], declaration: Declaration) -> list[FoundFile]:
    """Return those of the found files that are not settled at their present size, time and version."""
    declared = {source.name: declaration_sha256(source) for source in declaration.sources}
    rows = connection.execute(SETTLED).fetchall()
    seen = {tuple(key): bool(is_waiting) for *key, is_waiting, why in rows if why in (None, declared.get(key[0]))}
    new = [each for each in found if not _is_settled(each, seen.get(_key(each)))]
    return _with_read_before(connection, new)


def _key(found: FoundFile) -> tuple[object, ...]:
    return found.source, found.uri, found.size_bytes, found.modified_at, found.version


def _is_settled(found: FoundFile, was_waiting: bool | None) -> bool:
    """Tell whether there is nothing to do: a file without its marker is recorded once, another waits no longer."""
    # Where a place tells neither time nor version, only the content can.
    is_told = found.modified_at is not None or found.version is not None
    return was_waiting is True if found.waits_for else was_waiting is False and is_told


def _with_read_before(connection: duckdb.DuckDBPyConnection, found: list[FoundFile]) -> list[FoundFile]:
    """Tell databases how far they were read."""
    if not any(scheme(each.uri) in DATABASES for each in found):
        return found
    rows = connection.execute(READ_BEFORE).fetchall()
    before = {(source, uri): dialect for source, uri, dialect in rows}
    return [replace(each, read_before=before.get((each.source, each.uri))) for each in found]


def declaration_sha256(source: Source) -> str:
    """Return a hash of all that decides how a file of this source is read: its declaration, and the code."""
    return hashlib.sha256(f"{replace(source, schedule=None, freshness=None)} {_code_sha256()}".encode()).hexdigest()


@cache
def _code_sha256() -> str:
    return declarations.fingerprint(Path(__file__).parent, (".py",))
