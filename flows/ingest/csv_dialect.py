"""Decides a text file's encoding, delimiter and header from a bounded sample.

The declared columns settle the delimiter where they appear under one; else DuckDB's sniffer and CleverCSV each give
an answer, and the one that explains more of the sample's records in the same number of fields wins.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import clevercsv
import duckdb
from charset_normalizer import from_bytes

from flows.declaration import Declaration, Source
from flows.ingest.columns import HEADER_SEARCH_ROWS, MINIMUM_SHARE, declared_share, find_header, no_header
from flows.ingest.parts import Refusal
from flows.sql import literal

SAMPLE_BYTES = 256 * 1024
SNIFFED_BYTES = 32 * 1024
DELIMITERS = ",;\t|"
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; `header` is the place of the header among its records."""

    delimiter: str
    quote: str
    header: int
    detected_by: str


def sample_of(path: Path) -> bytes:
    """Return the beginning of a file, whole lines where it is longer than the sample."""
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    if len(sample) < SAMPLE_BYTES:
        return sample
    return sample[: sample.rfind(b"\n") + 1] or sample


def detect_encoding(sample: bytes, declared: str | None) -> str:
    """Return a Python codec's name: declared, marked, proven UTF-8, or the most plausible of the older ones.

    Lines that are no UTF-8 are bad records of a UTF-8 file when most non-ASCII lines are UTF-8.

    Raises
    ------
    Refusal
        When the content is no text.
    """
    if declared:
        return declared
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample[:4096]:
        raise Refusal("it holds bytes no text has, so it is no CSV; move it away, or declare its file_format")
    lines = [line for line in sample.splitlines() if not line.isascii()]
    if sum(map(_is_utf8, lines)) * 2 >= len(lines):
        return "utf-8"
    return _one_byte_encoding(b"\n".join(lines))


def _one_byte_encoding(text: bytes) -> str:
    """Return cp1252 unless the text speaks against it.

    Few bytes look the same in many encodings ("François" is a word in Baltic and Thai code pages too), so that a bare
    best guess differs from one night's file to the next. cp1252 is what the WHATWG encoding standard falls back to.
    """
    western, best = from_bytes(text, cp_isolation=["cp1252"]).best(), from_bytes(text).best()
    if best is None or (western is not None and western.chaos <= best.chaos):
        return "cp1252" if western else "latin-1"
    return best.encoding


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def detect_dialect(sample: str, source: Source, declaration: Declaration) -> Dialect:
    """Return the dialect under which the sample holds the source's header.

    Raises
    ------
    Refusal
        When no dialect shows a header of this source; names the source it looks like.
    """
    quote = source.options.get("quote", '"')
    declared = source.options.get("delimiter")
    by_columns = None if declared or not source.columns else _delimiter_by_columns(sample, source, quote)
    delimiter = declared or by_columns or _sniffed(sample, quote)
    rows = _rows(sample, delimiter, quote)
    header = find_header(source, rows)
    if header is None:
        candidates = [row for each in DELIMITERS for row in _rows(sample, each, quote)]
        raise no_header(source, declaration, candidates)
    detected_by = "declaration" if declared else "declared columns" if by_columns else "duckdb and clevercsv"
    return Dialect(delimiter, quote, header, detected_by)


def _rows(sample: str, delimiter: str, quote: str) -> list[list[str]]:
    """Split the leading lines; with the place of a blank line kept, because the scan counts it too."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote)
    rows: list[list[str]] = []
    try:
        while len(rows) < HEADER_SEARCH_ROWS:
            rows.append(next(reader))
    except (StopIteration, csv.Error):
        pass
    return rows


def _delimiter_by_columns(sample: str, source: Source, quote: str) -> str | None:
    shares = {
        delimiter: max((declared_share(source, row) for row in _rows(sample, delimiter, quote)), default=0.0)
        for delimiter in DELIMITERS
    }
    best = max(DELIMITERS, key=lambda delimiter: shares[delimiter])
    return best if shares[best] >= MINIMUM_SHARE else None


def _sniffed(sample: str, quote: str) -> str:
    sample = sample[:SNIFFED_BYTES]
    answers = {each for each in (_duckdb_says(sample), _clevercsv_says(sample)) if each}
    return max(sorted(answers) or [","], key=lambda delimiter: _consistency(sample, delimiter, quote))


def _consistency(sample: str, delimiter: str, quote: str) -> int:
    """Count the records that share the most frequent number of fields, if that is more than one."""
    widths = Counter(map(len, csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote)))
    return max((count for width, count in widths.items() if width > 1), default=0)


def _clevercsv_says(sample: str) -> str | None:
    dialect = clevercsv.Detector().detect(sample)
    return dialect.delimiter if dialect and dialect.delimiter else None


def _duckdb_says(sample: str) -> str | None:
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        file.write(sample)
        file.flush()
        try:
            row = duckdb.execute(f"select delimiter from sniff_csv({literal(file.name)})").fetchone()
        except duckdb.Error:
            return None
    return str(row[0]) if row and row[0] else None


def header_cells(sample: str, dialect: Dialect) -> Sequence[str]:
    """Return the header's cells."""
    return _rows(sample, dialect.delimiter, dialect.quote)[dialect.header]
