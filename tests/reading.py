"""Reads bytes as a source's file, without a warehouse, and proves that every byte of it is accounted for."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from flows.declaration import Declaration, Source
from flows.declaration.declared import SourceColumn
from flows.ingest.formats.csv.read_csv import read_csv
from flows.ingest.parts import Part, Reading, Refusal

ORDERS = Source(
    name="shop.orders",
    raw_table="shop__orders",
    declared_in="models/staging/shop/_shop__sources.yml",
    location="orders/*",
    file_format=None,
    options={},
    columns=tuple(SourceColumn(name, "varchar", ()) for name in ("order_id", "customer", "note")),
    schedule=None,
    on_change="replace",
    schema_policy="evolve",
    max_rejected=1.0,
)


def declared(*columns: str, **options: str) -> Source:
    return replace(ORDERS, columns=tuple(SourceColumn(name, "varchar", ()) for name in columns), options=options)


@cache
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


@dataclass(frozen=True)
class Read:
    """What came out of a file: how it was understood, its rows, and its bad records' bytes with their codes."""

    reading: Reading
    rows: list[tuple[str, ...]]

    @property
    def bad(self) -> list[tuple[str, bytes]]:
        return [(each.error_code, each.content) for each in self.reading.bad_records]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.reading.columns]


def cells(reading: Reading | str) -> list[tuple[Any, ...]]:
    """The rows that a reading delivers: as many as were counted, and so are its bad records."""
    assert isinstance(reading, Reading), reading
    rows = connection().execute(reading.select([reading.path])).fetchall() if reading.columns else []
    assert len(rows) == reading.counts.loaded
    assert len(reading.bad_records) == reading.counts.quarantined
    return rows


def read(content: bytes, source: Source = ORDERS, others: Sequence[Source] = ()) -> Read:
    """Read a file's bytes; the delivered rows are as many as were counted, and bad records stand where they say."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(content)
        (Path(folder) / "scratch").mkdir()
        part = Part(path, "csv", None, "0" * 64, len(content))
        reading = read_csv(part, source, Declaration("shop", (source, *others), ()), Path(folder) / "scratch")
        rows = cells(reading)
    for bad in reading.bad_records:
        assert bad.byte_offset is not None
        assert content[bad.byte_offset : bad.byte_offset + len(bad.content)] == bad.content
    return Read(reading, rows)


def outcome(content: bytes, source: Source) -> object:
    """What came out of a file as far as it can be compared, or why it was refused."""
    try:
        found = read(content, source)
    except Refusal as refusal:
        return str(refusal)
    return found.rows, found.reading.counts, found.reading.bad_records
