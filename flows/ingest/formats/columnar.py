"""Lands typed tables: which Arrow types DuckDB's Parquet reader takes as they are, and what becomes of the others.

DuckDB reads some types as something else without a word (a decimal of more than 38 digits as a float, a duration as a
number without unit): these are written down in a Parquet file of our own, as text or as the nearest type that is exact.
"""

import mmap
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.declaration import Declaration, Source
from flows.ingest.columns import MINIMUM_SHARE, columns_of, declared_share, each_name_once, no_header
from flows.ingest.parts import Column, Counts, Reading, Refusal
from flows.sql import quoted

BATCH_ROWS = 50_000
MAX_DIGITS = 38
UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.uint8(): "UTINYINT",
    pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER",
    pa.uint64(): "UBIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.date32(): "DATE",
    pa.time32("ms"): "TIME",
    pa.time64("us"): "TIME",
    pa.timestamp("ms"): "TIMESTAMP",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("ns"): "TIMESTAMP_NS",
    pa.uuid(): "UUID",
}


def landed_type(given: pa.DataType) -> pa.DataType:
    """Return the type in which values land.

    Raises
    ------
    Refusal
        When nothing in the warehouse could hold them.
    """
    if isinstance(given, pa.BaseExtensionType) and given != pa.uuid():
        return landed_type(given.storage_type)
    if pa.types.is_dictionary(given) or pa.types.is_run_end_encoded(given):
        return landed_type(given.value_type)
    if pa.types.is_nested(given):
        return _landed_nested(given)
    if pa.types.is_decimal(given):
        fits = given.precision <= MAX_DIGITS and 0 <= given.scale <= given.precision
        return pa.decimal128(given.precision, given.scale) if fits else pa.string()
    if pa.types.is_timestamp(given) and given.tz is not None:
        return pa.timestamp("us", "UTC")
    return _landed_plain(given)


def _landed_plain(given: pa.DataType) -> pa.DataType:
    if given in SQL_TYPES:
        return given
    for is_it, landed in (
        (pa.types.is_null, pa.string()),
        (pa.types.is_large_string, pa.string()),
        (pa.types.is_string_view, pa.string()),
        (pa.types.is_large_binary, pa.binary()),
        (pa.types.is_fixed_size_binary, pa.binary()),
        (pa.types.is_binary_view, pa.binary()),
        (pa.types.is_float16, pa.float32()),
        (pa.types.is_date64, pa.date32()),
        (pa.types.is_time32, pa.time32("ms")),
        (pa.types.is_time64, pa.string()),  # nanoseconds
        (pa.types.is_timestamp, pa.timestamp("ms")),  # seconds
        (pa.types.is_duration, pa.string()),
    ):
        if is_it(given):
            return landed
    raise Refusal(f"it has values of type {given}, which no column of the warehouse can hold; write them as text")


def _landed_nested(given: pa.DataType) -> pa.DataType:
    is_map = pa.types.is_map(given)
    inner = [given.item_type] if is_map else [given.field(place).type for place in range(given.num_fields)]
    # Within another value, a duration would lose its unit.
    has_duration = any(map(pa.types.is_duration, inner))
    if is_map and not has_duration:
        return pa.map_(landed_type(given.key_type), landed_type(given.item_type))
    if pa.types.is_struct(given) and _are_names([field.name for field in given]) and not has_duration:
        return pa.struct([(field.name, landed_type(field.type)) for field in given])
    is_list = pa.types.is_list(given) or pa.types.is_large_list(given) or pa.types.is_fixed_size_list(given)
    if is_list and not has_duration:
        return pa.list_(landed_type(given.value_type))
    raise Refusal(f"it has values of type {given}, which no column of the warehouse can hold; write them as text")


def _are_names(names: list[str]) -> bool:
    """Tell whether the fields of a struct can have these names in DuckDB, which takes no two that differ in case."""
    is_any = bool(names) and all(name and "\0" not in name for name in names)
    return is_any and len({name.casefold() for name in names}) == len(names)


def sql_type(landed: pa.DataType) -> str:
    """Return DuckDB's name of a type that lands."""
    if pa.types.is_decimal(landed):
        return f"DECIMAL({landed.precision}, {landed.scale})"
    if pa.types.is_timestamp(landed) and landed.tz is not None:
        return "TIMESTAMP WITH TIME ZONE"
    if pa.types.is_map(landed):
        return f"MAP({sql_type(landed.key_type)}, {sql_type(landed.item_type)})"
    if pa.types.is_list(landed):
        return f"{sql_type(landed.value_type)}[]"
    if pa.types.is_struct(landed):
        return f"STRUCT({', '.join(f'{quoted(field.name)} {sql_type(field.type)}' for field in landed)})"
    return SQL_TYPES[landed]


def reading_of(
    path: Path, names: list[str], given: list[pa.DataType], rows: int, source: Source, declaration: Declaration
) -> Reading:
    """Return how a Parquet file with these columns is read.

    Raises
    ------
    Refusal
        When it has no columns, or those of another source.
    """
    if not names:
        raise Refusal("it has no columns; ask its sender for it again, or remove it")
    if source.columns and declared_share(source, names) < MINIMUM_SHARE:
        raise no_header(source, declaration, [names])
    each_name_once([Column(name, name) for name in names])
    columns = columns_of(source, names, [sql_type(landed_type(each)) for each in given])
    return Reading(path, "read_parquet({files})", columns, Counts(rows), tuple(map(quoted, names)))


def refuse_joined(path: Path, magics: bytes, start: int = 0) -> None:
    """Look for the place where one file ends and the next begins.

    Raises
    ------
    Refusal
        When there is one: a reader goes by the last file's footer, and takes the first one's records for its own.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(magics, start) >= 0:
            raise Refusal("it is several files joined to one, of which only one would be read; send them one by one")


def converted(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path, source: Source, declaration: Declaration
) -> Reading:
    """Write batches to a Parquet file of types that land, and return how that is read.

    Raises
    ------
    Refusal
        When a value cannot be held exactly.
    """
    reading = reading_of(path, schema.names, schema.types, 0, source, declaration)
    names = [f"c{place}" for place in range(len(schema))]
    landed = pa.schema(zip(names, map(landed_type, schema.types), strict=True))
    rows = 0
    with pq.ParquetWriter(path, landed, compression="lz4", version="2.6") as writer:
        for batch in batches:
            rows += batch.num_rows
            writer.write_batch(_landed_batch(batch, landed))
    return Reading(path, reading.function, reading.columns, Counts(rows), tuple(map(quoted, names)))


def _landed_batch(batch: pa.RecordBatch, landed: pa.Schema) -> pa.RecordBatch:
    columns = []
    for name, column, data_type in zip(batch.schema.names, batch.columns, landed.types, strict=True):
        try:
            columns.append(_landed_values(column, data_type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise Refusal(f"column {name} cannot be held exactly ({error}); write it as text") from error
    return pa.RecordBatch.from_arrays(columns, schema=landed)


def _landed_values(column: pa.Array, landed: pa.DataType) -> pa.Array:
    if isinstance(column.type, pa.BaseExtensionType) and column.type != landed:
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_run_end_encoded(column.type):
        column = pc.run_end_decode(column)
    if column.type == landed:
        return column
    if pa.types.is_duration(column.type):
        return pc.binary_join_element_wise(column.cast(pa.int64()).cast(pa.string()), UNITS[column.type.unit], " ")
    if pa.types.is_decimal(column.type) and landed == pa.string():
        # Arrow writes `1E-10`.
        return pa.array([None if each is None else format(each, "f") for each in column.to_pylist()], landed)
    return column.cast(landed)
