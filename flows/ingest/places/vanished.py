"""Records loaded files that are not listed any more, once; their rows stay."""

from collections.abc import Sequence
from itertools import count

import duckdb

from flows import records
from flows.ingest.places.discover import Listing

# The places whose last word is that their content is loaded.
LOADED_PLACES = """
    select source, uri, arg_max(file_id, load_id)
    from records.file_loads
    where action in ('loaded', 'skipped_same_content', 'vanished')
    group by source, uri
    having arg_max(action, load_id) <> 'vanished'
"""


def record_vanished(
    connection: duckdb.DuckDBPyConnection, run: records.Run, listings: Sequence[Listing]
) -> list[records.FileLoad]:
    """Record what is gone from the places that could be listed, and return the records."""
    listed = {(each.source, found.uri) for each in listings for found in each.files}
    complete = {each.source for each in listings if each.is_complete}
    rows = connection.execute(LOADED_PLACES).fetchall()
    gone = sorted(row for row in rows if row[0] in complete and row[:2] not in listed)
    load_ids = count(records.next_id(connection, "file_loads", "load_id"))
    loads = [_vanished(run, next(load_ids), *row) for row in gone]
    records.add(connection, *loads)
    return loads


def _vanished(run: records.Run, load_id: int, source: str, uri: str, file_id: int) -> records.FileLoad:
    now = records.now()
    why = "it is not there any more; its rows stay"
    return records.FileLoad(load_id, run.run_id, file_id, source, uri, "vanished", now, now, error=why)
