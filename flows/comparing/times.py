"""Dates, points in time and times of day: what their differences are counted in, and which texts are some."""

import duckdb

from flows.sql import quoted

DATE, TIMESTAMP, TIME = "DATE", "TIMESTAMP", "TIME"
ZONED, NANOSECONDS = "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"
MOMENTS = {DATE, TIMESTAMP, "TIMESTAMP_S", "TIMESTAMP_MS", NANOSECONDS, ZONED}
# As dates and points in time without a zone are written by machines; more digits than a TIMESTAMP holds stay a text.
WRITTEN_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
WRITTEN_MOMENT = f"{WRITTEN_DATE}([ T][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]{{1,6}})?)?)?"
SAMPLE_ROWS = 1000


def unit_of(data_type: str) -> str | None:
    """Return what a difference between values of this type is counted in; None where they are no times."""
    if data_type == DATE:
        return "day"
    return "second" if data_type in MOMENTS | {TIME} else None


def moment_type(connection: duckdb.DuckDBPyConnection, relation: str, column: str) -> str | None:
    """Return the type of which a text column's values are all written; None where one of them is no point in time."""
    values = f"select {quoted(column)} as value from {relation} where {quoted(column)} is not null"
    # Most texts are told by their first values, without reading them all.
    return _type_of(connection, f"({values} limit {SAMPLE_ROWS})") and _type_of(connection, f"({values})")


def _type_of(connection: duckdb.DuckDBPyConnection, values: str) -> str | None:
    row = connection.execute(
        f"select coalesce(bool_and(regexp_full_match(value, '{WRITTEN_DATE}')), true), "
        f"coalesce(bool_and(regexp_full_match(value, '{WRITTEN_MOMENT}') and "
        f"try_cast(value as {TIMESTAMP}) is not null), true) from {values}"
    ).fetchone()
    assert row
    are_dates, are_moments = row
    if not are_moments:
        return None
    return DATE if are_dates else TIMESTAMP
