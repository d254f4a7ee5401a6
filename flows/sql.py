"""SQL text: names and values put safely into a statement, and the shortest questions."""

import glob
from collections.abc import Iterable
from pathlib import Path

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


def as_they_stand(paths: Iterable[Path]) -> str:
    """Return the arguments by which DuckDB reads files just as they stand.

    Their names are no patterns, and no folder called `name=value` gives its value to a column.
    """
    return f"[{', '.join(literal(glob.escape(str(path))) for path in paths)}], hive_partitioning = false"


def parquet(path: Path) -> str:
    """Return the relation of a Parquet file's rows."""
    return f"read_parquet({as_they_stand([path])})"


def count_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Return how many rows a relation has."""
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None
    return int(row[0])
