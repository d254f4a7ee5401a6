"""Numbers that are written as text: which columns hold nothing else, and the type that holds their values exactly."""

import duckdb

from flows.ingest.column_types import DECIMAL, DIGITS_OF_A_DOUBLE, FLOATING, MAX_DIGITS, SIGNED, UNSIGNED
from flows.sql import quoted

# Without leading zeros, plus signs and spaces: 007 and +49 are names, not numbers.
NUMBER = r"-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?"
SAMPLE_ROWS = 1000
# Whole numbers of which no other type holds all.
UNBOUNDED = ("UHUGEINT", "BIGNUM")
# Beyond, a double is infinite, or nought, or of fewer digits.
WITHIN_DOUBLES = (
    "abs(try_cast(value as double)) between 1e-300 and 1e300 or regexp_full_match(value, '-?0([.]0+)?([eE].*)?')"
)


def is_number(data_type: str) -> bool:
    """Tell whether a DuckDB type is one of numbers."""
    return data_type in {*SIGNED, *UNSIGNED, *FLOATING, *UNBOUNDED} or DECIMAL.fullmatch(data_type) is not None


def number_type(connection: duckdb.DuckDBPyConnection, relation: str, column: str) -> str | None:
    """Return the type that holds a text column's values exactly as numbers; None where one of them is no number.

    A column without values is one of numbers. Digits that no type holds exactly stay text.
    """
    name = quoted(column)
    values = f"select {name} as value from {relation} where {name} is not null"
    numeric = f"coalesce(bool_and(regexp_full_match(value, '{NUMBER}')), true)"
    # Most texts are told by their first values, without reading them all.
    if connection.execute(f"select {numeric} from ({values} limit {SAMPLE_ROWS})").fetchone() == (False,):
        return None
    row = connection.execute(
        f"select {numeric}, coalesce(bool_or(value ilike '%e%'), false), "
        "coalesce(max(length(ltrim(split_part(value, '.', 1), '-'))), 1), "
        "coalesce(max(length(split_part(value, '.', 2))), 0), "
        f"coalesce(bool_and({WITHIN_DOUBLES}), true) from ({values})"
    ).fetchone()
    assert row
    all_numbers, has_powers, before, behind, are_doubles = row
    if not all_numbers:
        return None
    if has_powers:
        return "DOUBLE" if before + behind <= DIGITS_OF_A_DOUBLE and are_doubles else None
    return f"DECIMAL({before + behind},{behind})" if before + behind <= MAX_DIGITS else None
