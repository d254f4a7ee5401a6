"""Says of each record that is no plain good one what it is: blank, comment, repeated header, or bad and why."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from flows.ingest.formats.csv.irregular import COMMENT
from flows.ingest.formats.csv.records import BYTE_ORDER_MARK, parser
from flows.ingest.formats.csv.regular import MAX_RECORD_BYTES, Positions, Table
from flows.ingest.formats.csv.scan import Block

# Frictionless' codes for bad records; the others are counted only.
Kind = str
NOT_DATA: tuple[Kind, ...] = ("header", "blank", "comment")
BEHIND = "a value stands behind the last column, where other records end with an empty field"
BEYOND = "it belongs to another table, which begins in line {}; put each table in a file of its own"
NOT_TEXT = "some bytes are no text in this file's encoding"
VALUE = re.compile(
    r"([-+]?[\d.,:/ -]*\d[\d.,:/ -]*(e[-+]?\d+)?\s*[%€$£]?|\d{4}-\d\d-\d\d[T ].*|true|false)?", re.IGNORECASE
)
LONGEST_VALUE = 40


@dataclass(frozen=True)
class Other:
    """A record that is not loaded, and why."""

    place: int
    kind: Kind
    message: str = ""
    is_undecodable: bool = False
    is_beyond: bool = False


@dataclass(frozen=True)
class Before:
    """What must be known of the records around a block. `peek` returns some bytes of the text from an offset on."""

    is_blank: bool
    is_other_table: bool
    peek: Callable[[int], bytes]


def is_value(cell: str) -> bool:
    """Tell whether a cell is empty, a number, a date or a truth value: what a header's cell is not."""
    return len(cell) <= LONGEST_VALUE and VALUE.fullmatch(cell.strip()) is not None


def is_header_like(cells: Sequence[str]) -> bool:
    """Tell whether these may be names of columns: several, all different, none a value."""
    return len(cells) > 1 and len({*cells}) == len(cells) and not any(map(is_value, cells))


def kinds(
    block: Block,
    table: Table,
    header: Sequence[Sequence[bytes]],
    before: Before,
) -> list[Other]:
    """Return every record of a block that is not loaded, in their order; lines without a byte are left out."""
    if before.is_other_table:
        return list(_beyond(block, 0))
    found: list[Other] = []
    damaged = dict(_damaged(block))
    for place in _suspects(block, table, damaged):
        other = _damage(place, damaged) or _kind(block, place, table, header)
        has_other_width = other is not None and other.kind in ("missing-cell", "extra-cell")
        if has_other_width and _begins_table(block, place, table, before):
            return [*found, *_beyond(block, place)]
        if other:
            found.append(other)
    return found


def _beyond(block: Block, first: int) -> Iterator[Other]:
    records = block.records
    filled = np.flatnonzero(records.starts[first:] != records.ends[first:]) + first
    yield from (Other(place, "row-error", is_beyond=True) for place in filled.tolist())


def _suspects(block: Block, table: Table, damaged: dict[int, bool]) -> list[int]:
    """Return the places that need a closer look; most blocks have few."""
    records = block.records
    length = records.ends - records.starts
    is_suspect = ((records.fields != table.width) & (length > 0)) | (length > MAX_RECORD_BYTES)
    if table.ends_empty:
        ends = np.frombuffer(block.content, np.uint8)[records.ends - 1]
        is_suspect |= (ends != table.syntax.delimiter.encode()[-1]) & (length > 0)
    return sorted({*np.flatnonzero(is_suspect).tolist(), *records.odd, *damaged})


def _damaged(block: Block) -> Iterator[tuple[int, bool]]:
    """Yield the records that hold a zero byte or bytes that are no text, and whether the latter."""
    content = block.content[: block.records.used]
    values = np.frombuffer(content, np.uint8)
    if b"\0" in content:
        yield from ((place, False) for place in _places(block, np.flatnonzero(values == 0)))
    if not content.isascii() and not _decodes(content):
        places = _places(block, np.flatnonzero(values > 127))
        yield from ((place, True) for place in places if not _decodes(block.record(place)))


def _places(block: Block, positions: Positions) -> list[int]:
    places: list[int] = np.unique(np.searchsorted(block.records.starts, positions, side="right") - 1).tolist()
    return places


def _decodes(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _damage(place: int, damaged: dict[int, bool]) -> Other | None:
    if place not in damaged:
        return None
    return Other(place, "encoding-error", NOT_TEXT, is_undecodable=damaged[place])


def _kind(block: Block, place: int, table: Table, header: Sequence[Sequence[bytes]]) -> Other | None:
    """Return what a suspect is, None if it is good after all."""
    odd, fields = block.records.odd.get(place), int(block.records.fields[place])
    if odd and odd.fault == COMMENT:
        return Other(place, "comment")
    length = int(block.records.ends[place] - block.records.starts[place])
    if length > MAX_RECORD_BYTES:
        return Other(place, "row-error", f"it is {length:,} bytes long, more than {MAX_RECORD_BYTES:,}")
    if odd and odd.fault:
        return Other(place, "row-error", odd.fault)
    record = block.record(place)
    if odd and odd.cells in header and record.startswith(BYTE_ORDER_MARK):
        return Other(place, "header")
    if fields == table.width:
        is_behind = table.ends_empty and (odd or parser(table.syntax).record(record, 0)).cells[-1] != b""
        return Other(place, "extra-cell", BEHIND) if is_behind else None
    if not record.removeprefix(BYTE_ORDER_MARK).strip():
        return Other(place, "blank")
    return Other(
        place, "missing-cell" if fields < table.width else "extra-cell", f"{fields} fields instead of {table.width}"
    )


def _begins_table(block: Block, place: int, table: Table, before: Before) -> bool:
    """Tell whether another table begins here: an empty line, then a header of another width, a record of that width."""
    records, syntax = block.records, parser(table.syntax)
    if not (records.starts[place - 1] == records.ends[place - 1] if place else before.is_blank):
        return False
    cells = syntax.record(block.content, int(records.starts[place])).cells
    if not is_header_like([cell.decode(errors="replace") for cell in cells]):
        return False
    behind = before.peek(block.offset + int([*records.starts[place + 1 : place + 2], records.used][0]))
    return not behind or len(syntax.record(behind, 0).cells) == len(cells)
