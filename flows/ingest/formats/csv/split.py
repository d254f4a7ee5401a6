"""Separates a CSV file's good records from all others, each of which is counted or kept as a bad one.

Writes the good records to a file of their own only where DuckDB must not read the file as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from flows.ingest.formats.csv.copy import append
from flows.ingest.formats.csv.kinds import BEYOND, NOT_DATA, Before, Kind, Other, kinds
from flows.ingest.formats.csv.regular import CRLF, LF, Flags, Table
from flows.ingest.formats.csv.scan import Block, scan
from flows.ingest.formats.encodings import Text
from flows.ingest.parts import BadRecord, Refusal, made

# So few are kept whatever their share, so that small files are refused with every bad record in the records.
MAX_BAD_UNCHECKED = 10_000
PEEKED_BYTES = 4096
MAX_BAD, MAX_BAD_BYTES = 1_000_000, 256 * 2**20


class NotUtf8(Exception):
    """A file taken for UTF-8 after its sample holds bytes that are none."""


@dataclass(frozen=True)
class Data:
    """The stretch of a text that holds the records, and what must be known to judge them."""

    text: Text
    table: Table
    start: int
    end: int
    line: int
    header: tuple[tuple[bytes, ...], ...]
    max_rejected: float
    is_settled: bool

    def peek(self, offset: int) -> bytes:
        """Return some bytes from an offset on; none at the data's end."""
        with self.text.path.open("rb") as stream:
            stream.seek(offset)
            return stream.read(max(min(PEEKED_BYTES, self.end - offset), 0))


@dataclass
class Tally:
    """What the scan has seen so far. `copy` is where the good records are, once they had to be written."""

    line_ends: int = LF | CRLF
    copy: Path | None = None
    records: int = 0
    data: int = 0
    longest: int = 0
    counted: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(NOT_DATA, 0))
    bad: list[BadRecord] = field(default_factory=list)
    bad_bytes: int = 0
    beyond: int = 0
    is_blank_before: bool = False
    other_table_line: int | None = None


def split(data: Data, copy: Path, tally: Tally) -> Tally:
    """Count every record; copy the good ones from the first on that DuckDB must not see.

    Raises
    ------
    NotUtf8
        When the encoding is not settled, and some bytes are no UTF-8.
    Refusal
        When too many records are bad for the file ever to be loaded.
    """
    for block in _blocks(data, data.end):
        excluded = _judge(block, data, tally)
        tally.line_ends &= block.records.line_ends
        # DuckDB leaves out empty lines by itself.
        is_unfit = bool(np.any(excluded & (block.records.starts != block.records.ends))) or bool(block.records.odd)
        if tally.copy is None and (is_unfit or not tally.line_ends):
            tally.copy = emptied(copy)
            for earlier in _blocks(data, block.offset):
                append(copy, earlier, data.table.syntax, earlier.records.starts == earlier.records.ends)
        if tally.copy:
            append(tally.copy, block, data.table.syntax, excluded)
        _not_too_many(data, tally, block.offset + block.records.used)
    return tally


def emptied(copy: Path) -> Path:
    """Begin the file of good records."""
    made(copy.parent)
    copy.write_bytes(b"")
    return copy


def _blocks(data: Data, end: int) -> Iterator[Block]:
    return scan(data.text.path, data.table, data.start, data.line, end)


def _judge(block: Block, data: Data, tally: Tally) -> Flags:
    """Count each record for what it is; returns which are not loaded."""
    records = block.records
    not_data: Flags = records.starts == records.ends
    tally.counted["blank"] += int(np.count_nonzero(not_data))
    before = Before(tally.is_blank_before, tally.other_table_line is not None, data.peek)
    others = kinds(block, data.table, data.header, before)
    if not data.is_settled and any(other.is_undecodable for other in others):
        raise NotUtf8
    excluded: Flags = not_data.copy()
    for other in others:
        excluded[other.place] = True
        if other.kind in tally.counted:
            not_data[other.place] = True
            tally.counted[other.kind] += 1
    row_numbers = tally.data + np.cumsum(~not_data)
    _keep_bad(block, data, tally, [each for each in others if each.kind not in tally.counted], row_numbers.tolist())
    tally.records += len(records.starts)
    tally.data = int(row_numbers[-1])
    tally.longest = max(tally.longest, int((records.ends - records.starts).max()))
    tally.is_blank_before = bool(records.starts[-1] == records.ends[-1])
    return excluded


def _keep_bad(block: Block, data: Data, tally: Tally, others: list[Other], row_numbers: list[int]) -> None:
    for other in others:
        start, end = int(block.records.starts[other.place]), int(block.records.ends[other.place])
        offset, content = data.text.original(block.offset + start, block.offset + end)
        line = block.line(other.place)
        message = other.message
        if other.is_beyond:
            tally.other_table_line = tally.other_table_line or line
            tally.beyond += 1
            message = BEYOND.format(tally.other_table_line)
        tally.bad.append(BadRecord(row_numbers[other.place], line, offset, content, other.kind, message))
        tally.bad_bytes += len(content)


def _not_too_many(data: Data, tally: Tally, offset: int) -> None:
    """Stop where the bad records are more than may be rejected of all that the file could still hold."""
    bad = len(tally.bad)
    if bad <= MAX_BAD_UNCHECKED and tally.bad_bytes <= MAX_BAD_BYTES:
        return
    # A record has at least its delimiters and its line end.
    possible = tally.data + (data.end - offset) / data.table.width
    if bad - tally.beyond > data.max_rejected * possible or bad > MAX_BAD or tally.bad_bytes > MAX_BAD_BYTES:
        first = tally.bad[0]
        raise Refusal(
            f"already {bad:,} of {tally.data:,} records cannot be taken, too many to go on; the first stands in line "
            f"{first.line}: {first.message}. Mend the file, or declare external.options"
        )
