"""Finds where a CSV file's header and data begin, and what its columns are called.

Every file of a source whose header stands in the same bytes has the same layout: it is detected once in a process.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Lock

from flows.declaration import Declaration, Source
from flows.ingest.columns import columns_of, joined, no_header
from flows.ingest.formats.csv.dialect import (
    RARE_DELIMITERS,
    USUAL_DELIMITERS,
    cells_at,
    detect_syntax,
    line_starts,
    newline_of,
)
from flows.ingest.formats.csv.header import (
    Head,
    columns_by_place,
    comment_of,
    ends_empty,
    first_data,
    has_no_header,
    header_start,
    records_at,
    text_of,
)
from flows.ingest.formats.csv.records import Syntax, parser
from flows.ingest.formats.csv.regular import CRLF, LF, Table
from flows.ingest.parts import Column, Refusal

# So many records must fit the layout of a file that may have the same header by chance; with fewer it is detected anew.
UNRELATED_RECORDS = 20


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
    options, has_quotes = tuple(sorted(source.options.items())), b'"' in head.sample
    # A header ended by CR stands at the beginning of one ended by CR LF too.
    key = (source.name, source.columns, options, has_quotes, newline_of(head.sample), head.line)
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
            return is_declared
        record = parser(syntax).record(sample, start)
        if len(record.cells) != layout.table.width or (layout.table.ends_empty and record.cells[-1]):
            return False
        start = record.end + len(syntax.newline)
    return True


def _detect(head: Head, source: Source, declaration: Declaration) -> Layout:
    detected = detect_syntax(head.sample, source)
    syntax, rows = detected.syntax, int(source.options.get("header_rows", 1))
    header: tuple[tuple[bytes, ...], ...] = ()
    start = header_start(head, source, syntax, rows)
    if start is None and not has_no_header(head.sample, source, syntax):
        raise no_header(source, declaration, list(_readings(head.sample, syntax)))
    if start is None:
        start = data = first_data(head.sample, source, syntax)
        columns = columns_by_place(source, len(cells_at(head.sample, start, syntax)))
    else:
        header, data = _header_at(head.sample, start, syntax, rows)
        columns = columns_of(source, joined(source, [[text_of(cell) for cell in cells] for cells in header]))
    if not columns:
        raise Refusal("its first record is broken: a quote is not closed; mend it, or declare external.options.quote")
    is_wider = bool(header) and ends_empty(head.sample, data, syntax, len(columns))
    width = len(columns) + is_wider
    table = Table(syntax, width, *comment_of(head.sample, source, syntax, width), is_wider)
    return _layout(head, table, columns, header, start, data, detected.detected_by)


def _readings(sample: bytes, syntax: Syntax) -> Iterator[list[str]]:
    """Yield the cells of every line, by each delimiter in turn: one of them may be another source's header."""
    lines = list(line_starts(sample, syntax.newline))
    for delimiter in (*USUAL_DELIMITERS, *RARE_DELIMITERS):
        for start in lines:
            yield cells_at(sample, start, replace(syntax, delimiter=delimiter))


def _header_at(sample: bytes, start: int, syntax: Syntax, rows: int) -> tuple[tuple[tuple[bytes, ...], ...], int]:
    """Return the records of the header, and where the data behind it begins."""
    if rows > 1 and records_at(sample, start, syntax, rows - 1)[1] >= len(sample):
        raise Refusal(f"it ends before the {rows} rows of its header; mend external.options.header_rows")
    return records_at(sample, start, syntax, rows)


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
    first, is_alone = head.sample[:data], start == 0 and is_header_alone(header, table)
    return Layout(
        head=first,
        table=table,
        columns=columns,
        header=header,
        preamble=len(before) - comment - blank,
        blank=blank,
        comment=comment,
        lines=first.count(newline) + (not first.endswith(newline) and bool(first)),
        line_ends=_line_ends(head, first, is_alone, table.syntax),
        header_line=head.line + len(before) if header else 0,
        detected_by=detected_by,
    )


def is_header_alone(header: tuple[tuple[bytes, ...], ...], table: Table) -> bool:
    """Tell whether a header is one record as wide as its table: DuckDB takes such a one for what it is."""
    return [len(cells) for cells in header] == [table.width]


def _line_ends(head: Head, first: bytes, is_alone: bool, syntax: Syntax) -> int:
    """Return how DuckDB may be told that the lines before the data end; neither where it must not skip them."""
    # It skips lines without a look at the quotes that may hold their ends.
    is_simple = is_alone or (syntax.quote or '"').encode() not in first
    if head.line > 1 or syntax.newline == "\r" or not is_simple:
        return 0
    returns, feeds = first.count(b"\r"), first.count(b"\n")
    if not returns:
        return LF | (0 if feeds else CRLF)
    return CRLF if returns == feeds == first.count(b"\r\n") else 0
