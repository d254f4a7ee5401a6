"""SQL text: names and values put safely into a statement, and the shortest questions."""

from collections.abc import Iterable

import duckdb


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """Return a text as an SQL literal."""
    written = "'" + str(text).replace("'", "''") + "'"
    # DuckDB takes a zero byte for the end of a statement.
    return "(" + written.replace("\0", "' || chr(0) || '") + ")" if "\0" in written else written


def literals(texts: Iterable[object]) -> str:
    """Return texts as an SQL list; a list that is a parameter would make DuckDB import pandas."""
    return f"[{', '.join(map(literal, texts))}]::varchar[]"


def count_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Return how many rows a relation has."""
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None
    return int(row[0])
