"""Reads a text of fixed widths: cut by the declared widths, or where every sampled line has a blank.

Values lose the spaces they are padded with, nothing else. A record that does not fit the widths is not guessed at.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from flows.amounts import amount
from flows.declaration import Declaration, Source
from flows.ingest.columns import HEADER_SEARCH_ROWS, MINIMUM_SHARE, columns_of, declared_share, find_header, no_header
from flows.ingest.formats.csv.kinds import is_header_like
from flows.ingest.formats.encodings import CHUNK_BYTES, SAMPLE_BYTES, Text, detect_encoding
from flows.ingest.formats.texts import write_texts
from flows.ingest.parts import BadRecord, Counts, Part, Reading, Refusal, made

SAMPLE_LINES = 2000
MAX_LINE_BYTES = 2**20
LONE_RETURN = re.compile(rb"\r(?!\n)")
ACROSS = re.compile(r"[^ ]{2}")
# The line that some tools draw under a header.
RULE = re.compile(r"[\s=+|_-]*")


@dataclass(frozen=True)
class _Layout:
    """Where the columns begin, and what is known of the lines.

    Attributes
    ----------
    length
        How long a record may be; nothing where the last column has no end.
    is_padded
        Whether every record has that length, because padding is not trimmed.
    is_detected
        Whether the starts are a guess, which a text that runs across one of them refutes.
    names
        The cells of the header; the declared names where there is none.
    before
        How many lines stand before the first record, and how many of them are header.
    """

    starts: tuple[int, ...]
    length: int | None
    is_padded: bool
    is_detected: bool
    names: tuple[str, ...] = ()
    before: int = 0
    header: int = 0

    def cut(self, line: str, keep_padding: bool = False) -> list[str]:
        """Return the cells of a line."""
        bounds = zip(self.starts, (*self.starts[1:], self.length), strict=True)
        cells = (line[start:end] for start, end in bounds)
        return list(cells) if keep_padding else [cell.strip(" ") for cell in cells]


@dataclass
class _Tally:
    lines: int = 0
    blank: int = 0
    bad: list[BadRecord] = field(default_factory=list)


def read_fixed_width(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand a text of fixed widths and return the query that delivers its good records.

    Raises
    ------
    Refusal
        When no columns are found in it, or not those of this source.
    """
    found = detect_encoding(part.path, source.options.get("encoding"))
    text = Text(part.path, found, scratch)
    path = _with_line_feeds(text.path, scratch)
    lines = _sampled(path)
    layout = _declared(source, lines) if "widths" in source.options else _detected(source, declaration, lines)
    columns = columns_of(source, layout.names)
    target, tally = made(scratch) / "records.parquet", _Tally()
    write_texts(target, columns, _good(path, text, layout, tally, source.options.get("keep_padding") == "true"))
    counts = Counts(_count_lines(path), layout.header, layout.before - layout.header, tally.blank, 0, 0, len(tally.bad))
    return Reading(
        path=target,
        function="read_parquet({files})",
        columns=columns,
        counts=counts,
        bad_records=tuple(tally.bad),
        encoding=found.name,
        encoding_confidence=found.confidence,
        dialect={"starts": list(layout.starts), "length": layout.length, "header_record": layout.before or None},
        detected_by="blank columns" if layout.is_detected else "declaration",
    )


def _with_line_feeds(path: Path, scratch: Path) -> Path:
    """Return the same text with a line feed for every CR that ends a line alone, as long as it was."""
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    if b"\n" in sample or b"\r" not in sample:
        return path
    target = made(scratch) / "line_feeds.txt"
    with path.open("rb") as original, target.open("wb") as copy:
        while chunk := original.read(CHUNK_BYTES):
            if chunk.endswith(b"\r"):
                chunk += original.read(1)
            copy.write(LONE_RETURN.sub(b"\n", chunk))
    return target


def _sampled(path: Path) -> list[str]:
    lines = []
    for _, line in zip(range(SAMPLE_LINES), _lines(path), strict=False):
        lines.append(_without_end(line).decode(errors="replace").removeprefix("\ufeff"))
    return lines


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while line := stream.readline(MAX_LINE_BYTES + 1):
            if len(line) > MAX_LINE_BYTES:
                raise Refusal(f"it has a line of more than {MAX_LINE_BYTES:,} bytes; that is no text of fixed widths")
            yield line


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _count_lines(path: Path) -> int:
    """Count the lines by their ends, independently of the loop that reads them."""
    ends, last = 0, b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(2**20):
            ends, last = ends + chunk.count(b"\n"), chunk[-1:]
    return ends + (last != b"\n")


def _declared(source: Source, lines: Sequence[str]) -> _Layout:
    widths = [int(width) for width in source.options["widths"].split(",")]
    starts, length = (0, *accumulate(widths[:-1])), sum(widths)
    bare = _Layout(starts, length, is_padded=False, is_detected=False)
    header = find_header(source, [bare.cut(line) for line in lines])
    if header is None and len(source.columns) != len(widths):
        raise Refusal(
            f"it has no header, and external.options.widths has {amount(len(widths), 'column')} where "
            f"{len(source.columns)} are declared; mend {source.declared_in}"
        )
    if header is None:
        return _with_names(bare, lines, None, [column.name for column in source.columns])
    return _with_names(bare, lines, header, bare.cut(lines[header]))


def _with_names(bare: _Layout, lines: Sequence[str], header: int | None, names: Sequence[str]) -> _Layout:
    before = 0 if header is None else header + 1
    rule = int(0 < before < len(lines) and bool(lines[before].strip()) and bool(RULE.fullmatch(lines[before])))
    data = [line for line in lines[before + rule :] if line.strip()]
    is_padded = bare.is_padded or sum(len(line) == bare.length for line in data) * 2 > len(data)
    header_lines = rule + int(header is not None)
    return _Layout(bare.starts, bare.length, is_padded, bare.is_detected, tuple(names), before + rule, header_lines)


def _detected(source: Source, declaration: Declaration, lines: Sequence[str]) -> _Layout:
    declared = source.options.get("header_row")
    places = range(min(HEADER_SEARCH_ROWS, len(lines))) if declared is None else range(int(declared))[-1:]
    written = [place for place in places if place < len(lines) and lines[place].strip()]
    for place in written if source.columns or declared else _first(lines, written):
        bare = _blank_columns(lines[place], [line for line in lines[place + 1 :] if line.strip()])
        names = bare.cut(lines[place])
        if len(names) > 1 and (declared or declared_share(source, names) >= MINIMUM_SHARE):
            return _with_names(bare, lines, place, names)
    if not source.columns:
        raise Refusal("its first lines with text show no columns; declare external.options.header_row or widths")
    raise no_header(source, declaration, [re.split(r" {2,}", line.strip()) for line in lines[:HEADER_SEARCH_ROWS]])


def _first(lines: Sequence[str], written: Sequence[int]) -> Sequence[int]:
    """Return the first line with text, or the names behind a title of one word.

    Without declared columns nothing else tells a header from the data below it: what stands behind it is data.
    """
    is_titled = len(written) > 1 and len(lines[written[0]].split()) == 1
    if is_titled and is_header_like(lines[written[1]].split()):
        return written[:2]
    return written[:1]


def _blank_columns(header: str, data: Sequence[str]) -> _Layout:
    """Cut where header and data all are blank; what has no name above it belongs to the column before."""
    lengths = Counter(map(len, data))
    length, most = lengths.most_common(1)[0] if data else (len(header), 0)
    is_padded = most * 2 > len(data)
    alike = [line for line in data if len(line) == length or not is_padded]
    words = (word for line in [header, *alike] for word in re.finditer(r"[^ ]+", line))
    occupied = {place for word in words for place in range(*word.span())}
    runs = sorted(place for place in occupied if place - 1 not in occupied)
    named = [run for run, end in zip(runs, [*runs[1:], None], strict=True) if header[run:end].strip()]
    return _Layout((0, *named[1:]), length if is_padded else None, is_padded, is_detected=True)


def _good(path: Path, text: Text, layout: _Layout, tally: _Tally, keep_padding: bool) -> Iterator[list[str]]:
    """Yield the good records, and keep account of the others."""
    offset = 0
    for line in _lines(path):
        tally.lines += 1
        content, start = _without_end(line), offset
        offset += len(line)
        if tally.lines <= layout.before:
            continue
        if not content.strip():
            tally.blank += 1
            continue
        line_text, fault = _decoded(content, layout)
        if fault is None:
            yield layout.cut(line_text, keep_padding)
            continue
        number = tally.lines - layout.before - tally.blank
        tally.bad.append(BadRecord(number, tally.lines, *text.original(start, start + len(content)), *fault))


def _decoded(content: bytes, layout: _Layout) -> tuple[str, tuple[str, str] | None]:
    """Return a record as text, and what is wrong with it."""
    try:
        text = content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        return "", ("encoding-error", "some bytes are no text in this file's encoding")
    return text, _fault(text, layout)


def _fault(text: str, layout: _Layout) -> tuple[str, str] | None:
    if "\0" in text:
        return "encoding-error", "it holds a zero byte"
    if layout.length is not None and text[layout.length :].strip():
        return "extra-cell", f"{len(text)} characters instead of {layout.length}"
    if layout.is_padded and layout.length is not None and len(text) < layout.length:
        return "missing-cell", f"{len(text)} characters instead of {layout.length}"
    crossed = [start for start in layout.starts[1:] if layout.is_detected and ACROSS.match(text, start - 1)]
    if crossed:
        return "row-error", f"a text runs across the start of a column, character {crossed[0] + 1}; declare the widths"
    return None
