"""Writes records of texts to a Parquet file in batches, so that memory stays flat however many there are."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.ingest.parts import Column

BATCH_CELLS = 2**20


def write_texts(path: Path, columns: Sequence[Column], rows: Iterable[Sequence[str | None]]) -> None:
    """Write rows to a Parquet file whose columns are all texts; cells beyond the columns are left out."""
    schema = pa.schema([(column.name, pa.string()) for column in columns])
    remaining = iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(islice(remaining, max(1, BATCH_CELLS // len(columns)))):
            arrays = [pa.array([row[place] for row in batch], pa.string()) for place in range(len(columns))]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
