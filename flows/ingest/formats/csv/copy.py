"""Writes good records in regular quoting, each ended by a line feed; what is regular already goes as one span."""

from pathlib import Path

import numpy as np

from flows.ingest.formats.csv.records import Parser, Record, Syntax, parser
from flows.ingest.formats.csv.regular import Flags
from flows.ingest.formats.csv.scan import Block


def append(copy: Path, block: Block, syntax: Syntax, excluded: Flags) -> None:
    """Append a block's records but the excluded ones."""
    is_span = ~excluded
    is_span[list(block.records.odd)] = False
    edges = np.flatnonzero(np.diff(is_span, prepend=False, append=False))
    spans = dict(zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True))
    kept = {place: record for place, record in block.records.odd.items() if not excluded[place]}
    with copy.open("ab") as target:
        for place in sorted({*spans, *kept}):
            written = _span(block, place, spans[place]) if place in spans else regular(kept[place], parser(syntax))
            target.write(written + b"\n")


def _span(block: Block, first: int, behind: int) -> bytes:
    """Return consecutive records as they stand, their line ends as line feeds."""
    records = block.records
    start, end = int(records.starts[first]), int(records.ends[behind - 1])
    content = block.content[start:end]
    inner, following = records.ends[first : behind - 1], records.starts[first + 1 : behind]
    if block.newline == b"\n" and not np.any(following - inner > 1):
        return content
    values = np.frombuffer(content, np.uint8).copy()
    if block.newline == b"\r":
        values[inner - start] = ord("\n")
        return values.tobytes()
    return np.delete(values, inner[following - inner > 1] - start).tobytes()


def regular(record: Record, syntax: Parser) -> bytes:
    """Return a record in regular quoting."""
    quote = syntax.quote or b'"'
    return syntax.delimiter.join(quote + cell.replace(quote, quote * 2) + quote for cell in record.cells)
