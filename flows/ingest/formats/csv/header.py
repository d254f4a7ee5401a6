"""Finds a CSV file's header, or that it has none, in the file's beginning."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from flows.declaration import Source
from flows.ingest.columns import MINIMUM_SHARE, declared_share, joined
from flows.ingest.formats.csv.dialect import (
    SCORED_BYTES,
    cells_at,
    line_starts,
    records_of,
    whole_lines,
    widths,
    without_rest,
)
from flows.ingest.formats.csv.kinds import is_value
from flows.ingest.formats.csv.records import Syntax, parser
from flows.ingest.formats.csv.regular import MAX_RECORD_BYTES
from flows.ingest.parts import Column, Refusal

SAMPLE_BYTES = 256 * 1024
# So many records tell whether there is an empty field behind the last column.
JUDGED_RECORDS = 100
BLANK_LINES = {b"\n": re.compile(rb"(?:\r?\n)*"), b"\r": re.compile(rb"\r*")}


@dataclass(frozen=True)
class Head:
    """A text's beginning without empty lines before it: where and in which line it stands, and a sample of it."""

    sample: bytes
    offset: int
    line: int


def head_of(path: Path, start: int) -> Head:
    """Return the beginning of a text; no sample where it holds nothing but blanks."""
    offset, line = start, 1
    with path.open("rb") as stream:
        stream.seek(start)
        while sample := stream.read(SAMPLE_BYTES):
            if sample.endswith(b"\r"):
                sample += stream.read(1)
            newline = b"\n" if b"\n" in sample or b"\r" not in sample else b"\r"
            match = BLANK_LINES[newline].match(sample)
            blank = match.end() if match else 0
            line += sample.count(newline, 0, blank)
            offset += blank
            if blank < len(sample):
                stream.seek(offset)
                sample = stream.read(SAMPLE_BYTES)
                # A header may be wider than a sample.
                if b"\n" not in sample and b"\r" not in sample:
                    sample += stream.readline(MAX_RECORD_BYTES)
                return Head(without_rest(sample) if stream.read(1) else sample, offset, line)
    return Head(b"", offset, line)


def text_of(cell: bytes) -> str:
    """Return a cell's text, marks where it is none."""
    return cell.decode(errors="replace")


def records_at(sample: bytes, start: int, syntax: Syntax, count: int) -> tuple[tuple[tuple[bytes, ...], ...], int]:
    """Return the cells of consecutive records, and where the next one begins."""
    found: list[tuple[bytes, ...]] = []
    for _ in range(count):
        record = parser(syntax).record(sample, start)
        found.append(record.cells)
        start = min(record.end + 1, len(sample))
    return tuple(found), start


def header_start(head: Head, source: Source, syntax: Syntax, rows: int) -> int | None:
    """Return where the header begins: as declared, by the declared columns, or the first record of the usual width."""
    if "header_row" in source.options:
        return _declared_start(head, int(source.options["header_row"]), syntax)
    starts = list(line_starts(head.sample, syntax.newline))
    if not source.columns:
        start = first_data(head.sample, source, syntax)
        for above in _headers_above(head.sample, start, source, syntax, rows):
            return above
        return None if _looks_like_data(head.sample, start, syntax) else start
    for start in starts:
        cells, _ = records_at(head.sample, start, syntax, rows)
        names = joined(source, [[text_of(cell) for cell in row] for row in cells])
        if declared_share(source, names) >= MINIMUM_SHARE:
            return start
    return None


def _declared_start(head: Head, line: int, syntax: Syntax) -> int | None:
    if line == 0:
        return None
    position = 0
    for _ in range(line - head.line):
        position = parser(syntax).line_end(head.sample, position) + 1
    if line < head.line or position >= len(head.sample):
        raise Refusal(f"it has no line {line} that could be its header; mend external.options.header_row")
    return position


def first_data(sample: bytes, source: Source, syntax: Syntax) -> int:
    """Return where the first record of the most frequent width begins."""
    found = widths(whole_lines(sample, SCORED_BYTES), syntax)
    usual = max(found, key=lambda width: (found[width], width), default=1)
    starts = list(line_starts(sample, syntax.newline))
    comment = source.options.get("comment", "#").encode()
    data = [start for start in starts if not sample.startswith(comment, start)] or starts
    return next((start for start in data if len(cells_at(sample, start, syntax)) == usual), data[0])


def _headers_above(sample: bytes, data: int, source: Source, syntax: Syntax, rows: int) -> Iterator[int]:
    """Yield where names stand right above records that have one field more, because they end with a delimiter."""
    comment = source.options.get("comment", "#").encode()
    for start in line_starts(sample, syntax.newline):
        cells, behind = records_at(sample, start, syntax, rows)
        names = [text_of(cell) for cell in cells[-1]]
        is_header = len({*names}) == len(names) and not any(map(is_value, names))
        if behind == data and is_header and not sample.startswith(comment, start):
            yield from [start] if ends_empty(sample, data, syntax, len(names)) else []


def ends_empty(sample: bytes, data: int, syntax: Syntax, width: int) -> bool:
    """Tell whether the records end with a delimiter: most have one field more than there are names, an empty one."""
    records = [record.cells for record in islice(records_of(sample[data:], syntax), JUDGED_RECORDS)]
    wider = [cells for cells in records if len(cells) == width + 1]
    as_wide = sum(len(cells) == width for cells in records)
    return len(wider) > as_wide and 2 * sum(not cells[-1] for cells in wider) >= len(wider)


def has_no_header(sample: bytes, source: Source, syntax: Syntax) -> bool:
    """Tell whether the file is declared to have no header, or is as wide as its source and begins with values."""
    if "header_row" in source.options or not source.columns:
        return True
    start = first_data(sample, source, syntax)
    is_as_wide = len(cells_at(sample, start, syntax)) == len(source.columns)
    return is_as_wide and _looks_like_data(sample, start, syntax)


def _looks_like_data(sample: bytes, start: int, syntax: Syntax) -> bool:
    """Tell whether a record has values (numbers, dates), and no text above a column of values: it is no header."""
    (first, *others), _ = records_at(sample, start, syntax, 21)
    below = [record for record in others if len(record) == len(first)]
    top = [is_value(text_of(cell)) for cell in first]
    columns = [[is_value(text_of(record[place])) for record in below] for place in range(len(first))]
    filled = any(is_top and cell.strip() for is_top, cell in zip(top, first, strict=True))
    contrasts = (not is_top and column and all(column) for is_top, column in zip(top, columns, strict=True))
    return filled and not any(contrasts)


def columns_by_place(source: Source, width: int) -> tuple[Column, ...]:
    """Name columns without a header: as declared where their number is, else by their number."""
    if len(source.columns) == width:
        return tuple(Column(column.name, column.name) for column in source.columns)
    return tuple(Column(f"column_{place}", f"column_{place}") for place in range(1, width + 1))


def comment_of(sample: bytes, source: Source, syntax: Syntax, width: int) -> tuple[str, bool]:
    """Return what comments begin with, and whether that is declared; `#` where such a line has another width."""
    if "comment" in source.options:
        return source.options["comment"], True
    position = 0
    while position < len(sample):
        end = parser(syntax).line_end(sample, position)
        if sample.startswith(b"#", position) and len(cells_at(sample, position, syntax)) != width:
            return "#", False
        position = end + 1
    return "", False
