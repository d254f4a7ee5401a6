"""Reads Avro: types are kept, block after block; each block's own count proves what was read."""

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import fastavro
import pyarrow as pa
from fastavro import _read as fastavro_read

from flows.declaration import Declaration, Source
from flows.ingest.formats.columnar import MAX_DIGITS, converted
from flows.ingest.parts import Part, Reading, Refusal, made

MAX_BLOCK_BYTES = 2**30
PLAIN = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "enum": pa.string(),
    "bytes": pa.binary(),
    "fixed": pa.binary(),
}
LOGICAL = {
    "int-date": pa.date32(),
    "int-time-millis": pa.time32("ms"),
    "long-time-micros": pa.time64("us"),
    "long-timestamp-millis": pa.timestamp("us", "UTC"),
    "long-timestamp-micros": pa.timestamp("us", "UTC"),
    "long-local-timestamp-millis": pa.timestamp("us"),
    "long-local-timestamp-micros": pa.timestamp("us"),
    "string-uuid": pa.string(),
}


def _snappy_block(stream: IO[bytes]) -> IO[bytes]:
    """Unpack a block that snappy packed: its length, the content, and the checksum of what comes out."""
    packed: Any = fastavro.schemaless_reader(stream, "bytes", None)
    length, shift = 0, 0
    for byte in packed:
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if length > MAX_BLOCK_BYTES:
        raise ValueError(f"a block of {length:,} bytes")
    content = pa.Codec("snappy").decompress(packed[:-4], length, asbytes=True)
    if zlib.crc32(content) != int.from_bytes(packed[-4:]):
        raise ValueError("a block's checksum is wrong")
    return io.BytesIO(content)


# fastavro knows snappy, Kafka's and Hadoop's usual choice, only beside a library that pyarrow makes superfluous.
fastavro_read.BLOCK_READERS["snappy"] = _snappy_block


def read_avro(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand an Avro part and return the query that delivers its records.

    Raises
    ------
    Refusal
        When it is broken or cut off, or its columns are those of another source.
    """
    with part.path.open("rb") as stream:
        blocks = _guarded(fastavro.block_reader(stream) for _ in range(1))
        reader = next(blocks)
        schema = pa.schema(_fields(reader.writer_schema))
        batches = _batches(_guarded(reader), schema)
        return converted(batches, schema, made(scratch) / "typed.parquet", source, declaration)


def _guarded(values: Iterator[Any]) -> Iterator[Any]:
    """Yield values of fastavro, which raises whatever damaged bytes lead it to."""
    try:
        yield from values
    except (Refusal, MemoryError, GeneratorExit):
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise Refusal(
            f"the Avro file is broken, cut off or packed in an unknown way ({why}); fetch it again"
        ) from error


def _fields(schema: Any) -> list[tuple[str, pa.DataType]]:
    if not isinstance(schema, Mapping) or schema.get("type") != "record":
        raise Refusal("its Avro schema is no record; write one record a row")
    return [(field["name"], _arrow_type(field["type"])) for field in schema["fields"]]


def _arrow_type(schema: Any) -> pa.DataType:
    """Return the type of a schema; what has none, such as a union of several types, lands as (JSON) text."""
    if isinstance(schema, list):
        others = [each for each in schema if each != "null"]
        return _arrow_type(others[0]) if len(others) == 1 else pa.string()
    if not isinstance(schema, Mapping):
        return PLAIN.get(schema, pa.string())
    kind, logical = schema["type"], schema.get("logicalType")
    if logical == "decimal" and isinstance(schema.get("precision"), int):
        precision, scale = schema["precision"], schema.get("scale", 0)
        return pa.decimal128(precision, scale) if 0 <= scale <= precision <= MAX_DIGITS else pa.string()
    if not isinstance(kind, str):
        return _arrow_type(kind)
    return LOGICAL.get(f"{kind}-{logical}", PLAIN.get(kind, pa.string()))


def _batches(blocks: Iterator[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for block in blocks:
        records = list(_guarded(block))
        if len(records) != block.num_records:
            raise Refusal(f"an Avro block holds {len(records)} of {block.num_records} records; fetch the file again")
        yield pa.RecordBatch.from_arrays([_array(records, field) for field in schema], schema=schema)


def _array(records: list[dict[str, Any]], field: pa.Field) -> pa.Array:
    values = [record[field.name] for record in records]
    if pa.types.is_string(field.type):
        values = [value if value is None or isinstance(value, str) else _text(value) for value in values]
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, OverflowError, UnicodeError) as error:
        raise Refusal(f"field {field.name} of the Avro file is broken ({error}); fetch it again") from error


def _text(value: Any) -> str:
    if isinstance(value, Mapping | list | bool | int | float):
        return json.dumps(value, ensure_ascii=False, default=_text)
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
