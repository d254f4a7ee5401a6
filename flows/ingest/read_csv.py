"""Reads a CSV part: DuckDB gets only records that the independent scan found good, with every parameter given."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from flows.declaration import Declaration, Source
from flows.ingest.columns import columns_of
from flows.ingest.csv_dialect import Dialect, detect_dialect, detect_encoding, header_cells, sample_of
from flows.ingest.csv_scan import Block, scan
from flows.ingest.parts import BadRecord, Column, Counts, Part, Reading, Refusal
from flows.sql import literal

# No file holds this, so no text becomes NULL: an empty field lands as the empty text it is.
NO_NULL = "\x01\x02\x03"


@dataclass
class _Tally:
    """What the scan has seen so far."""

    records: int = 0
    preamble: int = 0
    blank: int = 0
    data: int = 0
    bad: list[BadRecord] = field(default_factory=list)
    is_copied: bool = False


def read_csv(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand a CSV part and return the query that delivers its good records.

    Raises
    ------
    Refusal
        When it is empty, no text, of another source's shape, or names a column twice.
    """
    sample = sample_of(part.path)
    if not sample.strip():
        return Reading(part.path, "", (), Counts(blank=sample.count(b"\n"), records_read=sample.count(b"\n")))
    encoding = detect_encoding(sample, source.options.get("encoding"))
    text = _decoded_sample(sample, encoding)
    dialect = detect_dialect(text, source, declaration)
    columns = columns_of(source, header_cells(text, dialect))
    path = _as_utf8(part.path, encoding, scratch)
    copy = scratch / "good_records.csv"
    tally = _separate(path, dialect, len(columns), copy)
    counts = Counts(tally.records, 1, tally.preamble, tally.blank, quarantined=len(tally.bad))
    return Reading(
        path=copy if tally.is_copied else path,
        function=_function(dialect, columns, has_header=not tally.is_copied),
        columns=columns,
        counts=counts,
        bad_records=tuple(tally.bad),
        encoding=encoding,
        dialect={"delimiter": dialect.delimiter, "quote": dialect.quote, "header_record": dialect.header + 1},
        detected_by=dialect.detected_by,
    )


def _decoded_sample(sample: bytes, encoding: str) -> str:
    try:
        return sample.decode(encoding, errors="replace").removeprefix("\ufeff")
    except LookupError:
        raise Refusal(
            f"the declared encoding '{encoding}' does not exist; use a name such as utf-8 or cp1252"
        ) from None


def _as_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    """Return a path to the same text in UTF-8 with line feeds; bytes that are no text stay as they are."""
    has_line_feed = b"\n" in sample_of(path)
    if encoding in ("utf-8", "ascii") and has_line_feed:
        return path
    target = scratch / "content.utf8.csv"
    newline = None if not has_line_feed else ""
    with (
        path.open(encoding=encoding, errors="surrogateescape", newline=newline) as original,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as copy,
    ):
        shutil.copyfileobj(original, copy)
    return target


def _separate(path: Path, dialect: Dialect, width: int, copy: Path) -> _Tally:
    """Count every record; from the first block DuckDB must not see, copy the good records to their own file."""
    tally = _Tally()
    for block in scan(path, dialect.delimiter, dialect.quote):
        header_places = 1 if tally.records == 0 else 0
        excluded = _excluded(block, dialect, width, tally)
        is_as_it_should_be = len(excluded) == header_places and not block.rewritten and b"\r" not in block.content
        if not tally.is_copied and not is_as_it_should_be:
            tally.is_copied = True
            _copy_until(path, block.offset, copy)
        if tally.is_copied:
            _append(copy, block, excluded)
    return tally


def _excluded(block: Block, dialect: Dialect, width: int, tally: _Tally) -> list[int]:
    """Return the places of the records that are not loaded: header, preamble, blank and bad ones, counting each."""
    excluded: list[int] = []
    first, not_data = tally.records, 0
    for place in _suspects(block, dialect, width, first):
        row_number = tally.data + place + 1 - not_data
        if first + place <= dialect.header:
            tally.preamble += first + place < dialect.header
            not_data += 1
        elif block.starts[place] == block.ends[place]:
            tally.blank += 1
            not_data += 1
        elif bad := _bad_record(block, place, width, row_number):
            tally.bad.append(bad)
        else:
            continue
        excluded.append(place)
    tally.records += len(block.starts)
    tally.data += len(block.starts) - not_data
    return excluded


def _suspects(block: Block, dialect: Dialect, width: int, first: int) -> list[int]:
    """Return the places that need a closer look; most blocks have few."""
    suspects = set(np.flatnonzero((block.fields != width) | (block.starts == block.ends)).tolist())
    suspects.update(block.broken, range(min(max(dialect.header + 1 - first, 0), len(block.starts))))
    if b"\0" in block.content or not _decodes(block.content):
        suspects.update(range(len(block.starts)))
    return sorted(suspects)


def _bad_record(block: Block, place: int, width: int, row_number: int) -> BadRecord | None:
    record, fields = block.record(place), int(block.fields[place])
    if place in block.broken:
        code, message = "row-error", block.broken[place]
    elif b"\0" in record or not _decodes(record):
        code, message = "encoding-error", "some bytes are no text in this file's encoding"
    elif fields != width:
        code = "missing-cell" if fields < width else "extra-cell"
        message = f"{fields} fields instead of {width}"
    else:
        return None
    offset = block.offset + int(block.starts[place])
    return BadRecord(row_number, block.line(place), offset, record, code, message)


def _decodes(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _copy_until(path: Path, until: int, copy: Path) -> None:
    """Start the copy with the earlier blocks, which were good but for the header in the first line."""
    with path.open("rb") as original, copy.open("wb") as target:
        if until:
            original.readline()
        while original.tell() < until:
            target.write(original.read(min(2**20, until - original.tell())))


def _append(copy: Path, block: Block, excluded: list[int]) -> None:
    good = np.delete(np.arange(len(block.starts)), excluded).tolist()
    with copy.open("ab") as target:
        target.writelines(block.rewritten.get(place, block.record(place)) + b"\n" for place in good)


def _function(dialect: Dialect, columns: tuple[Column, ...], has_header: bool) -> str:
    types = ", ".join(f"{literal(column.name)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({{files}}, auto_detect = false, header = {has_header}, delim = {literal(dialect.delimiter)}, "
        f"quote = {literal(dialect.quote)}, escape = {literal(dialect.quote)}, nullstr = {literal(NO_NULL)}, "
        f"columns = {{{types}}}, strict_mode = true, max_line_size = 16777216)"
    )
