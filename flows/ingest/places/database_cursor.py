"""How far a database has been read, and which of the records read again are known already.

Records at the cursor's highest value may get company later, and records without a value have no place in its order:
both are read again every time, and as many of each as were read before are left out, told by their hashes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from flows.ingest.places.database_query import AT_END, AT_START, Query
from flows.sql import literal, parquet, quoted


@dataclass(frozen=True)
class Position:
    """Where a read ended: the cursor's highest value as SQL, and how often each record at the end was seen.

    `begins` is the number of the read that began at the beginning; `columns` are those the records were told by.
    """

    reads: int = 0
    highest: str | None = None
    known: Mapping[str, int] = field(default_factory=dict)
    begins: int | None = None
    columns: Sequence[str] = ()

    def note(self) -> dict[str, Any]:
        """Return what the record of a load keeps of it."""
        told = {"reads": self.reads, "begins": self.begins, "highest": self.highest}
        return {**told, "columns": list(self.columns), "known": dict(self.known)}


def position(query: Query, read_before: str | None) -> Position:
    """Return where the last load of the same question ended, else the beginning."""
    note = json.loads(read_before) if read_before else {}
    reads = note.get("reads", 0)
    if query.cursor is None or any(note.get(name) != query.said.get(name) for name in ("table", "query", "cursor")):
        return Position(reads, begins=reads + 1)
    return Position(reads, note["highest"], note["known"], note.get("begins"), note.get("columns", ()))


def advance(path: Path, before: Position, highest: str | None) -> tuple[Path, Position]:
    """Leave the known records out of what was read; return the rest, and where this read ended."""
    rest = path.with_name("rest.parquet")
    file = parquet(path)
    names = [name for name in pq.read_schema(path).names if name not in (AT_START, AT_END)]
    # Columns that the table got since say nothing about which of its records were read before.
    told_by = before.columns if set(before.columns) <= set(names) else names
    rows = f"select {', '.join(map(quoted, names))} from"
    with duckdb.connect() as connection:
        connection.execute(
            "create table known as select unnest(?) as _tidemill_known, unnest(?) as _tidemill_times",
            [list(before.known), list(before.known.values())],
        )
        unknown = _unknown(file, _hash(told_by or names))
        connection.execute(f"copy ({rows} {file} where not {AT_START} union all {rows} ({unknown})) to {literal(rest)}")
        hashes = f"select {_hash(names)}, count(*) from {file} where {AT_END} group by 1"
        known = dict(connection.execute(hashes).fetchall())
    return rest, Position(before.reads + 1, highest, known, before.begins, names)


def _hash(names: Sequence[str]) -> str:
    """Return the SQL that tells two records apart."""
    return f"md5(to_json({{{', '.join(f'{literal(name)}: {quoted(name)}' for name in names)}}})::varchar)"


def _unknown(file: str, row_hash: str) -> str:
    """Return the records at the start that are more of their kind than were seen before."""
    return f"""
        select *
        from (
            select *, {row_hash} as _tidemill_hash, row_number() over (partition by {row_hash}) as _tidemill_place
            from {file}
            where {AT_START}
        ) as hashed
        left join known on _tidemill_hash = _tidemill_known
        where _tidemill_place > coalesce(_tidemill_times, 0)
    """
