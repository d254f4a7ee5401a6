"""Finds the records of a piece of CSV with irregular quoting: the parser decides, but only where a line needs it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flows.ingest.formats.csv.records import BYTE_ORDER_MARK, UNCLOSED, Parser, Record, parser
from flows.ingest.formats.csv.regular import (
    DOUBLE_QUOTE,
    MAX_RECORD_BYTES,
    Bytes,
    Flags,
    Positions,
    Records,
    Table,
    boundaries,
    bounds,
    is_delimiter,
    line_ends,
    lone_returns,
    may_close,
    may_open,
)

COMMENT = "a comment"
BLANK = 32


@dataclass(frozen=True)
class _Lines:
    """The lines of a piece; those that are plain are records if one begins there, whatever stands around them."""

    starts: Positions
    newlines: Positions
    fields: Positions
    is_plain: Flags
    has_quote: Flags


def irregular(content: bytes, table: Table, is_last: bool) -> Records:
    """Return the whole records of a piece of CSV; a broken one is the line it begins in, nothing behind it."""
    syntax, values = parser(table.syntax), np.frombuffer(content, np.uint8)
    lines = _lines(content, values, table, syntax, is_last)
    is_first, is_last_line = np.ones(len(lines.starts), np.bool_), np.ones(len(lines.starts), np.bool_)
    fields, found, count = lines.fields.copy(), dict[int, Record](), len(lines.starts)
    for first, last, record in _odd_records(content, lines, table, syntax, is_last):
        if record is None:
            count = first
            break
        is_first[first + 1 : last + 1] = False
        is_last_line[first:last] = False
        found[first], fields[first] = record, len(record.cells)
    is_first, newlines = is_first[:count], lines.newlines[:count][is_last_line[:count]]
    _, ends = bounds(values, newlines, syntax)
    places = np.cumsum(is_first) - 1
    used = min(int(newlines[-1]) + 1, len(content)) if len(newlines) else 0
    odd = {int(places[line]): record for line, record in found.items()}
    style = line_ends(content, newlines, ends, used, syntax)
    return Records(lines.starts[:count][is_first], ends, fields[:count][is_first], used, style, odd)


def _odd_records(
    content: bytes, lines: _Lines, table: Table, syntax: Parser, is_last: bool
) -> Iterator[tuple[int, int, Record | None]]:
    """Yield the first and last line of every record that is no plain line; None for one that goes on behind all."""
    not_plain, line = np.flatnonzero(~lines.is_plain), 0
    while (place := int(np.searchsorted(not_plain, line))) < len(not_plain):
        first = int(not_plain[place])
        start = int(lines.starts[first])
        is_comment = bool(table.comment) and content.startswith(table.comment.encode(), start)
        record = syntax.record(content, start)
        is_short = len(content) - start < MAX_RECORD_BYTES
        is_unfinished = record.end >= len(content) or (record.is_open and is_short)
        if not is_last and is_unfinished and not (is_comment and table.is_comment_declared):
            yield first, first, None
            return
        if is_comment and (table.is_comment_declared or len(record.cells) != table.width):
            record = Record(syntax.line_end(content, start), fault=COMMENT)
        last = int(np.searchsorted(lines.newlines, record.end))
        if last > first and _is_unclosed(lines, first, last, record, table):
            record, last = Record(int(lines.newlines[first]), fault=UNCLOSED), first
        yield first, last, record
        line = last + 1


def _is_unclosed(lines: _Lines, first: int, last: int, record: Record, table: Table) -> bool:
    """Tell whether a record of several lines of the wrong width swallowed lines of the right one."""
    within = slice(first + 1, last + 1)
    return len(record.cells) != table.width and bool(
        np.any(lines.is_plain[within] & ~lines.has_quote[within] & (lines.fields[within] == table.width))
    )


def _lines(content: bytes, values: Bytes, table: Table, syntax: Parser, is_last: bool) -> _Lines:
    newlines = np.flatnonzero(values == syntax.newline[0])
    if is_last and not content.endswith(syntax.newline):
        newlines = np.append(newlines, len(content))
    starts, _ = bounds(values, newlines, syntax)
    delimiters = np.flatnonzero(is_delimiter(values, syntax.delimiter))
    quotes, has_quote = _quoting(values, newlines, syntax)
    before = np.searchsorted(quotes, starts)
    line_of = np.searchsorted(newlines, delimiters)
    is_whole = line_of < len(newlines)
    delimiters, line_of = delimiters[is_whole], line_of[is_whole]
    is_outside = (np.searchsorted(quotes, delimiters) - before[line_of]) % 2 == 0
    fields = np.bincount(line_of[is_outside], minlength=len(newlines)) + 1
    positions = np.concatenate(list(_irregularities(values, newlines, before, delimiters, quotes, table, syntax)))
    is_plain = np.ones(len(newlines), np.bool_)
    odd = np.searchsorted(newlines, positions)
    is_plain[odd[odd < len(newlines)]] = False
    is_plain &= np.diff(before, append=np.searchsorted(quotes, newlines[-1:])) % 2 == 0
    return _Lines(starts, newlines, fields, is_plain, has_quote)


def _quoting(values: Bytes, newlines: Positions, syntax: Parser) -> tuple[Positions, Flags]:
    """Return the quotes of the lines in which a field may begin with one, and which lines have any at all.

    In other lines, such as `5" pipe`, quotes are text. DuckDB takes one behind leading blanks for an opening one.
    """
    has_quote, is_quoting = np.zeros(len(newlines) + 1, np.bool_), np.zeros(len(newlines) + 1, np.bool_)
    if not syntax.quote:
        return np.empty(0, np.int64), has_quote[:-1]
    quotes = np.flatnonzero(values == syntax.quote[0])
    before = values[quotes - 1]
    may_begin = (before <= BLANK) | (before == syntax.delimiter[-1]) | (quotes == 0)
    line_of = np.searchsorted(newlines, quotes)
    has_quote[line_of] = True
    is_quoting[line_of[may_begin]] = True
    return quotes[is_quoting[line_of]], has_quote[:-1]


def _irregularities(
    values: Bytes,
    newlines: Positions,
    before: Positions,
    delimiters: Positions,
    quotes: Positions,
    table: Table,
    syntax: Parser,
) -> Iterator[Positions]:
    """Yield the places for which a line is no plain one, except an odd number of quotes."""
    yield lone_returns(values, syntax)
    yield _irregular_quotes(values, newlines, before, quotes, syntax)
    if not syntax.quote:
        yield np.flatnonzero(values == DOUBLE_QUOTE)
    if syntax.escape:
        yield np.flatnonzero(values == syntax.escape[0])
    if len(syntax.delimiter) > 1:
        yield quotes
        yield delimiters[1:][np.diff(delimiters) < len(syntax.delimiter)]
    for leading in (table.comment.encode(), BYTE_ORDER_MARK):
        if leading:
            begins = np.flatnonzero(is_delimiter(values, leading))
            yield begins[(begins == 0) | (values[begins - 1] == syntax.newline[0])]


def _irregular_quotes(
    values: Bytes, newlines: Positions, before: Positions, quotes: Positions, syntax: Parser
) -> Positions:
    line_of = np.searchsorted(newlines, quotes)
    is_whole = line_of < len(newlines)
    quotes, line_of = quotes[is_whole], line_of[is_whole]
    is_opening = (np.arange(len(quotes)) - before[line_of]) % 2 == 0
    is_boundary = boundaries(values, syntax)
    is_regular = np.where(is_opening, may_open(is_boundary, quotes), may_close(values, is_boundary, quotes))
    return quotes[~is_regular]
