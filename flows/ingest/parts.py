"""What travels between the steps of ingest: found files, their parts, and what was read from each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.sql import as_they_stand, quoted


def made(scratch: Path) -> Path:
    """Make a scratch folder when the first file is written to it: most files need none, and thousands take long."""
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch


class Refusal(Exception):
    """A file or part that cannot be loaded as it is: why, and what to do. Settled until the file changes."""


@dataclass(frozen=True)
class FoundFile:
    """A file in its place, not opened yet.

    Attributes
    ----------
    uri
        A path, or a URL without credentials.
    size_bytes
        0 where the place does not tell.
    modified_at
        In UTC; None where the place does not tell.
    version
        The place's own word for this content, such as an ETag.
    waits_for
        The name of the declared marker that is not there yet.
    read_before
        What was recorded of the last read, where a database goes on from there.
    """

    source: str
    uri: str
    size_bytes: int
    modified_at: datetime | None
    version: str | None = None
    waits_for: str | None = None
    read_before: str | None = field(default=None, compare=False)

    @property
    def path(self) -> Path:
        """The path of a local file."""
        return Path(self.uri)

    @property
    def name(self) -> str:
        """The last word of the place."""
        return self.uri.rpartition("/")[2]

    @property
    def location(self) -> str:
        """The folder it lies in."""
        return self.uri.rpartition("/")[0]


def modified_at(nanoseconds: int) -> datetime:
    """Return a file's time in UTC as the records keep it (microseconds, without zone)."""
    return datetime.fromtimestamp(nanoseconds // 1000 / 1_000_000, UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Part:
    """One content to read: the file itself, a member of an archive, or a sheet, uncompressed on local disk.

    `compression` names every layer from outside in, such as `zip gzip`; a member within an archive within an archive
    is named `outer.zip/inner.csv`. `sheet` is a workbook's sheet or a database file's table.
    """

    path: Path
    format: str
    compression: str | None
    content_sha256: str
    size_bytes: int
    member: str | None = None
    sheet: str | None = None
    format_detected_by: str = "content"


@dataclass(frozen=True)
class Column:
    """A column as the file brings it: its name there, the raw table's name for it, and the type it has."""

    file_name: str
    name: str
    data_type: str = "VARCHAR"


@dataclass(frozen=True)
class BadRecord:
    """A record no reader may take, as it stood. `row_number` counts data records, good and bad, from 1.

    `error_code` is one of frictionless' record and cell errors: blank-row, row-error, extra-cell, missing-cell,
    encoding-error, type-error, constraint-error, primary-key-error.
    """

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
    comment: int = 0
    footer: int = 0
    quarantined: int = 0

    @property
    def loaded(self) -> int:
        """How many records the reader must deliver."""
        others = self.header + self.preamble + self.blank + self.comment + self.footer + self.quarantined
        return self.records_read - others


@dataclass(frozen=True)
class Reading:
    """How a part was understood, and how DuckDB reads its good records.

    Parts with the same `function`, `columns` and `values` have one shape and are loaded by one statement.

    Attributes
    ----------
    path
        A local file that DuckDB reads in file order, in which every record is good.
    function
        DuckDB's table function with every parameter, and `{files}` where the list of paths belongs, such as
        `read_parquet({files})`. It must read many files side by side (`file_index` tells them apart).
    columns
        The columns in the file's order; none where the part holds nothing to load.
    values
        One SQL expression per column on what the function delivers; empty when they are the columns' names.
    beyond
        How many of the bad records are another table's behind this one: they say nothing about this one's quality.
    """

    path: Path
    function: str
    columns: tuple[Column, ...]
    counts: Counts
    values: tuple[str, ...] = ()
    bad_records: tuple[BadRecord, ...] = ()
    beyond: int = 0
    encoding: str | None = None
    encoding_confidence: float | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict)
    detected_by: str = "content"

    def select(self, files: Sequence[Path], *more: str) -> str:
        """Return the query that delivers the good records of files of this shape, and more expressions behind them."""
        values = self.values or tuple(quoted(column.name) for column in self.columns)
        named = [f"{value} as {quoted(column.name)}" for value, column in zip(values, self.columns, strict=True)]
        # A column may be called `{files}`, but stands behind them.
        return f"select {', '.join([*named, *more])} from {self.function.replace('{files}', as_they_stand(files), 1)}"

    @property
    def hides_file_index(self) -> bool:
        """Tell whether a column has the name of DuckDB's own that tells files apart: its file is loaded alone."""
        return any("file_index" in (each.name.casefold(), each.file_name.casefold()) for each in self.columns)

    def row_numbers(self) -> Iterator[tuple[int, int]]:
        """Yield (first position, shift): from that good record on, the true record number is position + shift."""
        # Bad records side by side shift the same good record: the last one counts.
        yield from {bad.row_number - before: before + 1 for before, bad in enumerate(self.bad_records)}.items()
