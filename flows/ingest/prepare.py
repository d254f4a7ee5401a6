"""Opens and understands a file without touching the warehouse: its parts, and how each of them is to be read."""

import logging
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from flows import records
from flows.declaration import Declaration, Source
from flows.ingest import containers, places
from flows.ingest.formats.csv.read_csv import read_csv
from flows.ingest.formats.json.read_json import read_json
from flows.ingest.formats.read_arrow import read_arrow, read_orc
from flows.ingest.formats.read_avro import read_avro
from flows.ingest.formats.read_excel import read_excel, sheets_of
from flows.ingest.formats.read_fixed_width import read_fixed_width
from flows.ingest.formats.read_parquet import read_parquet
from flows.ingest.formats.read_sqlite import read_sqlite, tables_of
from flows.ingest.formats.read_xml import read_xml
from flows.ingest.parts import FoundFile, Part, Reading, Refusal
from flows.ingest.places import databases

log = logging.getLogger("tidemill.ingest")

READERS: Mapping[str, Callable[[Part, Source, Declaration, Path], Reading]] = {
    "csv": read_csv,
    "fixed_width": read_fixed_width,
    "jsonl": read_json,
    "json": read_json,
    "xml": read_xml,
    "parquet": read_parquet,
    "arrow": read_arrow,
    "orc": read_orc,
    "avro": read_avro,
    "excel": read_excel,
    "sqlite": read_sqlite,
    "database": databases.read_database,
}
# Formats whose files hold several tables, each a part of its own.
SPLITTERS: Mapping[str, Callable[[Part, Source], Iterator[Part]]] = {"excel": sheets_of, "sqlite": tables_of}
_part_numbers = count(1)


@dataclass(frozen=True)
class Prepared:
    """A file as far as it could be understood; `outcome` and `error` say why it goes no further, if it does not."""

    found: FoundFile
    scratch: Path
    started_at: datetime
    identity: Hashable = None
    container_sha256: str | None = None
    parts: tuple["PreparedPart", ...] = ()
    outcome: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class PreparedPart:
    """A part with its reading, or with the reason why it has none: an error, or that the content is loaded already."""

    part: Part | None
    reading: Reading | None = None
    error: str | None = None
    loaded_file_id: int | None = None

    @property
    def is_new(self) -> bool:
        """Tell whether this part is still to be read."""
        return self.part is not None and self.error is None and self.loaded_file_id is None

    @property
    def content(self) -> tuple[str, str | None]:
        """What makes two parts of a source the same: the content's hash and the sheet."""
        return (self.part.content_sha256, self.part.sheet) if self.part else ("", None)


def open_file(source: Source, found: FoundFile, scratch: Path) -> Prepared:
    """Bring a file within reach and open it into its parts, each of them hashed."""
    prepared = Prepared(found, scratch, records.now())
    try:
        prepared = replace(prepared, identity=places.identity(found))
        if waiting := _waiting(source, found):
            return replace(prepared, outcome="waiting", error=waiting)
        path = places.local_copy(source, found, scratch)
        sha256 = containers.file_sha256(path)
        prepared = replace(prepared, container_sha256=sha256)
        if places.is_database(found):
            return replace(prepared, parts=(PreparedPart(databases.part(path, source)),))
        return replace(prepared, parts=tuple(_parts(path, source, scratch, sha256)))
    except Refusal as refusal:
        return replace(prepared, outcome="quarantined", error=str(refusal))
    except Exception as error:
        return failed(prepared, error)


def failed(prepared: Prepared, error: Exception) -> Prepared:
    """Return a file as one that could not be read, which says nothing of its content: all of it is tried again."""
    return replace(prepared, parts=(), outcome="failed", error=why_failed(prepared.found, error))


def why_failed(found: FoundFile, error: Exception) -> str:
    """Say why a file failed: the machine or its place, or a bug of ours, whose traceback goes to the log."""
    if isinstance(error, OSError):
        return f"it could not be read ({error.strerror or error}); it is tried again in the next run"
    log.error("ingest: %s: Tidemill itself failed", found.uri, exc_info=error)
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"Tidemill itself failed on it ({said}); report it with the traceback in the log; it is tried again"


def _waiting(source: Source, found: FoundFile) -> str | None:
    """Say why a file is not to be read yet."""
    if found.waits_for:
        return f"it waits until {found.waits_for} lies beside it"
    return "it is still being written; it waits for the next run" if places.has_moved(source, found) else None


def _parts(path: Path, source: Source, scratch: Path, sha256: str) -> Iterator[PreparedPart]:
    for part in containers.open_parts(path, source.file_format, scratch, sha256):
        if isinstance(part, Refusal):
            yield PreparedPart(None, error=str(part))
        elif part.format not in SPLITTERS:
            yield PreparedPart(part)
        else:
            yield from _split(part, source)


def _split(part: Part, source: Source) -> Iterator[PreparedPart]:
    try:
        yield from (PreparedPart(each) for each in SPLITTERS[part.format](part, source))
    except Refusal as refusal:
        yield PreparedPart(part, error=str(refusal))


def read_part(each: PreparedPart, source: Source, declaration: Declaration, scratch: Path) -> PreparedPart:
    """Understand one part; a part that cannot be read keeps the reason.

    Raises
    ------
    OSError
        When it vanished or the disk failed, which says nothing of its content.
    """
    if each.part is None or not each.is_new:
        return each
    try:
        own = scratch / f"part-{next(_part_numbers)}"
        return replace(each, reading=READERS[each.part.format](each.part, source, declaration, own))
    except Refusal as refusal:
        return replace(each, error=str(refusal))
    except UnicodeError as error:
        return replace(each, error=f"its content cannot be read ({error}); fetch the file again, or mend it")
