"""Counts the physical records of a CSV file, independently of the reader that loads them.

Knows where records begin and end, how many fields each has, and which no reader may take. Reads in bounded chunks:
with numpy where the quoting is regular, record by record where it is not. Does not know columns or DuckDB.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows import progress

CHUNK_BYTES = 8 * 2**20
# A quoted field that has not ended after this much is taken for a quote nobody closed.
MAX_QUOTED_BYTES = 2**20
NEWLINE, RETURN = 10, 13

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Some consecutive records: positions within `content`, which begins at `offset` in the file."""

    content: bytes
    offset: int
    first_line: int
    starts: Positions
    ends: Positions
    fields: Positions
    # Record place -> why its quoting is broken; record place -> the record in regular quoting.
    broken: dict[int, str] = field(default_factory=dict)
    rewritten: dict[int, bytes] = field(default_factory=dict)

    def record(self, place: int) -> bytes:
        """Return a record's bytes, without the line end."""
        return self.content[self.starts[place] : self.ends[place]]

    def line(self, place: int) -> int:
        """Return the number of the line a record begins in, 1 = the file's first."""
        return self.first_line + self.content.count(b"\n", 0, self.starts[place])


def scan(path: Path, delimiter: str, quote: str, offset: int = 0) -> Iterator[Block]:
    """Yield every record of a UTF-8 file from an offset on, blank lines as records of no bytes."""
    line, size = 1, path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(offset)
        rest = b""
        while chunk := stream.read(CHUNK_BYTES):
            progress.passed(len(chunk) / size)
            content = rest + chunk
            block = _block(content, offset, line, delimiter.encode(), quote.encode(), is_last=False)
            used = _used(block)
            yield block
            line += content.count(b"\n", 0, used)
            offset, rest = offset + used, content[used:]
        if rest:
            yield _block(rest, offset, line, delimiter.encode(), quote.encode(), is_last=True)


def _used(block: Block) -> int:
    if not len(block.ends):
        return 0
    end = int(block.ends[-1])
    return block.content.index(b"\n", end) + 1


def _block(content: bytes, offset: int, line: int, delimiter: bytes, quote: bytes, is_last: bool) -> Block:
    regular = _regular_records(content, delimiter, quote, is_last)
    if regular is not None:
        return Block(content, offset, line, *regular)
    return _irregular_records(content, offset, line, delimiter, quote, is_last)


def _regular_records(
    content: bytes, delimiter: bytes, quote: bytes, is_last: bool
) -> tuple[Positions, Positions, Positions] | None:
    """Return starts, ends and field counts, or None where a quote stands where none belongs."""
    values = np.frombuffer(content, np.uint8)
    quotes = np.flatnonzero(values == quote[0])
    newlines, delimiters = np.flatnonzero(values == NEWLINE), np.flatnonzero(values == delimiter[0])
    if len(quotes):
        newlines, delimiters = _outside(newlines, quotes), _outside(delimiters, quotes)
        end = len(content) if is_last else (newlines[-1] + 1 if len(newlines) else 0)
        if not _quotes_are_regular(values, quotes[quotes < end], delimiter, quote):
            return None
        if len(content) - end > MAX_QUOTED_BYTES:
            return None
    if is_last and (not len(newlines) or newlines[-1] != len(content) - 1):
        newlines = np.append(newlines, len(content))
    starts = np.concatenate([[0], newlines[:-1] + 1]) if len(newlines) else newlines
    fields = np.searchsorted(delimiters, newlines) - np.searchsorted(delimiters, starts) + 1
    ends = newlines - ((newlines > starts) & (values[newlines - 1] == RETURN)) if len(newlines) else newlines
    return starts, ends, fields


def _outside(positions: Positions, quotes: Positions) -> Positions:
    outside: Positions = positions[np.searchsorted(quotes, positions) % 2 == 0]
    return outside


def _quotes_are_regular(values: NDArray[np.uint8], quotes: Positions, delimiter: bytes, quote: bytes) -> bool:
    """Tell whether each quote opens at a field's start, closes at its end, or is doubled inside (RFC 4180)."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    padded = np.concatenate([[NEWLINE], values, [NEWLINE]])
    may_precede, may_follow = [delimiter[0], NEWLINE, quote[0]], [delimiter[0], NEWLINE, RETURN, quote[0]]
    return bool(np.isin(padded[opening], may_precede).all() and np.isin(padded[closing + 2], may_follow).all())


def _irregular_records(content: bytes, offset: int, line: int, delimiter: bytes, quote: bytes, is_last: bool) -> Block:
    starts: list[int] = []
    ends: list[int] = []
    fields: list[int] = []
    broken: dict[int, str] = {}
    rewritten: dict[int, bytes] = {}
    one_field = _field_pattern(delimiter, quote)
    position = 0
    while position < len(content):
        found = _record(content, position, one_field, delimiter, quote)
        line_end = _line_end(content, position)
        if found is None:
            unfinished = b"\n" not in content[position:] or content.find(quote, position + 1) < 0
            if not is_last and unfinished and len(content) - position < MAX_QUOTED_BYTES:
                break
            broken[len(starts)] = "a quote is not closed, or something stands after the closing quote"
            found = line_end, [b""]
        end, cells = found
        if not is_last and end >= len(content):
            break
        starts.append(position)
        ends.append(end - (content[end - 1 : end] == b"\r" and end > position))
        fields.append(len(cells))
        if quote in content[position:end] and len(starts) - 1 not in broken:
            rewritten[len(starts) - 1] = _regular(cells, delimiter, quote)
        position = end + 1
    positions = [np.array(each, np.int64) for each in (starts, ends, fields)]
    return Block(content, offset, line, positions[0], positions[1], positions[2], broken, rewritten)


def _line_end(content: bytes, position: int) -> int:
    end = content.find(b"\n", position)
    return end if end >= 0 else len(content)


def _field_pattern(delimiter: bytes, quote: bytes) -> re.Pattern[bytes]:
    d, q = re.escape(delimiter), re.escape(quote)
    return re.compile(rb"%b((?:[^%b]|%b%b)*+)%b(?=%b|\r?\n|\r?\Z)|([^%b\n%b][^%b\n]*+|)" % (q, q, q, q, q, d, d, q, d))


def _record(
    content: bytes, position: int, one_field: re.Pattern[bytes], delimiter: bytes, quote: bytes
) -> tuple[int, list[bytes]] | None:
    """Return where the record ends and its cells, or None where its quoting is broken."""
    cells = []
    while True:
        match = one_field.match(content, position)
        if match is None or (match.group(1) is None and content[position : position + 1] == quote):
            return None
        cell = match.group(2) if match.group(1) is None else match.group(1).replace(quote * 2, quote)
        position = match.end()
        following = content[position : position + 1]
        if following != delimiter:
            end = _line_end(content, position)
            cells.append(cell.removesuffix(b"\r") if match.group(1) is None else cell)
            return end, cells
        cells.append(cell)
        position += 1


def _regular(cells: list[bytes], delimiter: bytes, quote: bytes) -> bytes:
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=delimiter.decode(), quotechar=quote.decode(), quoting=csv.QUOTE_ALL, lineterminator=""
    )
    writer.writerow([cell.decode(errors="surrogateescape") for cell in cells])
    return text.getvalue().encode(errors="surrogateescape")
