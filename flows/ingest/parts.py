"""What travels between the steps of ingest: found files, their parts, and what was read from each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


class Refusal(Exception):
    """A file or part that cannot be loaded as it is: why, and what to do. Settled until the file changes."""


@dataclass(frozen=True)
class FoundFile:
    """A file in its place, not opened yet."""

    source: str
    path: Path
    uri: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True)
class Part:
    """One content to read: the file itself, a member of an archive, or a sheet, uncompressed on local disk."""

    path: Path
    format: str
    compression: str | None
    content_sha256: str
    size_bytes: int
    member: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Column:
    """A column as the file brings it: its name there, the raw table's name for it, and the type it has."""

    file_name: str
    name: str
    data_type: str = "VARCHAR"


@dataclass(frozen=True)
class BadRecord:
    """A record no reader may take, as it stood."""

    row_number: int
    line: int | None
    byte_offset: int | None
    content: bytes
    error_code: str
    message: str


@dataclass(frozen=True)
class Counts:
    """The independent count of a part's records; what is none of these is loaded."""

    records_read: int = 0
    header: int = 0
    preamble: int = 0
    blank: int = 0
    quarantined: int = 0

    @property
    def loaded(self) -> int:
        """How many records the reader must deliver."""
        return self.records_read - self.header - self.preamble - self.blank - self.quarantined


@dataclass(frozen=True)
class Reading:
    """How a part was understood, and the query that delivers its good records.

    `query` yields the raw table's columns and `_position` (1 = first good record, in file order).
    """

    query: str
    columns: tuple[Column, ...]
    counts: Counts
    bad_records: tuple[BadRecord, ...] = ()
    encoding: str | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict)
    detected_by: str = "content"

    def row_numbers(self) -> Iterator[tuple[int, int]]:
        """Yield (first position, shift): from that good record on, the true record number is position + shift."""
        # Bad records side by side shift the same good record: the last one counts.
        yield from {bad.row_number - before: before + 1 for before, bad in enumerate(self.bad_records)}.items()
