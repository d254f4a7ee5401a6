"""Takes one file apart for `tidemill read`: its good records as plain CSV, its rejected ones as JSON lines.

Needs no warehouse and no declared columns. Proves, as landing does, that the reader delivers what was counted.
"""

import base64
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from flows.amounts import amount
from flows.declaration import Declaration, Source
from flows.errors import first_line
from flows.ingest.outputs import Outputs
from flows.ingest.parts import BadRecord, FoundFile, Part, Reading, Refusal
from flows.ingest.prepare import PreparedPart, open_file, read_part
from flows.sql import literal, quoted


@dataclass(frozen=True)
class Extract:
    """What became of one part of a file: how it was understood and where it was written, or why it was not."""

    part: Part | None = None
    reading: Reading | None = None
    output: Path | None = None
    rejected_output: Path | None = None
    error: str | None = None


@dataclass(frozen=True)
class Extractor:
    """Extracts files on one DuckDB database; safe in many threads. Without `outputs` it reads and counts only."""

    connection: duckdb.DuckDBPyConnection
    source: Source
    outputs: Outputs | None

    def extract(self, found: FoundFile, stem: str) -> Iterator[Extract]:
        """Yield what became of each part of a file; its outputs' names begin with `stem`."""
        with tempfile.TemporaryDirectory(prefix="tidemill-") as scratch:
            prepared = open_file(self.source, found, Path(scratch))
            if prepared.error:
                yield Extract(error=prepared.error)
            for part in prepared.parts:
                yield self._extract(part, stem, Path(scratch))

    def _extract(self, opened: PreparedPart, stem: str, scratch: Path) -> Extract:
        read = read_part(opened, self.source, Declaration("read", (self.source,), ()), scratch)
        extract = Extract(read.part, read.reading, error=read.error)
        if read.part is None or read.reading is None:
            return extract
        try:
            return self._write(extract, read.reading, stem_of_part(stem, read.part))
        except Refusal as refusal:
            return replace(extract, error=str(refusal))
        except duckdb.Error as error:
            return replace(extract, error=f"its content cannot be read ({first_line(error)})")

    def _write(self, extract: Extract, reading: Reading, stem: str) -> Extract:
        if self.outputs is None:
            _as_many_as_counted(reading, self._count(reading))
            return extract
        with self.outputs.writing(stem) as (records, rejected):
            _as_many_as_counted(reading, self._copy(reading, records))
            rejected.write_text("".join(map(_json_line, reading.bad_records)), encoding="utf-8")
        return replace(extract, output=self.outputs.records(stem), rejected_output=self.outputs.rejected(stem))

    def _count(self, reading: Reading) -> int:
        if not reading.columns:
            return 0
        with self.connection.cursor() as cursor:
            row = cursor.execute(f"select count(*) from ({reading.select([reading.path])}) as good").fetchone()
        return int(row[0]) if row else 0

    def _copy(self, reading: Reading, target: Path) -> int:
        if not reading.columns:
            target.touch()
            return 0
        names = [quoted(column.name) for column in reading.columns]
        # A line with nothing in it is no record to most readers of CSV.
        values = names if len(names) > 1 else [f"coalesce({names[0]}::varchar, '') as {names[0]}"]
        query = f"select {', '.join(values)} from ({reading.select([reading.path])}) as good"
        with self.connection.cursor() as cursor:
            row = cursor.execute(f"copy ({query}) to {literal(target)} (format csv, header true)").fetchone()
        return int(row[0]) if row else 0


def stem_of_part(stem: str, part: Part) -> str:
    """Return what the names of a part's outputs begin with: the file's stem, and the member and sheet it is."""
    return ".".join(filter(None, (stem, part.member, part.sheet)))


def _as_many_as_counted(reading: Reading, delivered: int) -> None:
    if delivered != reading.counts.loaded:
        raise Refusal(
            f"the reader delivered {amount(delivered, 'record')} where {reading.counts.loaded} were counted; "
            "give --option (delimiter, quote, encoding), or report the file"
        )


def _json_line(bad: BadRecord) -> str:
    return (
        json.dumps(
            {
                "row_number": bad.row_number,
                "line": bad.line,
                "byte_offset": bad.byte_offset,
                "error_code": bad.error_code,
                "message": bad.message,
                "raw_text": bad.content.decode(errors="replace"),
                "raw_base64": base64.b64encode(bad.content).decode(),
            },
            ensure_ascii=False,
        )
        + "\n"
    )
