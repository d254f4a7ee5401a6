"""Finds in a Parquet file what Arrow does not tell of it: intervals, and moments in their old form of twelve bytes.

Arrow takes an interval for bytes without meaning. It reads an old moment (INT96) in nanoseconds, in which those before
1677 and after 2262 overflow without a word; DuckDB reads it in microseconds, and cuts what is finer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.ingest.formats.columnar import BATCH_ROWS
from flows.ingest.parts import Refusal

INTERVAL_PARTS = ("months", "days", "milliseconds")
FARTHEST = 2**63 // 1000  # microseconds


def _moments_unit(path: Path) -> str:
    """Return the unit in which a file's INT96 columns are exact: microseconds, unless some moments are finer.

    Raises
    ------
    Refusal
        When some are finer, and others too far away to be counted in nanoseconds.
    """
    is_finer = is_far = False
    with pq.ParquetFile(path) as fine, pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as coarse:
        names = [leaf.name for leaf in _columns(fine) if leaf.physical_type == "INT96"]
        both = (file.iter_batches(BATCH_ROWS, columns=names) for file in (fine, coarse))
        for nanoseconds, microseconds in zip(*both, strict=True):
            for one, other in zip(map(_whole, nanoseconds.columns), map(_whole, microseconds.columns), strict=True):
                # What overflows in one overflows in the other: their difference is exact.
                is_finer |= bool(np.any(one - other * 1000))
                is_far |= bool(np.any(np.abs(other) >= FARTHEST))
    if is_finer and is_far:
        raise Refusal("it has moments finer than a microsecond and others beyond 1677 or 2262; write them as text")
    return "ns" if is_finer else "us"


@contextmanager
def opened(path: Path) -> Iterator[tuple[pq.ParquetFile, bool]]:
    """Open a file so that its moments are read exactly; tell whether some are finer than DuckDB reads them.

    Files without moments in their old form, which are nearly all, are opened once.

    Raises
    ------
    Refusal
        When some moments are finer than a microsecond, and others too far away to be counted in nanoseconds.
    """
    with pq.ParquetFile(path) as file:
        if all(leaf.physical_type != "INT96" for leaf in _columns(file)):
            yield file, False
            return
    unit = _moments_unit(path)
    with pq.ParquetFile(path, coerce_int96_timestamp_unit=unit) as file:
        yield file, unit == "ns"


def _columns(file: pq.ParquetFile) -> Iterator[pq.ColumnSchema]:
    """Yield what Parquet says of each column that is not nested."""
    leaves = (file.schema.column(place) for place in range(len(file.schema)))
    return (leaf for leaf in leaves if leaf.path == leaf.name)


def _whole(moments: pa.Array) -> np.ndarray:
    return np.asarray(moments.cast(pa.int64()).fill_null(0))


def schema_of(file: pq.ParquetFile) -> pa.Schema:
    """Return a file's columns as Arrow reads them, intervals as texts."""
    intervals = {leaf.name for leaf in _columns(file) if leaf.converted_type == "INTERVAL"}
    return pa.schema(
        [pa.field(each.name, pa.string()) if each.name in intervals else each for each in file.schema_arrow]
    )


def batches_of(file: pq.ParquetFile, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield a file's records, intervals as texts: `3 months 5 days 0 milliseconds`."""
    for batch in file.iter_batches(BATCH_ROWS):
        columns = [
            column if column.type == field.type else _interval_texts(column)
            for column, field in zip(batch.columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _interval_texts(column: pa.Array) -> pa.Array:
    """Write twelve bytes, three whole numbers without sign, as text."""
    counts = np.frombuffer(b"".join(each or bytes(12) for each in column.to_pylist()), "<u4").reshape(-1, 3)
    named = [
        pc.binary_join_element_wise(pa.array(counts[:, place]).cast(pa.string()), name, " ")
        for place, name in enumerate(INTERVAL_PARTS)
    ]
    return pc.if_else(column.is_valid(), pc.binary_join_element_wise(*named, " "), pa.scalar(None, pa.string()))
