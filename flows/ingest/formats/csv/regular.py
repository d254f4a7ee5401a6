"""Finds the records of a piece of CSV whose quoting is regular throughout, with numpy alone."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from flows.ingest.formats.csv.records import BYTE_ORDER_MARK, Parser, Record, Syntax, parser

# A longer record is a bad one.
MAX_RECORD_BYTES = 16_000_000
RETURN, NEWLINE, DOUBLE_QUOTE = 13, 10, 34
# How the lines of a piece may be taken to end; DuckDB reads a file in which all agree.
LF, CRLF = 1, 2

Positions = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """What the records of a file look like.

    A line that begins with `comment` is none, if the comment was declared or the line has not `width` fields. The last
    of them is an empty one behind the last column if it `ends_empty`.
    """

    syntax: Syntax
    width: int
    comment: str = ""
    is_comment_declared: bool = False
    ends_empty: bool = False


@dataclass(frozen=True)
class Records:
    """Where records stand, one entry a record; blank lines are records of no bytes.

    Attributes
    ----------
    used
        Where the last whole record ends, with its line end.
    line_ends
        LF, CRLF, both or neither of them: how DuckDB may be told that lines end.
    odd
        Place of each record that must not be read as it stands -> what the parser made of it.
    """

    starts: Positions
    ends: Positions
    fields: Positions
    used: int
    line_ends: int
    odd: dict[int, Record] = field(default_factory=dict)


def regular(content: bytes, table: Table, is_last: bool) -> Records | None:
    """Return the whole records of a piece of CSV, or None where one must be looked at more closely."""
    syntax = parser(table.syntax)
    if is_special(content, table, syntax):
        return None
    values = np.frombuffer(content, np.uint8)
    is_boundary = boundaries(values, syntax)
    marks, quotes = _marks(values, is_boundary, syntax)
    is_end = values[marks] == syntax.newline[0]
    if is_last and not (is_end.any() and marks[-1] == len(content) - 1 and is_end[-1]):
        marks, is_end = np.append(marks, len(content)), np.append(is_end, True)
    at = np.flatnonzero(is_end)
    newlines, fields = marks[at], np.diff(at, prepend=-1)
    used = min(int(newlines[-1]) + 1, len(content)) if len(newlines) else 0
    if len(syntax.delimiter) > 1 and np.any(np.diff(marks[~is_end]) < len(syntax.delimiter)):
        return None
    quotes = quotes[: np.searchsorted(quotes, used)]
    if not _quotes_are_regular(values, is_boundary, quotes) or len(content) - used > MAX_RECORD_BYTES:
        return None
    starts, ends = bounds(values, newlines, syntax)
    if len(quotes) and _spans_lines_oddly(values[:used], starts, ends, fields, table, syntax):
        return None
    odd = {
        place: syntax.record(content, int(starts[place]))
        for place in _odd_places(values[:used], newlines, quotes, syntax)
    }
    return Records(starts, ends, fields, used, line_ends(content, newlines, ends, used, syntax), odd)


def is_special(content: bytes, table: Table, syntax: Parser) -> bool:
    """Tell whether something stands here that only the parser understands: escape, comment, byte order mark."""
    if syntax.escape and syntax.escape in content:
        return True
    if len(syntax.delimiter) > 1 and syntax.quote and syntax.quote in content:
        return True
    leading = [each for each in (table.comment.encode(), BYTE_ORDER_MARK) if each]
    if content.isascii():
        leading = leading[:-1]
    return any(content.startswith(each) or syntax.newline + each in content for each in leading)


def is_delimiter(values: Bytes, delimiter: bytes) -> Flags:
    """Return where delimiters begin; those of several characters may overlap."""
    begins: Flags = values == delimiter[0]
    for place, byte in enumerate(delimiter[1:], start=1):
        begins[: -place or None] &= values[place:] == byte
        begins[len(values) - place :] = False
    return begins


def boundaries(values: Bytes, syntax: Parser) -> Flags:
    """Return where delimiters, line ends and quotes are; one entry more than bytes, because a file's end is one too."""
    found = np.ones(len(values) + 1, np.bool_)
    np.logical_or(is_delimiter(values, syntax.delimiter), values == syntax.newline[0], out=found[:-1])
    if syntax.quote:
        found[:-1] |= values == syntax.quote[0]
    return found


def _marks(values: Bytes, is_boundary: Flags, syntax: Parser) -> tuple[Positions, Positions]:
    """Return the delimiters and line ends outside quotes, and the quotes."""
    positions = np.flatnonzero(is_boundary[:-1])
    if not syntax.quote:
        return positions, positions[:0]
    at_quote = values[positions] == syntax.quote[0]
    if not at_quote.any():
        return positions, positions[:0]
    # Odd and even quotes alike are none of the marks.
    is_mark = np.logical_xor.accumulate(at_quote)
    np.logical_not(np.logical_or(is_mark, at_quote, out=is_mark), out=is_mark)
    return positions[is_mark], positions[at_quote]


def _quotes_are_regular(values: Bytes, is_boundary: Flags, quotes: Positions) -> bool:
    """Tell whether each quote opens at a field's start, closes at its end, or is doubled inside (RFC 4180)."""
    if len(quotes) % 2:
        return False
    return bool(may_open(is_boundary, quotes[0::2]).all() and may_close(values, is_boundary, quotes[1::2]).all())


def may_open(is_boundary: Flags, quotes: Positions) -> Flags:
    """Tell for each quote whether a field may begin with it, or it is the second of two."""
    found: Flags = is_boundary[quotes - 1]
    return found


def may_close(values: Bytes, is_boundary: Flags, quotes: Positions) -> Flags:
    """Tell for each quote whether a field may end with it, or it is the first of two."""
    found: Flags = is_boundary[quotes + 1]
    if not found.all():
        found |= values[np.minimum(quotes + 1, len(values) - 1)] == RETURN
    return found


def bounds(values: Bytes, newlines: Positions, syntax: Parser) -> tuple[Positions, Positions]:
    """Return where the records between these line ends start and end; the CR of a CR LF is none of theirs."""
    starts = np.concatenate([np.zeros(min(len(newlines), 1), np.int64), newlines[:-1] + 1])
    if syntax.newline[0] == RETURN or not len(values):
        return starts, newlines
    return starts, newlines - ((newlines > starts) & (values[newlines - 1] == RETURN))


def _spans_lines_oddly(
    values: Bytes, starts: Positions, ends: Positions, fields: Positions, table: Table, syntax: Parser
) -> bool:
    """Tell whether a record of several lines may have a wrong number of fields: nobody may have closed its quote."""
    is_wrong = bool(np.any((fields != table.width) & (starts != ends)))
    return is_wrong and int(np.count_nonzero(values == syntax.newline[0])) > len(starts)


def _odd_places(values: Bytes, newlines: Positions, quotes: Positions, syntax: Parser) -> list[int]:
    """Return the records DuckDB would read wrongly: with a lone CR outside quotes, or quotes that are only text."""
    positions = lone_returns(values, syntax)
    positions = positions[np.searchsorted(quotes, positions) % 2 == 0]
    if not syntax.quote:
        positions = np.concatenate([positions, np.flatnonzero(values == DOUBLE_QUOTE)])
    return np.unique(np.searchsorted(newlines, positions)).tolist() if len(positions) else []


def lone_returns(values: Bytes, syntax: Parser) -> Positions:
    """Return every CR without LF behind it, but at the very end; where lines end in CR, every LF."""
    if syntax.newline[0] == RETURN:
        return np.flatnonzero(values == NEWLINE)
    returns = np.flatnonzero(values == RETURN)
    following = values[np.minimum(returns + 1, len(values) - 1)]
    lone: Positions = returns[(following != NEWLINE) & (returns + 1 < len(values))]
    return lone


def line_ends(content: bytes, newlines: Positions, ends: Positions, used: int, syntax: Parser) -> int:
    """Return how DuckDB may be told that these lines end; neither where it must not read them as they are."""
    if syntax.newline[0] == RETURN:
        return 0
    with_return = int(np.count_nonzero(newlines != ends))
    unended = int(len(newlines) > 0 and newlines[-1] == len(content))
    if not with_return:
        return LF | (CRLF if len(newlines) == unended and b"\r" not in content and b"\n" not in content else 0)
    values = np.frombuffer(content, np.uint8, used)
    feeds, returns = int(np.count_nonzero(values == NEWLINE)), int(np.count_nonzero(values == RETURN))
    last = int(unended and content.endswith(b"\r"))
    is_all = with_return + unended >= len(newlines) and feeds == returns - last
    # The line ends are all there is, or what else there is comes in pairs as well.
    return CRLF if is_all and (feeds == with_return - last or content.count(b"\r\n", 0, used) == feeds) else 0
