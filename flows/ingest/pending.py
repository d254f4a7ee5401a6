"""Which of the found files are new? Size and time decide without opening a file; the content hash is the proof."""

import duckdb

from flows.declaration import Declaration
from flows.ingest.discover import discover
from flows.ingest.parts import FoundFile
from flows.settings import Settings

# A refused file stays refused until it changes; one that failed or was still being written is tried again. (A replaced
# version's own record is 'superseded' and says nothing of what lies at the place now.)
SETTLED = """
    select source, uri, arg_max(size_bytes, load_id), arg_max(modified_at, load_id)
    from records.file_loads
    where action in ('loaded', 'skipped_same_content', 'quarantined', 'failed', 'waiting')
    group by source, uri
    having arg_max(action, load_id) not in ('failed', 'waiting')
"""

# Content skipped here because another place held it, which has since been replaced there.
LOST_ELSEWHERE = """
    select skipped.source, skipped.uri, skipped.size_bytes, skipped.modified_at
    from records.file_loads as skipped
    inner join records.files using (file_id)
    where
        skipped.action = 'skipped_same_content'
        and file_id in (select file_id from records.file_loads where action = 'superseded')
        and not exists (
            select 1
            from records.file_loads as later
            inner join records.files as later_files using (file_id)
            where
                later.source = skipped.source
                and later.uri = skipped.uri
                and later.load_id > skipped.load_id
                and later_files.content_sha256 = files.content_sha256
                and later_files.sheet is not distinct from files.sheet
        )
"""


def find_files(settings: Settings, declaration: Declaration) -> list[FoundFile]:
    """Return every file that lies at a declared location."""
    return [found for source in declaration.sources for found in discover(source, settings.landing)]


def pending_files(
    connection: duckdb.DuckDBPyConnection, settings: Settings, declaration: Declaration
) -> list[FoundFile]:
    """Return the found files that are not settled at their present size and time."""
    return pending(connection, find_files(settings, declaration))


def pending(connection: duckdb.DuckDBPyConnection, found: list[FoundFile]) -> list[FoundFile]:
    """Return those of the found files that are not settled at their present size and time."""
    settled = set(connection.execute(SETTLED).fetchall()) - set(connection.execute(LOST_ELSEWHERE).fetchall())
    return [each for each in found if (each.source, each.uri, each.size_bytes, each.modified_at) not in settled]
