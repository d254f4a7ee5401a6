"""The pages of the macros: each example, run on the table above it, gives the rows that the page shows."""

import csv
import io
import re
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from flows.macros import render, returned
from flows.settings import REPOSITORY

PAGES = ("combine", "deduplicate")
STAGED = "false as _is_rejected, null::bigint as _superseded_by_file_id, null as _problems, null as _formatting"


def blocks(page: str) -> list[tuple[str, str]]:
    """The page's fenced blocks: what stands behind the fence, and the text."""
    text = (REPOSITORY / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"^```(\w+ ?\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def create(connection: duckdb.DuckDBPyConnection, name: str, text: str) -> None:
    """Lay the rows of a page's table into a table, with what `clean` adds to a staging model."""
    head, *rows = csv.reader(io.StringIO(text))
    listed = ", ".join("(" + ", ".join(f"'{cell}'" if cell else "null" for cell in row) + ")" for row in rows)
    types = {"_file_id": "bigint", "_row_number": "bigint", "amount": "decimal(12, 2)", "quantity": "integer"}
    typed = ", ".join(f"{column}::{types.get(column, 'varchar')} as {column}" for column in head)
    content = ", ".join(f"coalesce({column}, chr(0))" for column in head[2:])
    own = f", md5_number([{content}]::varchar) as _row_fingerprint, {STAGED}"
    query = f"select {typed}{own if '_file_id' in head else ''} from (values {listed}) as rows ({', '.join(head)})"
    connection.execute(f"create table {name} as {query}")


def answer(connection: duckdb.DuckDBPyConnection, call: str) -> str:
    """The rows of a macro's call, as CSV."""
    met = {
        each: {row[0]: row[1].lower() for row in connection.execute(f"describe {each}").fetchall()}
        for (each,) in connection.execute("select table_name from duckdb_tables()").fetchall()
    }

    def planned(relations: dict[str, str], columns: Any = None, renamed: Any = None, types: Any = None) -> Any:
        of_relations = {source: met[relation] for source, relation in relations.items()}
        return returned("plan_of_combination", of_relations, columns, renamed or {}, types or {})

    names: dict[str, Any] = {
        name: lambda *given, _name=name, **named: render(_name, *given, **named)
        for name in ("deduplicate", "losers", "join_report", "join_counts")
    }
    names |= {
        name: lambda *given, _name=name, **named: returned(_name, *given, **named)
        for name in ("most_trusted", "most_complete")
    }
    names["ref"] = str
    names["combine"] = lambda relations, **rules: render("combined_as_planned", relations, planned(relations, **rules))
    names["columns_of_combination"] = lambda relations, **rules: render("listed_plan", planned(relations, **rules))
    result = connection.execute(f"select * from ({eval(call.strip()[2:-2].strip(), names)}) order by all")
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([[each[0] for each in result.description], *result.fetchall()])
    return written.getvalue()


@pytest.mark.parametrize("page", PAGES)
def test_a_pages_examples_give_the_rows_that_it_shows(page: str) -> None:
    found = blocks(page)
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        for kind, text in found:
            if kind.startswith("csv "):
                create(connection, kind.split()[1], text)
        shown = [(call, rows) for (kind, call), (_, rows) in pairwise(found) if kind == "sql"]
        assert shown
        for call, rows in shown:
            assert answer(connection, call) == rows
