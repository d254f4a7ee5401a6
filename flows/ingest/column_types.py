"""Which type holds every value of two others exactly? Knows DuckDB's types, and nothing of tables or files."""

import re

# Signed whole numbers hold one bit less than their size, in this order.
SIGNED = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63, "HUGEINT": 127}
UNSIGNED = {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64}
FLOATING = {"FLOAT": 24, "DOUBLE": 53}
# A decimal of so many digits comes back from a double as it was (IEEE 754).
DIGITS_OF_A_DOUBLE = 15
MAX_DIGITS = 38
TIMES = {frozenset({"DATE", "TIMESTAMP"}): "TIMESTAMP"}
# How many digits of a second DuckDB keeps of a text.
FRACTION_DIGITS = {"TIMESTAMP_S": 0, "TIMESTAMP_MS": 3, "TIMESTAMP": 6, "TIMESTAMP_NS": 6, "TIME": 6}
DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")


def common_type(one: str, other: str) -> str:
    """Return the smallest type that holds every value of both exactly; text where no other does."""
    if one == other:
        return one
    if one in FLOATING or other in FLOATING:
        return _floating(one, other)
    if (one in SIGNED or one in UNSIGNED) and (other in SIGNED or other in UNSIGNED):
        return _whole(one, other)
    digits, other_digits = _digits(one), _digits(other)
    if digits and other_digits:
        whole, scale = max(digits[0], other_digits[0]), max(digits[1], other_digits[1])
        return f"DECIMAL({whole + scale},{scale})" if whole + scale <= MAX_DIGITS else "VARCHAR"
    return TIMES.get(frozenset({one, other}), "VARCHAR")


def holds(wide: str, narrow: str) -> bool:
    """Tell whether a type holds every value of another one exactly."""
    return common_type(wide, narrow) == wide


def _floating(one: str, other: str) -> str:
    needed = max(_bits(one), _bits(other))
    return next((name for name, bits in FLOATING.items() if bits >= needed), "VARCHAR")


def _bits(name: str) -> int:
    """Return how many bits of a floating-point number a type needs."""
    digits = _digits(name)
    if name in FLOATING | SIGNED | UNSIGNED:
        return (FLOATING | SIGNED | UNSIGNED)[name]
    return FLOATING["DOUBLE"] if digits and sum(digits) <= DIGITS_OF_A_DOUBLE else 1000


def _whole(one: str, other: str) -> str:
    bits = SIGNED | UNSIGNED
    kind = UNSIGNED if one in UNSIGNED and other in UNSIGNED else SIGNED
    needed = max(bits[one], bits[other])
    return next(name for name, there in kind.items() if there >= needed)


def _digits(name: str) -> tuple[int, int] | None:
    """Return how many digits stand before and behind the point."""
    if found := DECIMAL.fullmatch(name):
        digits, scale = int(found[1]), int(found[2])
        return digits - scale, scale
    bits = SIGNED | UNSIGNED
    return (len(str(2 ** bits[name])), 0) if name in bits else None


def loses_text(column: str, data_type: str) -> str | None:
    """Return the SQL condition under which a text, cast to this type, would lose something; None where none can.

    DuckDB rounds `12.75` to a whole number, and cuts the time off a date.
    """
    digits = _digits(data_type)
    if digits:
        exact = rf"regexp_full_match(trim({column}), '[+-]?\d*(\.\d{{0,{digits[1]}}}0*)?')"
        power = f"{column} ilike '%e%' and try_cast({column} as double) = try_cast({column} as {data_type})::double"
        return f"not ({exact} or coalesce({power}, false))"
    if data_type == "DATE":
        return f"try_cast({column} as timestamp) is distinct from {column}::date or {_has_zone(column)}"
    if data_type in FRACTION_DIGITS:
        cut = f"regexp_matches({column}, '\\.\\d{{{FRACTION_DIGITS[data_type]}}}\\d*[1-9]')"
        return f"{cut} or {_has_zone(column)}"
    return _loses_float(column, data_type) if data_type in FLOATING else None


def _has_zone(column: str) -> str:
    """Return the SQL condition under which a text names another zone than UTC, which DuckDB leaves out."""
    zone, utc = r"\d:\d\d(:\d\d(\.\d+)?)?\s*([+-]\d\d|[a-zA-Z])", r"([zZ]|UTC|[+-]00(:?00)?)\s*$"
    return f"(regexp_matches({column}, '{zone}') and not regexp_matches({column}, '{utc}'))"


def _loses_float(column: str, data_type: str) -> str:
    """Return the SQL condition under which a number is too large for a type, or one of too many whole digits."""
    is_infinite = f"isinf(try_cast({column} as {data_type})) and not {column} ilike '%inf%'"
    whole = f"regexp_full_match(trim({column}), '[+-]?\\d{{8,}}')"
    back = f"try_cast(try_cast({column} as {data_type}) as hugeint) is distinct from try_cast({column} as hugeint)"
    return f"coalesce({is_infinite} or ({whole} and {back}), false)"
