"""Which of the found files are new? Size and time decide without opening a file; the content hash is the proof."""

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb

from flows import declaration as declarations
from flows.declaration import Declaration, Source
from flows.ingest.discover import discover
from flows.ingest.parts import FoundFile
from flows.settings import Settings

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
        max(coalesce(declaration_sha256, '')) filter (where action = 'quarantined')
    from attempts
    group by source, uri
    having
        not bool_or(action in ('failed', 'waiting'))
        and not coalesce(bool_or(file_id in (from superseded)), false)
"""


def find_files(settings: Settings, declaration: Declaration) -> list[FoundFile]:
    """Return every file that lies at a declared location."""
    return [found for source in declaration.sources for found in discover(source, settings.landing)]


def pending_files(
    connection: duckdb.DuckDBPyConnection, settings: Settings, declaration: Declaration
) -> list[FoundFile]:
    """Return the found files that are not settled at their present size and time."""
    return pending(connection, find_files(settings, declaration), declaration)


def pending(connection: duckdb.DuckDBPyConnection, found: list[FoundFile], declaration: Declaration) -> list[FoundFile]:
    """Return those of the found files that are not settled at their present size and time."""
    declared = {source.name: declaration_sha256(source) for source in declaration.sources}
    rows = connection.execute(SETTLED).fetchall()
    settled = {tuple(place) for *place, refused_under in rows if refused_under in (None, declared.get(place[0]))}
    return [each for each in found if (each.source, each.uri, each.size_bytes, each.modified_at) not in settled]


def declaration_sha256(source: Source) -> str:
    """Return a hash of all that decides how a file of this source is read: its declaration, and the code."""
    return hashlib.sha256(f"{replace(source, schedule=None, freshness=None)} {_code_sha256()}".encode()).hexdigest()


@cache
def _code_sha256() -> str:
    return declarations.fingerprint(Path(__file__).parent, (".py",))
