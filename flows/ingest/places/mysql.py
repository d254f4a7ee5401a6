"""What MySQL's driver tells of a result's columns, and how it is made to leave values as they are."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

# MySQL's numbers for its types, flags and character sets.
TIME, BIT, BIGINT, DECIMALS = 11, 16, 8, (0, 246)
UNSIGNED_FLAG, BINARY_CHARSET, MAX_DIGITS = 32, 63, 38
TEXTS_OR_BYTES = (15, 249, 250, 251, 252, 253, 254, 255)
TYPES: Mapping[int, pa.DataType] = {
    **dict.fromkeys((1, 2, 3, 8, 9, 13), pa.int64()),
    4: pa.float32(),
    5: pa.float64(),
    7: pa.timestamp("us", tz="UTC"),
    10: pa.date32(),
    12: pa.timestamp("us"),
    BIT: pa.uint64(),
}


def connect_args() -> dict[str, Any]:
    """Return how to connect: moments are told in UTC, times (which may be negative) stay text, bits are a number.

    In the server's own time zone the hour that comes twice a year would have no order to read on from.
    """
    from pymysql.converters import conversions  # type: ignore[import-untyped]

    conversion = {kind: convert for kind, convert in conversions.items() if kind != TIME}
    return {"init_command": "set time_zone = '+00:00'", "conv": {**conversion, BIT: int_of_bits}}


def int_of_bits(bits: bytes) -> int:
    """Return the number that a value of BIT is."""
    return int.from_bytes(bits, "big")


def column_types(cursor: Any) -> list[pa.DataType]:
    """Return the type of each column of a result; text for what has none here."""
    # The description that every driver gives tells neither unsigned numbers nor bytes.
    return [_type(field) for field in cursor._result.fields]


def _type(field: Any) -> pa.DataType:
    is_unsigned = bool(field.flags & UNSIGNED_FLAG)
    if field.type_code in DECIMALS:
        # The length is the width for display, with sign and point.
        digits = field.length - (field.scale > 0) - (not is_unsigned)
        return pa.decimal128(max(digits, field.scale), field.scale) if digits <= MAX_DIGITS else pa.string()
    if field.type_code == BIGINT and is_unsigned:
        return pa.uint64()
    if field.type_code in TEXTS_OR_BYTES and field.charsetnr == BINARY_CHARSET:
        return pa.binary()
    return TYPES.get(field.type_code, pa.string())
