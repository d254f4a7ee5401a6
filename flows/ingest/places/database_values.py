"""What a database's driver delivers becomes Arrow: each column with its own type, what has none here as exact text."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from flows.ingest.parts import Refusal

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
# MySQL's; a BIGINT may be unsigned and a DATE 0000-00-00, which the error then says.
MYSQL: Mapping[int, pa.DataType] = {
    **dict.fromkeys((1, 2, 3, 8, 9, 13), pa.int64()),
    4: pa.float32(),
    5: pa.float64(),
    10: pa.date32(),
    **dict.fromkeys((7, 12), pa.timestamp("us")),
}
# What SQLite's typeof() says of all values of a column; a mixture stays text.
SQLITE: Mapping[str, pa.DataType] = {"integer": pa.int64(), "real": pa.float64(), "blob": pa.binary()}
DECIMALS = {"postgresql": 1700, "mysql": 246}


def arrow_schema(database: str, description: Sequence[Sequence[Any]], stored: Sequence[str | None] = ()) -> pa.Schema:
    """Return the columns with their types, from the driver's description (SQLite's: from what is stored).

    Raises
    ------
    Refusal
        When two columns have one name, also where they differ in case only: DuckDB would give one another name.
    """
    names = [str(column[0]) for column in description]
    times = Counter(name.casefold() for name in names)
    if doubled := list(dict.fromkeys(name for name in names if times[name.casefold()] > 1)):
        raise Refusal(f"two columns are named {', '.join(doubled)}; give them names with `as` in options.query")
    if database == "sqlite":
        types = [SQLITE.get(each or "", pa.string()) for each in stored]
    else:
        known = POSTGRESQL if database == "postgresql" else MYSQL
        types = [_decimal(database, column) or known.get(column[1], pa.string()) for column in description]
    return pa.schema(list(zip(names, types, strict=True)))


def _decimal(database: str, column: Sequence[Any]) -> pa.DataType | None:
    """Return a declared number of digits as a type; numbers without one keep their text."""
    precision, scale = column[4], column[5]
    if column[1] != DECIMALS[database] or precision is None or scale is None:
        return None
    if database == "mysql":
        # The driver tells the width for display: with sign and point.
        precision = MAX_DIGITS
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
    except (pa.ArrowException, OverflowError) as error:
        raise Refusal(
            f"column {field.name}: a value is no {field.type} ({error}); cast the column to text in options.query"
        ) from error


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, default=_text, ensure_ascii=False)
    return value.hex() if isinstance(value, bytes) else str(value)
