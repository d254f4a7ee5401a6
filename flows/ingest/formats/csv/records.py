"""Takes one CSV record apart, whatever its quoting: the one place that says what a delimiter, quote and escape mean.

Used on the detection's sample, and on every record that the vectorised scan cannot decide. Does not know files.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNCLOSED = "a quote is not closed"
NEVER = re.compile(b"(?!)")
TEXT_BEHIND = "something stands behind a closing quote"


@dataclass(frozen=True)
class Syntax:
    r"""How records are written. `quote` and `escape` may be empty; a quote within quotes is doubled or escaped.

    An escape is undone before the delimiter, the quote, a line end and itself; before all else it is text (`C:\dir`).
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    newline: str = "\n"


@dataclass(frozen=True)
class Record:
    """A record taken apart. `end` is its line end's place; one with a `fault` has no cells.

    `is_open` tells that more content might mend the fault, `is_quoted` that some cell stood in quotes.
    """

    end: int
    cells: tuple[bytes, ...] = ()
    fault: str | None = None
    is_open: bool = False
    is_quoted: bool = False


@lru_cache
def parser(syntax: Syntax) -> "Parser":
    """Return the syntax's parser; its patterns are compiled once."""
    return Parser(syntax)


class Parser:
    """Takes records of one syntax apart."""

    def __init__(self, syntax: Syntax) -> None:
        self.delimiter, self.quote, self.escape, self.newline = (
            each.encode() for each in (syntax.delimiter, syntax.quote, syntax.escape, syntax.newline)
        )
        delimiter, quote, escape, newline = map(re.escape, (self.delimiter, self.quote, self.escape, self.newline))
        escaped = rb"|%b[\s\S]?" % escape if escape else b""
        plain = rb"[^%b%b%b]++" % (newline, escape, delimiter)
        if len(self.delimiter) > 1:
            plain = rb"(?!%b)[^%b%b]" % (delimiter, newline, escape)
        self._unquoted = re.compile(rb"(?:%b%b)*+" % (plain, escaped))
        self._quoted = self._open = self._escaped = NEVER
        special = b"|".join(each for each in (delimiter, quote, escape, rb"\r", rb"\n") if each)
        if escape:
            self._escaped = re.compile(rb"%b(%b)" % (escape, special))
        if quote:
            body = rb"%b((?:[^%b%b]++|%b%b%b)*+)" % (quote, quote, escape, quote, quote, escaped)
            self._quoted, self._open = re.compile(body + quote), re.compile(body + rb"\Z")
            self._undone = re.compile(rb"([%b%b])(%b)" % (quote, escape, special))

    def record(self, content: bytes, position: int) -> Record:
        """Take the record apart that begins at a position; a byte order mark before it is none of its text."""
        start, cells, is_quoted = position, [], False
        if content.startswith(BYTE_ORDER_MARK, position):
            position += len(BYTE_ORDER_MARK)
        while True:
            match = self._match(content, position)
            if match is None:
                is_open = self._open.match(content, position) is not None
                return Record(self.line_end(content, start), fault=UNCLOSED, is_open=is_open)
            cells.append(self._cell(match))
            position, is_quoted = match.end(), is_quoted or match.re is self._quoted
            if content.startswith(self.delimiter, position):
                position += len(self.delimiter)
                continue
            ended = self._ended(content, start, position, cells, ends_quoted=match.re is self._quoted)
            return replace(ended, is_quoted=is_quoted)

    def line_end(self, content: bytes, position: int) -> int:
        """Return where the line ends that a position stands in."""
        end = content.find(self.newline, position)
        return end if end >= 0 else len(content)

    def _match(self, content: bytes, position: int) -> re.Match[bytes] | None:
        if self.quote and content.startswith(self.quote, position):
            return self._quoted.match(content, position)
        return self._unquoted.match(content, position)

    def _cell(self, match: re.Match[bytes]) -> bytes:
        if match.re is not self._quoted:
            return self._escaped.sub(rb"\1", match[0]) if self.escape else match[0]
        if self.escape:
            return self._unescaped(match[1])
        return match[1].replace(self.quote * 2, self.quote)

    def _unescaped(self, quoted: bytes) -> bytes:
        """Undo escapes and doubled quotes, whichever comes first."""

        def undone(match: re.Match[bytes]) -> bytes:
            return match[0] if match[1] == self.quote != match[2] else match[2]

        return self._undone.sub(undone, quoted)

    def _ended(self, content: bytes, start: int, position: int, cells: list[bytes], ends_quoted: bool) -> Record:
        """Close the record behind its last cell, where only its line end may stand."""
        behind = content[position : position + 2]
        if ends_quoted:
            if self.newline == b"\n" and behind[:1] == b"\r" and behind in (b"\r", b"\r\n"):
                position += 1
            if position < len(content) and not content.startswith(self.newline, position):
                return Record(self.line_end(content, start), fault=TEXT_BEHIND)
        elif self.newline == b"\n":
            cells[-1] = cells[-1].removesuffix(b"\r")
        return Record(position, tuple(cells))
