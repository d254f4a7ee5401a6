"""Finds the footer at a CSV file's very end: declared, or a totals or trailer line of another width than the table."""

import re
from dataclasses import dataclass
from pathlib import Path

from flows.ingest.formats.csv.records import parser
from flows.ingest.formats.csv.regular import Table

DECLARED_BYTES, TAIL_BYTES = 256 * 1024, 4 * 1024
# A line that begins so and has another width than the table sums up a file, or says that it is complete.
TRAILER = re.compile(
    rb"[\"']?(total|totals|grand total|subtotal|sum|summe|gesamt|trailer|footer|end|eof|end of file|count|checksum"
    rb"|records?|rows?|record count|row count|number of (records|rows))\b(?!\s*[^\W\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Footer:
    """Where the data ends, and what stands behind it."""

    start: int
    records: int = 0
    blank: int = 0


def footer_of(path: Path, table: Table, start: int, end: int, declared: str | None) -> Footer:
    """Return the footer among the lines between two offsets.

    `declared` is how many lines it has, or how each of its lines begins.
    """
    tail_start = max(start, end - (DECLARED_BYTES if declared else TAIL_BYTES))
    with path.open("rb") as stream:
        stream.seek(tail_start)
        tail = stream.read(end - tail_start)
    lines = _lines(tail, parser(table.syntax).newline)
    if tail_start > start:
        lines = lines[1:]
    found = Footer(end)
    records, blank, position = 0, 0, end
    for line in reversed(lines):
        position -= len(line)
        text = line.rstrip(b"\r\n")
        if not text:
            blank += 1
        elif _is_footer(text, table, declared, records):
            records += 1
            found = Footer(position, records, blank)
        else:
            break
    return found


def _lines(content: bytes, newline: bytes) -> list[bytes]:
    ended = [line + newline for line in content.split(newline)]
    ended[-1] = ended[-1].removesuffix(newline)
    return ended if ended[-1] else ended[:-1]


def _is_footer(text: bytes, table: Table, declared: str | None, before: int) -> bool:
    if declared is None:
        return _is_trailer(text, table)
    return before < int(declared) if declared.isdecimal() else text.startswith(declared.encode())


def _is_trailer(text: bytes, table: Table) -> bool:
    syntax = parser(table.syntax)
    if not TRAILER.match(text) or (syntax.quote and text.count(syntax.quote) % 2):
        return False
    record = syntax.record(text, 0)
    return record.fault is None and len(record.cells) != table.width
