"""Reads rejected records again from their kept bytes, as the source is declared now.

Each goes through the reader of its format as a small file of its own, header first, so that a quote nobody closed
cannot reach into the next record. Records without a quote or line end cannot, and go together. An element of a JSON
document is read as a line of JSON, one of XML as the only one in its document.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from flows.amounts import amount
from flows.declaration import Declaration, Source
from flows.ingest.parts import Part, Reading
from flows.ingest.prepare import PreparedPart, read_part

# In these formats a record's bytes say all there is to say of it.
FORMATS = ("csv", "fixed_width", "jsonl", "json", "xml")
# As which format a record by itself is read.
ALONE = {"json": "jsonl"}
# Where a thing stands in the file it came from says nothing of a record by itself.
OPTIONS_OF_PLACE = ("header_row", "header_rows", "footer", "records")
# Their units are wider than a byte, and their order stands at the file's beginning only.
WIDE_ENCODINGS = ("utf-16", "utf-32")
NUL = b"\0"


@dataclass(frozen=True)
class Rejected:
    """A rejected record: its number in the file, its bytes, and why it was rejected."""

    row_number: int
    content: bytes
    error_code: str
    message: str


@dataclass(frozen=True)
class LoadedFile:
    """How a loaded file was read, and its rejected records."""

    file_id: int
    source: str
    uri: str
    format: str
    encoding: str | None
    delimiter: str | None
    quote: str | None
    columns: tuple[str, ...]
    record: str | None
    rejected: tuple[Rejected, ...]

    @property
    def is_wide(self) -> bool:
        """Tell whether its units are wider than a byte."""
        return (self.encoding or "").replace("_", "-").lower().startswith(WIDE_ENCODINGS)

    def why_not(self, source: Source) -> str | None:
        """Say why its records cannot be read again one by one, and what to do; nothing where they can."""
        if self.format == "fixed_width" and len(source.columns) != source.options.get("widths", "").count(",") + 1:
            columns = amount(len(source.columns), "column")
            return f"declare external.options.widths for its {columns} in {source.declared_in}"
        if self.format in FORMATS and self.columns:
            return None
        return f"a record of {self.format or 'this format'} means nothing without its file; send the file again, mended"


@dataclass(frozen=True)
class Reread:
    """Records that one reading delivers, in its order, by their numbers in the file."""

    reading: Reading
    row_numbers: tuple[int, ...]


@dataclass(frozen=True)
class Rereader:
    """Reads the rejected records of a file again."""

    file: LoadedFile
    source: Source
    declaration: Declaration
    scratch: Path

    def reread(self) -> tuple[list[Reread], list[Rejected]]:
        """Return what can be landed now, and what is still rejected, with its reason now."""
        landed, still = list[Reread](), [each for each in self.file.rejected if self._is_short(each)]
        for group in self._groups([each for each in self.file.rejected if not self._is_short(each)]):
            reread, rejected = self._read(group)
            landed += reread
            still += rejected
        return landed, still

    def _is_short(self, rejected: Rejected) -> bool:
        """Tell whether a record lacks cells: only among its file's lines does its length say so."""
        if self.file.format != "fixed_width" or rejected.error_code != "missing-cell":
            return False
        widths = sum(int(width) for width in self.source.options["widths"].split(","))
        text = self._content(rejected).decode(self._source().options.get("encoding", "utf-8"), errors="replace")
        return len(text) < widths

    def _groups(self, rejected: Sequence[Rejected]) -> Iterator[Sequence[Rejected]]:
        if self.file.format == "xml":
            yield from ([each] for each in rejected)
            return
        reaching = {b"\n", b"\r"}
        if self.file.format == "csv":
            declared = (self.source.options.get(name) or "" for name in ("quote", "escape"))
            reaching |= {each.encode() for each in ('"', "'", "\\", self.file.quote or "", *declared)} - {b""}
        is_alone = [any(mark in each.content for mark in reaching) for each in rejected]
        yield from ([each] for each, alone in zip(rejected, is_alone, strict=True) if alone)
        together = [each for each, alone in zip(rejected, is_alone, strict=True) if not alone]
        if together:
            yield together

    def _read(self, group: Sequence[Rejected]) -> tuple[list[Reread], list[Rejected]]:
        read = self._part(group)
        reading = read.reading
        if reading is None:
            return [], [replace(each, error_code="row-error", message=read.error or "") for each in group]
        bad = {each.row_number: each for each in reading.bad_records}
        if reading.counts.loaded + len(bad) != len(group):
            if len(group) > 1:  # some are no data records now: find out which
                pairs = [self._read([each]) for each in group]
                return [each for landed, _ in pairs for each in landed], [each for _, still in pairs for each in still]
            return [], list(group)
        numbered = list(enumerate(group, start=1))
        still = [
            replace(each, error_code=bad[place].error_code, message=bad[place].message)
            for place, each in numbered
            if place in bad
        ]
        row_numbers = tuple(each.row_number for place, each in numbered if place not in bad)
        return [Reread(reading, row_numbers)] if row_numbers else [], still

    def _part(self, group: Sequence[Rejected]) -> PreparedPart:
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        path = folder / "records"
        contents = (self._content(each) for each in group)
        path.write_bytes(self._header() + b"".join(content + b"\n" for content in contents))
        part = Part(path, ALONE.get(self.file.format, self.file.format), None, "", path.stat().st_size)
        return read_part(PreparedPart(part), self._source(), self.declaration, folder)

    def _content(self, rejected: Rejected) -> bytes:
        """Return a record's bytes, those of wide units as UTF-8; one that is no text is kept, and rejected again."""
        content = rejected.content
        if self.file.is_wide:
            encoding = (self.file.encoding or "").replace("_", "-").lower()[:6]
            with suppress(UnicodeError):
                content = content.decode(f"{encoding}-{'be' if content[:1] == NUL else 'le'}").encode()
        return content.replace(b"\n", b" ").replace(b"\r", b" ") if self.file.format == "json" else content

    def _source(self) -> Source:
        """Return the source as it is declared now, and where it says nothing, as the file was read then."""
        encoding = "utf-8" if self.file.is_wide else self.file.encoding
        then = {"encoding": encoding, "delimiter": self.file.delimiter, "quote": self.file.quote}
        if self.file.format != "csv":
            then = {"encoding": encoding, "record": self.file.record}
        known = {name: value for name, value in then.items() if value}
        now = {name: value for name, value in self.source.options.items() if name not in OPTIONS_OF_PLACE}
        first = {"header_row": "1"} if self.file.format == "csv" else {}
        wide = {"encoding": "utf-8"} if self.file.is_wide else {}
        return replace(self.source, options=known | now | first | wide, max_rejected=1.0)

    def _header(self) -> bytes:
        if self.file.format != "csv":
            return b""
        options = self._source().options
        quote = options.get("quote", '"')
        names = [f"{quote}{name.replace(quote, quote * 2)}{quote}" if quote else name for name in self.file.columns]
        line = options.get("delimiter", ",").join(names) + "\n"
        return line.encode(options.get("encoding", "utf-8"), errors="replace")
