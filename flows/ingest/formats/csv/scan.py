"""Counts the physical records of a CSV file, independently of the reader that loads them.

Knows where records begin and end, how many fields each has, and which must not be read as they stand. Goes in bounded
chunks: `csv_regular` where every quote is regular, `csv_irregular` only where one is not. Does not know DuckDB.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from flows import progress
from flows.ingest.formats.csv.irregular import irregular
from flows.ingest.formats.csv.records import parser
from flows.ingest.formats.csv.regular import Positions, Records, Table, regular
from flows.ingest.parts import Refusal

# With the arrays made of it, as much as stays in a processor's cache: four times as much takes twice as long per byte.
CHUNK_BYTES = 2**18
# What has no line end after this much is no CSV.
MAX_LINE_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Block:
    """Some consecutive records of a file: positions within `content`, which begins at `offset` and in `first_line`."""

    content: bytes
    offset: int
    first_line: int
    newline: bytes
    records: Records

    def record(self, place: int) -> bytes:
        """Return a record's bytes, without the line end."""
        return self.content[self.records.starts[place] : self.records.ends[place]]

    def line(self, place: int) -> int:
        """Return the number of the line a record begins in, 1 = the file's first."""
        return self.first_line + int(np.searchsorted(self._newlines, self.records.starts[place]))

    @property
    def lines(self) -> int:
        """How many lines end in this block."""
        values = np.frombuffer(self.content, np.uint8, self.records.used)
        return int(np.count_nonzero(values == self.newline[0]))

    @cached_property
    def _newlines(self) -> Positions:
        return np.flatnonzero(np.frombuffer(self.content, np.uint8) == self.newline[0])


def scan(path: Path, table: Table, start: int = 0, line: int = 1, end: int | None = None) -> Iterator[Block]:
    """Yield every record of a UTF-8 file between two offsets; `line` is the one that begins at the first.

    Raises
    ------
    Refusal
        When a line does not end within any size a record may have.
    """
    newline = parser(table.syntax).newline
    end = path.stat().st_size if end is None else end
    with path.open("rb") as stream:
        stream.seek(start)
        rest = b""
        while chunk := stream.read(min(CHUNK_BYTES, end - stream.tell())):
            progress.passed(len(chunk) / end)
            content, is_last = rest + chunk, stream.tell() >= end
            block = Block(content, start, line, newline, _records(content, table, is_last))
            used = block.records.used
            if not used and len(content) > MAX_LINE_BYTES:
                raise Refusal(
                    f"line {line} does not end within {MAX_LINE_BYTES:,} bytes, so it is no CSV; move it away"
                )
            if used:
                yield block
                line += block.lines if not is_last else 0
            start, rest = start + used, content[used:]


def _records(content: bytes, table: Table, is_last: bool) -> Records:
    found = regular(content, table, is_last)
    return irregular(content, table, is_last) if found is None else found
