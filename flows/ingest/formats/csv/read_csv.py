"""Reads a CSV part: DuckDB gets only records that the independent scan found good, with every parameter given."""

from functools import lru_cache
from pathlib import Path

from flows.declaration import Declaration, Source
from flows.ingest.formats.csv.footer import Footer, footer_of
from flows.ingest.formats.csv.header import Head, head_of
from flows.ingest.formats.csv.layout import Layout, is_header_alone, layout_of
from flows.ingest.formats.csv.regular import LF
from flows.ingest.formats.csv.split import Data, NotUtf8, Tally, emptied, split
from flows.ingest.formats.encodings import Encoding, Text, detect_encoding, encoding_of_all_lines
from flows.ingest.parts import Counts, Part, Reading
from flows.sql import literal

# No text holds this, so none becomes NULL: an empty field lands as the empty text it is.
NO_NULL = "\x05\x06\x05\x06"
# What the empty field behind the last column is called while DuckDB reads it; no column of a file can have this name.
EMPTY_END = "_tidemill_end"
# DuckDB's own limit, and what a good record may come to once every quote in it is doubled.
USUAL_RECORD_BYTES, LONGEST_RECORD_BYTES = 2_000_000, 2**25


def read_csv(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand a CSV part and return the query that delivers its good records.

    Raises
    ------
    Refusal
        When it is no text, of another source's shape, names a column twice, or holds too many bad records.
    """
    encoding = detect_encoding(part.path, source.options.get("encoding"))
    try:
        return _read(part.path, encoding, source, declaration, scratch)
    except NotUtf8:
        return _read(part.path, encoding_of_all_lines(part.path), source, declaration, scratch)


def _read(path: Path, encoding: Encoding, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    text = Text(path, encoding, scratch)
    head = head_of(text.path, text.start)
    if not head.sample.strip(b"\r\n"):
        blank = head.line - 1 + bool(head.sample)
        return Reading(path, "", (), Counts(blank=blank, records_read=blank), encoding=encoding.name)
    layout = layout_of(head, source, declaration)
    footer = _footer(text, head, layout, source)
    data = Data(
        text=text,
        table=layout.table,
        start=head.offset + len(layout.head),
        end=footer.start,
        line=head.line + layout.lines,
        header=layout.header,
        max_rejected=source.max_rejected,
        is_settled=encoding.is_settled,
    )
    is_whole = layout.line_ends and not footer.records
    copy = scratch / "good_records.csv"
    tally = split(data, copy, Tally(layout.line_ends or LF, None if is_whole else emptied(copy)))
    return _reading(text, encoding, head, layout, footer, tally)


def _footer(text: Text, head: Head, layout: Layout, source: Source) -> Footer:
    start, end = head.offset + len(layout.head), text.path.stat().st_size
    return footer_of(text.path, layout.table, start, end, source.options.get("footer"))


def _reading(text: Text, encoding: Encoding, head: Head, layout: Layout, footer: Footer, tally: Tally) -> Reading:
    blank = head.line - 1 + layout.blank + footer.blank
    before = layout.preamble + layout.comment + len(layout.header)
    counted = tally.counted
    is_long = tally.longest > USUAL_RECORD_BYTES
    return Reading(
        path=tally.copy or text.path,
        function=_of_copy(layout, is_long) if tally.copy else _of_file(layout, tally.line_ends, is_long),
        columns=layout.columns,
        counts=Counts(
            records_read=blank + before + footer.records + tally.records,
            header=len(layout.header) + counted["header"],
            preamble=layout.preamble,
            blank=blank + counted["blank"],
            comment=layout.comment + counted["comment"],
            footer=footer.records,
            quarantined=len(tally.bad),
        ),
        bad_records=tuple(tally.bad),
        beyond=tally.beyond,
        encoding=encoding.name,
        encoding_confidence=encoding.confidence,
        dialect=_dialect(layout),
        detected_by=layout.detected_by,
    )


def _dialect(layout: Layout) -> dict[str, str | int]:
    syntax = layout.table.syntax
    return {
        "delimiter": syntax.delimiter,
        "quote": syntax.quote,
        "escape": syntax.escape,
        "comment": layout.table.comment,
        "header_record": layout.header_line,
    }


@lru_cache(maxsize=256)
def _of_file(layout: Layout, line_ends: int, is_long: bool) -> str:
    """Return the function that reads the file itself, behind its header."""
    is_header_first = layout.header_line == 1 and is_header_alone(layout.header, layout.table)
    skipped = "header = true" if is_header_first else f"header = false, skip = {layout.lines}"
    # DuckDB 1.5 refuses CR LF where it is told of line feeds, and a lone CR in quotes where it is not.
    new_line = ", new_line = '\\n'" if line_ends & LF else ""
    return _function(layout, f"{skipped}{new_line}", is_long)


@lru_cache(maxsize=256)
def _of_copy(layout: Layout, is_long: bool) -> str:
    return _function(layout, "header = false, new_line = '\\n'", is_long)


def _function(layout: Layout, lines: str, is_long: bool) -> str:
    names = [column.name for column in layout.columns] + [EMPTY_END] * layout.table.ends_empty
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    quote = literal(layout.table.syntax.quote or '"')
    limit = f", max_line_size = {LONGEST_RECORD_BYTES}" if is_long else ""
    return (
        f"read_csv({{files}}, auto_detect = false, {lines}, delim = {literal(layout.table.syntax.delimiter)}, "
        f"quote = {quote}, escape = {quote}, nullstr = {literal(NO_NULL)}, columns = {{{types}}}, "
        f"strict_mode = true{limit})"
    )
