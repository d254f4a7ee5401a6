"""Published tables that are continued: of a table that dbt builds batch by batch only the changed rows are published.

Knows what a batch leaves for it: the mark in the table's comment, and `batches.changed_rows`. The tables of the new
file, which starts as a copy of the published one, are attached as `published`.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.sql import count_rows, literal, quoted

CHANGED_ROWS = "batches.changed_rows"


@dataclass(frozen=True)
class Contents:
    """How many rows, and the sum of their md5 numbers: parts of a table that can be added and taken away."""

    rows: int
    total: int

    @property
    def content_hash(self) -> str:
        """A hash of the rows that neither their order nor equal pairs of them can deceive."""
        return hashlib.md5(f"{self.rows}:{self.total}".encode(), usedforsecurity=False).hexdigest()

    def changed(self, removed: "Contents", added: "Contents") -> "Contents":
        """Return the contents without the removed and with the added rows."""
        return Contents(self.rows - removed.rows + added.rows, self.total - removed.total + added.total)


def contents(connection: duckdb.DuckDBPyConnection, relation: str, joined: str = "") -> Contents:
    """Return the contents of a relation's rows; the md5 is of a row's JSON text, in which every value is delimited."""
    row = connection.execute(
        "select count(*), coalesce(sum(row_number), 0)::varchar from "
        f"(select md5_number_lower(to_json(each)::varchar)::hugeint as row_number from {relation} as each{joined})"
    ).fetchone()
    assert row is not None
    return Contents(int(row[0]), int(row[1]))


def note_contents(connection: duckdb.DuckDBPyConnection, name: str, found: Contents) -> None:
    """Note in a table just published which state of it that is, if it is one that batches go on from."""
    mark = _mark(connection, "current_database()", name)
    if mark:
        noted = {"generation": mark["generation"], "definition": mark["definition"], "load_id": mark["load_id"]}
        text = json.dumps({**noted, "rows": found.rows, "total": str(found.total)})
        connection.execute(f"comment on table published.{_table(name)} is {literal(text)}")


def continuable(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[str]:
    """Return the tables of which nothing but batches stands between the published state and the warehouse's."""
    return [name for name in names if _is_continuable(connection, name)]


def _is_continuable(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    mark, published = _mark(connection, "current_database()", name), _mark(connection, "'published'", name)
    return (
        "plan" in mark
        and mark["plan"]["replaces"] in ("rows", "files")
        and all(mark[each] == published.get(each) for each in ("generation", "definition"))
        and mark["load_id"] >= published["load_id"]
    )


def continue_table(connection: duckdb.DuckDBPyConnection, name: str) -> Contents | None:
    """Bring a published table up to date by the rows that batches have changed; none where it does not become equal."""
    plan, published = _mark(connection, "current_database()", name)["plan"], _mark(connection, "'published'", name)
    connection.execute(
        "create or replace temporary table changed_rows as "
        f"select distinct file_id as _file_id, row_number as _row_number from {CHANGED_ROWS} "
        f"where relation = {literal(name)} and load_id > {published['load_id']}"
    )
    target, changed = f"published.{_table(name)}", _changed(plan)
    removed = contents(connection, target, f", {changed}")
    connection.execute(f"delete from {target} as each using {changed}")
    connection.execute(
        f"create or replace temporary table new_rows as select each.* from {_table(name)} as each, {changed}"
    )
    connection.execute(f"insert into {target} by name from new_rows")
    found = Contents(published["rows"], int(published["total"])).changed(removed, contents(connection, "new_rows"))
    # Not so where something else has written to the table.
    return found if found.rows == count_rows(connection, _table(name)) == count_rows(connection, target) else None


def _changed(plan: dict[str, Any]) -> str:
    """Return what picks the changed rows of a table, joined to it as `each`; docs/decisions/0005 says why so."""
    file_id, row_number = (f"each.{column}" for column in plan["place"])
    if plan["replaces"] == "files":
        return f"(select distinct _file_id from changed_rows) as changed where {file_id} = changed._file_id"
    # Jinja is not loaded by a run that has nothing to publish.
    from flows.macros import render

    is_changed = render("is_in_places", file_id, row_number, "changed_rows")
    return f"{render('likely_places', 'changed_rows')} where {is_changed}"


def _table(name: str) -> str:
    schema, table = name.split(".")
    return f"{schema}.{quoted(table)}"


def _mark(connection: duckdb.DuckDBPyConnection, database: str, name: str) -> dict[str, Any]:
    """Return what is noted in a table, nothing where that is no mark."""
    schema, table = name.split(".")
    found = connection.execute(
        f"select string_split(comment, chr(10))[-1] as mark from duckdb_tables() where database_name = {database} "
        f"and schema_name = {literal(schema)} and table_name = {literal(table)} "
        "and mark like '{%' and json_valid(mark)"
    ).fetchall()
    mark: dict[str, Any] = json.loads(found[0][0]) if found else {}
    return mark if "generation" in mark else {}


def is_counted_from(connection: duckdb.DuckDBPyConnection, file: Path) -> bool:
    """Tell whether the changed rows are those since just this file was published.

    It is not where a publication was killed, the warehouse is an older copy, or somebody has written to the file.
    """
    return file.exists() and _noted(connection).get("file") == _identity(file)


def count_from(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Forget the changed rows that this file, just published, has; those to come count from it.

    Up to which load they are forgotten stands in the comment: a table that is behind cannot go on from there.
    """
    ((last,),) = connection.execute(f"select max(load_id) from {CHANGED_ROWS}").fetchall()
    forgotten = max(last or 0, _noted(connection).get("load_id", 0))
    connection.execute(f"delete from {CHANGED_ROWS}")
    _note(connection, {"file": _identity(file), "load_id": forgotten})


def note_file(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Note that the file was replaced without a change to what batches have built."""
    _note(connection, {**_noted(connection), "file": _identity(file)})


def _note(connection: duckdb.DuckDBPyConnection, noted: dict[str, Any]) -> None:
    connection.execute(f"comment on table {CHANGED_ROWS} is {literal(json.dumps(noted))}")


def _noted(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return what the comment says; nothing before the first publication, and of an older Tidemill's comment."""
    found = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'batches' and table_name = 'changed_rows' "
        "and database_name = current_database() and json_valid(comment)"
    ).fetchall()
    noted: dict[str, Any] = json.loads(found[0][0]) if found else {}
    return noted


def _identity(file: Path) -> str:
    found = file.stat()
    return f"{found.st_size} bytes of {found.st_mtime_ns}"
