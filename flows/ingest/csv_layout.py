"""Finds where a CSV file's header and data begin, and what its columns are called.

Every file of a source whose header stands in the same bytes has the same layout: it is detected once in a process.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from flows.declaration import Declaration, Source
from flows.ingest.columns import MINIMUM_SHARE, columns_of, declared_share, joined, no_header
from flows.ingest.csv_dialect import (
    RARE_DELIMITERS,
    USUAL_DELIMITERS,
    cells_at,
    detect_syntax,
    line_starts,
    whole_lines,
    widths,
)
from flows.ingest.csv_kinds import is_value
from flows.ingest.csv_records import Syntax, parser
from flows.ingest.csv_regular import CRLF, LF, Table
from flows.ingest.parts import Column, Refusal

SAMPLE_BYTES = 256 * 1024
# So many records must fit the layout of a file that has the same header by chance.
UNRELATED_RECORDS = 20


@dataclass(frozen=True)
class Head:
    """A text's beginning without empty lines before it: where and in which line it stands, and a sample of it."""

    sample: bytes
    offset: int
    line: int


@dataclass(frozen=True)
class Layout:
    """What stands before the data, as bytes, and how the data is written."""

    head: bytes
    table: Table
    columns: tuple[Column, ...]
    header: tuple[tuple[bytes, ...], ...]
    preamble: int
    blank: int
    comment: int
    lines: int
    line_ends: int
    header_line: int
    detected_by: str


def head_of(path: Path, start: int) -> Head:
    """Return the beginning of a text; no sample where it holds nothing but blanks."""
    offset, line = start, 1
    with path.open("rb") as stream:
        stream.seek(start)
        while sample := stream.read(SAMPLE_BYTES):
            blank = len(sample) - len(sample.lstrip(b"\r\n"))
            newline = b"\n" if b"\n" in sample or b"\r" not in sample else b"\r"
            line += sample.count(newline, 0, blank)
            offset += blank
            if blank < len(sample):
                stream.seek(offset)
                return Head(whole_lines(stream.read(SAMPLE_BYTES + 1), SAMPLE_BYTES), offset, line)
    return Head(b"", offset, line)


# Shapes seen in this process; a source has few, and what is not confirmed is detected again.
_seen: dict[tuple[object, ...], list[Layout]] = {}
_lock = Lock()


def layout_of(head: Head, source: Source, declaration: Declaration) -> Layout:
    """Return a text's layout, from memory where the same bytes stood before the data of another file of the source.

    Raises
    ------
    Refusal
        When no header of this source is found, and the file does not look like one without.
    """
    if _is_ambiguous(head.sample):
        return _detect(head, source, declaration)
    key = (source.name, source.columns, tuple(sorted(source.options.items())), b'"' in head.sample, head.line)
    for layout in _seen.get(key, ()):
        if head.sample.startswith(layout.head) and _is_confirmed(head.sample, layout, bool(source.columns)):
            return layout
    layout = _detect(head, source, declaration)
    # A header that ends with the file could be the beginning of another one's.
    if layout.header and layout.head.endswith((b"\n", b"\r")):
        with _lock:
            _seen.setdefault(key, []).append(layout)
            del _seen[key][:-16]
    return layout


def _is_ambiguous(sample: bytes) -> bool:
    """Tell whether the sample holds what may be a rare quote, an escape or a comment, so that it must be looked at."""
    if b"\\" in sample or (b"#" in sample and b"\n#" in sample):
        return True
    return b"'" in sample and any(each in sample for each in (b"\n'", b",'", b";'", b"\t'", b"|'"))


def _is_confirmed(sample: bytes, layout: Layout, is_declared: bool) -> bool:
    """Tell whether the records that follow have the layout's width; files without a declaration need not be related."""
    start, syntax = len(layout.head), layout.table.syntax
    if not is_declared and layout.table.width == 1:
        return False
    for _ in range(1 if is_declared else UNRELATED_RECORDS):
        if start >= len(sample):
            return is_declared or start > len(layout.head)
        record = parser(syntax).record(sample, start)
        if len(record.cells) != layout.table.width:
            return False
        start = record.end + len(syntax.newline)
    return True


def _detect(head: Head, source: Source, declaration: Declaration) -> Layout:
    detected = detect_syntax(head.sample, source)
    syntax, rows = detected.syntax, int(source.options.get("header_rows", 1))
    header: tuple[tuple[bytes, ...], ...] = ()
    start = _header_start(head, source, syntax, rows)
    if start is None and not _has_no_header(head.sample, source, syntax):
        every = [replace(syntax, delimiter=each) for each in (*USUAL_DELIMITERS, *RARE_DELIMITERS)]
        lines = list(line_starts(head.sample, syntax.newline))
        raise no_header(source, declaration, [cells_at(head.sample, at, each) for each in every for at in lines])
    if start is None:
        start = data = _first_data(head.sample, source, syntax)
        columns = _columns_by_place(source, len(cells_at(head.sample, start, syntax)))
    else:
        header, data = _records(head.sample, start, syntax, rows)
        columns = columns_of(source, joined(source, [[_text(cell) for cell in cells] for cells in header]))
    table = Table(syntax, len(columns), *_comment(head.sample, source, syntax, len(columns)))
    return _layout(head, table, columns, header, start, data, detected.detected_by)


def _layout(
    head: Head,
    table: Table,
    columns: tuple[Column, ...],
    header: tuple[tuple[bytes, ...], ...],
    start: int,
    data: int,
    detected_by: str,
) -> Layout:
    newline = table.syntax.newline.encode()
    before = [line.rstrip(b"\r") for line in head.sample[:start].split(newline)][:-1]
    comment = sum(bool(table.comment) and line.startswith(table.comment.encode()) for line in before)
    blank = before.count(b"")
    first = head.sample[:data]
    return Layout(
        head=first,
        table=table,
        columns=columns,
        header=header,
        preamble=len(before) - comment - blank,
        blank=blank,
        comment=comment,
        lines=first.count(newline) + (not first.endswith(newline) and bool(first)),
        line_ends=_line_ends(head, first, start, table.syntax),
        header_line=head.line + len(before) if header else 0,
        detected_by=detected_by,
    )


def _line_ends(head: Head, first: bytes, start: int, syntax: Syntax) -> int:
    """Return how DuckDB may be told that the lines before the data end; neither where it must not skip them."""
    is_simple = start == 0 or b'"' not in first
    if head.line > 1 or syntax.newline == "\r" or not is_simple:
        return 0
    returns, feeds = first.count(b"\r"), first.count(b"\n")
    if not returns:
        return LF | (0 if feeds else CRLF)
    return CRLF if returns == feeds == first.count(b"\r\n") else 0


def _text(cell: bytes) -> str:
    return cell.decode(errors="replace")


def _records(sample: bytes, start: int, syntax: Syntax, count: int) -> tuple[tuple[tuple[bytes, ...], ...], int]:
    """Return the cells of consecutive records, and where the next one begins."""
    found: list[tuple[bytes, ...]] = []
    for _ in range(count):
        record = parser(syntax).record(sample, start)
        found.append(record.cells)
        start = min(record.end + 1, len(sample))
    return tuple(found), start


def _header_start(head: Head, source: Source, syntax: Syntax, rows: int) -> int | None:
    """Return where the header begins: as declared, by the declared columns, or the first record of the usual width."""
    if "header_row" in source.options:
        return _declared_start(head, int(source.options["header_row"]), syntax)
    starts = list(line_starts(head.sample, syntax.newline))
    if not source.columns:
        start = _first_data(head.sample, source, syntax)
        return None if _looks_like_data(head.sample, start, syntax) else start
    for start in starts:
        cells, _ = _records(head.sample, start, syntax, rows)
        names = joined(source, [[_text(cell) for cell in row] for row in cells])
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


def _first_data(sample: bytes, source: Source, syntax: Syntax) -> int:
    """Return where the first record of the most frequent width begins."""
    found = widths(whole_lines(sample, 64 * 1024), syntax)
    usual = max(found, key=lambda width: (found[width], width), default=1)
    starts = list(line_starts(sample, syntax.newline))
    comment = source.options.get("comment", "#").encode()
    data = [start for start in starts if not sample.startswith(comment, start)] or starts
    return next((start for start in data if len(cells_at(sample, start, syntax)) == usual), data[0])


def _has_no_header(sample: bytes, source: Source, syntax: Syntax) -> bool:
    """Tell whether the file is declared to have no header, or is as wide as its source and begins with values."""
    if "header_row" in source.options or not source.columns:
        return True
    start = _first_data(sample, source, syntax)
    is_as_wide = len(cells_at(sample, start, syntax)) == len(source.columns)
    return is_as_wide and _looks_like_data(sample, start, syntax)


def _looks_like_data(sample: bytes, start: int, syntax: Syntax) -> bool:
    """Tell whether a record has values (numbers, dates), and no text above a column of values: it is no header."""
    (first, *others), _ = _records(sample, start, syntax, 21)
    below = [record for record in others if len(record) == len(first)]
    top = [is_value(_text(cell)) for cell in first]
    columns = [[is_value(_text(record[place])) for record in below] for place in range(len(first))]
    filled = any(is_top and cell.strip() for is_top, cell in zip(top, first, strict=True))
    contrasts = (not is_top and column and all(column) for is_top, column in zip(top, columns, strict=True))
    return filled and not any(contrasts)


def _columns_by_place(source: Source, width: int) -> tuple[Column, ...]:
    """Name columns without a header: as declared where their number is, else by their number."""
    if len(source.columns) == width:
        return tuple(Column(column.name, column.name) for column in source.columns)
    return tuple(Column(f"column_{place}", f"column_{place}") for place in range(1, width + 1))


def _comment(sample: bytes, source: Source, syntax: Syntax, width: int) -> tuple[str, bool]:
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
