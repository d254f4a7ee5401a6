"""How far a database has been read, and which of the records read again are known already.

Records at the cursor's highest value may get company later, and records without a value have no place in its order:
both are read again every time, and as many of each as were read before are left out, told by their hashes.
"""

import glob
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows.ingest.places.database_query import AT_END, AT_START, Query
from flows.sql import literal


@dataclass(frozen=True)
class Position:
    """Where a read ended: the cursor's highest value as SQL, and how often each record at the end was seen."""

    reads: int = 0
    highest: str | None = None
    known: Mapping[str, int] = field(default_factory=dict)

    def note(self) -> dict[str, Any]:
        """Return what the record of a load keeps of it."""
        return {"reads": self.reads, "highest": self.highest, "known": dict(self.known)}


def position(query: Query, read_before: str | None) -> Position:
    """Return where the last load of the same question ended, else the beginning."""
    note = json.loads(read_before) if read_before else {}
    if query.cursor is None or any(note.get(name) != query.said.get(name) for name in ("table", "query", "cursor")):
        return Position(note.get("reads", 0))
    return Position(note["reads"], note["highest"], note["known"])


def advance(path: Path, before: Position, highest: str | None) -> tuple[Path, Position]:
    """Leave the known records out of what was read; return the rest, and where this read ended."""
    rest = path.with_name("rest.parquet")
    file = f"read_parquet({literal(glob.escape(str(path)))})"
    with duckdb.connect() as connection:
        connection.execute(
            "create table known as select unnest(?) as _tidemill_hash, unnest(?) as _tidemill_times", _pairs(before)
        )
        row = f"select columns(each_column -> each_column not in ({literal(AT_START)}, {literal(AT_END)})) from {file}"
        connection.execute(f"copy ({row} where not {AT_START} union all {_unknown(file, row)}) to {literal(rest)}")
        hashes = f"select md5(to_json(each)::varchar) as row_hash from ({row} where {AT_END}) as each"
        known = dict(connection.execute(f"select row_hash, count(*) from ({hashes}) group by 1").fetchall())
    return rest, Position(before.reads + 1, highest, known)


def _pairs(before: Position) -> list[list[Any]]:
    return [list(before.known), list(before.known.values())]


def _unknown(file: str, row: str) -> str:
    """Return the records at the start that are more of their kind than were seen before."""
    return f"""
        select columns(each_column -> each_column not in ('_tidemill_hash', '_tidemill_place', '_tidemill_times'))
        from (
            select *, row_number() over (partition by _tidemill_hash) as _tidemill_place
            from (select each.*, md5(to_json(each)::varchar) as _tidemill_hash from ({row} where {AT_START}) as each)
        ) as hashed
        left join known using (_tidemill_hash)
        where _tidemill_place > coalesce(_tidemill_times, 0)
    """
