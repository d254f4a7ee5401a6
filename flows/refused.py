"""The files that were refused and wait for a person; knows the records, and whether a local file is still there."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

# Of the attempts at a file the latest counts; one file may have several parts.
REFUSED_QUERY = """
    with
        attempts as (select * from records.file_loads where action not in ('superseded', 'replayed')),
        latest as (select source, uri, arg_max(run_id, load_id) as run_id from attempts group by source, uri)
    select distinct attempts.uri, attempts.error
    from attempts
    inner join latest using (source, uri, run_id)
    where attempts.action in ('quarantined', 'failed')
    order by attempts.uri, attempts.error
"""


@dataclass(frozen=True)
class Refused:
    """A file, or a part of it, that was refused when it was tried last, and why."""

    uri: str
    error: str


def waiting(connection: duckdb.DuckDBPyConnection) -> tuple[Refused, ...]:
    """Return what waits to be mended; what was taken away from a local folder does not any more."""
    refused = (Refused(*row) for row in connection.execute(REFUSED_QUERY).fetchall())
    return tuple(each for each in refused if not Path(each.uri).is_absolute() or Path(each.uri).exists())
