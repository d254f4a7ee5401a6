"""The page of `compare`: its examples for dbt, run on the files that the page shows, give the rows that it shows."""

import csv
import io
import re
from collections.abc import Iterator
from functools import partial

import duckdb
import pytest
from jinja2 import Environment

from flows.macros import render
from flows.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "compare.md").read_text(encoding="utf-8")
FILES = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """The files of the page as tables, loaded before the moment of the page, and one row of the right side after it."""
    with duckdb.connect() as connection:
        for names, text in zip((("old", "before"), ("new", "after")), FILES, strict=False):
            rows = [[cell or None for cell in row] for row in list(csv.reader(io.StringIO(text)))[1:]]
            for name in names:
                connection.execute(f"create table {name} (id bigint, name varchar, amount double, note varchar)")
                connection.executemany(f"insert into {name} values (?, ?, ?, ?)", rows)
                connection.execute(f"alter table {name} add column _loaded_at timestamp default '2026-01-31 05:00:00'")
        connection.execute("update after set _loaded_at = '2026-01-31 07:00:00' where id = 4")
        yield connection


def answer(connection: duckdb.DuckDBPyConnection, example: str) -> str:
    sql = Environment().from_string(example).render(compare=partial(render, "compare"), ref=str)
    result = connection.execute(f"select * exclude (_differences) from ({sql}) order by id, _pair")
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([[each[0] for each in result.description], *result.fetchall()])
    return written.getvalue()


def test_the_macro_gives_the_rows_that_its_page_shows(connection: duckdb.DuckDBPyConnection) -> None:
    assert answer(connection, EXAMPLES[0]) == FILES[2]


def test_the_page_describes_every_column_that_the_macro_gives(connection: duckdb.DuckDBPyConnection) -> None:
    given = {re.sub(r"^(name|amount)__", "name__", each) for each in FILES[2].split("\n")[0].split(",")} - {"id"}
    table = PAGE[PAGE.index("| the key |") :].split("\n\n")[0]
    described = {name for line in table.splitlines()[1:] for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert described == given | {"_differences"}


def test_the_snapshots_of_the_page_are_compared_by_what_was_loaded_last(connection: duckdb.DuckDBPyConnection) -> None:
    rows = list(csv.DictReader(io.StringIO(answer(connection, EXAMPLES[1]))))
    assert [(row["id"], row["changed_columns"]) for row in rows] == [("4", "name,amount")]
