"""What a database's driver delivers becomes Arrow: each column with its own type, what has none here as exact text."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from flows.ingest.parts import Refusal
from flows.ingest.places import mysql

BATCH_ROWS = 20_000
MAX_DIGITS = 38
# PostgreSQL's numbers for its types.
POSTGRESQL: Mapping[int, pa.DataType] = {
    16: pa.bool_(),
    17: pa.binary(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    26: pa.int64(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1083: pa.time64("us"),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
# What SQLite's typeof() says of all values of a column; a mixture stays text.
SQLITE: Mapping[str, pa.DataType] = {"integer": pa.int64(), "real": pa.float64(), "blob": pa.binary()}
POSTGRESQL_NUMERIC = 1700
MISFITS = (pa.ArrowException, OverflowError)


def arrow_schema(database: str, cursor: Any, stored: Sequence[str | None] = ()) -> pa.Schema:
    """Return the columns with their types, from what the driver tells of them (SQLite's: from what is stored).

    Raises
    ------
    Refusal
        When two columns have one name, also where they differ in case only: DuckDB would give one another name.
    """
    names = [str(column[0]) for column in cursor.description]
    times = Counter(name.casefold() for name in names)
    if doubled := list(dict.fromkeys(name for name in names if times[name.casefold()] > 1)):
        raise Refusal(f"two columns are named {', '.join(doubled)}; give them names with `as` in options.query")
    if database == "sqlite":
        types = [SQLITE.get(each or "", pa.string()) for each in stored]
    elif database == "mysql":
        types = mysql.column_types(cursor)
    else:
        types = [_decimal(column) or POSTGRESQL.get(column[1], pa.string()) for column in cursor.description]
    return pa.schema(list(zip(names, types, strict=True)))


def _decimal(column: Sequence[Any]) -> pa.DataType | None:
    """Return a declared number of digits as a type; numbers without one keep their text."""
    precision, scale = column[4], column[5]
    if column[1] != POSTGRESQL_NUMERIC or precision is None or scale is None:
        return None
    return pa.decimal128(precision, scale) if 0 <= scale <= precision <= MAX_DIGITS else None


def batches(schema: pa.Schema, partitions: Iterable[Sequence[Sequence[Any]]]) -> Iterator[pa.RecordBatch]:
    """Yield the delivered rows as Arrow.

    Raises
    ------
    Refusal
        When a value does not fit the type of its column.
    """
    for rows in partitions:
        columns = zip(schema, zip(*rows, strict=True), strict=True)
        yield pa.RecordBatch.from_arrays([_array(field, values) for field, values in columns], schema=schema)


def _array(field: pa.Field, values: Sequence[Any]) -> pa.Array:
    if pa.types.is_string(field.type):
        return pa.array([None if value is None else _text(value) for value in values], pa.string())
    try:
        return pa.array(values, field.type)
    except MISFITS as error:
        misfit = next((value for value in values if not _fits(value, field.type)), error)
        raise Refusal(
            f"column {field.name}: {misfit} is no {field.type}; cast the column to text in options.query"
        ) from error


def _fits(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.scalar(value, kind)
    except MISFITS:
        return False
    return True


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, default=_text, ensure_ascii=False)
    return value.hex() if isinstance(value, bytes) else str(value)
