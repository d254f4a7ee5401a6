"""Databases: what changes between two reads from a cursor, and values a driver would change, lose or hide."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from flows.errors import DeclarationError
from flows.settings import Settings
from tests.ingesting import ask, run_ingest
from tests.postgresql import postgresql
from tests.test_databases import ACTIONS, UNTYPED, change, location

ON = replace(UNTYPED, options={"table": "orders", "cursor": "id"})
QUERIED = replace(UNTYPED, options={"query": "select id, word from orders", "cursor": "id"})
LIVE = "select id, word from raw.shop__orders where _superseded_by_file_id is null order by 1, 2"


def orders(settings: Settings, *values: str, columns: str = "id integer, word text") -> None:
    change(settings, f"create table orders ({columns})", *(f"insert into orders values ({each})" for each in values))


@pytest.mark.parametrize("before", [UNTYPED, QUERIED])
@pytest.mark.parametrize("on_change", ["replace", "append"])
def test_another_question_begins_anew_and_replaces_what_the_last_one_brought(
    settings: Settings, before: object, on_change: str
) -> None:
    orders(settings, "1, 'one'", "2, 'two'")
    run_ingest(settings, replace(before, on_change=on_change))  # type: ignore[type-var]
    for more in ((), ("insert into orders values (3, 'three')",)):
        change(settings, *more)
        run_ingest(settings, replace(ON, on_change=on_change))
    expected = [(1, "one"), (2, "two")] * (2 if on_change == "append" else 1)
    assert ask(settings, LIVE) == [*sorted(expected), (3, "three")]


def test_a_column_added_to_a_table_doubles_no_row_at_the_cursor(settings: Settings) -> None:
    orders(settings, "1, 'one'", "2, 'two'", "null, 'none'")
    run_ingest(settings, ON)
    change(settings, "alter table orders add column note text", "insert into orders values (2, 'late', 'tie')")
    assert run_ingest(settings, ON).problems == ()
    assert ask(settings, LIVE) == [(1, "one"), (2, "late"), (2, "two"), (None, "none")]


def test_rows_are_told_apart_by_all_columns_whatever_their_names(settings: Settings) -> None:
    orders(settings, "1, 'a', 'first'", columns="id integer, other text, word text")
    orders_each = replace(ON, options={"query": 'select id, other as "each", word from orders', "cursor": "id"})
    run_ingest(settings, orders_each)
    change(settings, "insert into orders (rowid, id, other, word) values (-1, 1, 'a', 'second')")
    run_ingest(settings, orders_each)
    assert ask(settings, LIVE) == [(1, "first"), (1, "second")]


def test_numbers_beside_texts_are_no_cursor(settings: Settings) -> None:
    orders(settings, "1, 'one'", "'n/a', 'none'", columns="id, word text")
    (problem,) = run_ingest(settings, ON).problems
    assert "1 numbers and 1 texts" in problem


def test_a_locked_database_is_read_in_the_next_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    orders(settings, "1, 'one'")
    connect = sqlite3.connect
    with closing(connect(settings.landing / "shop.db", isolation_level=None)) as writer:
        writer.execute("begin exclusive")
        with monkeypatch.context() as patched:
            patched.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, timeout=0, **named))
            (problem,) = run_ingest(settings, UNTYPED).problems
        assert "locked" in problem
        writer.execute("rollback")
    assert run_ingest(settings, UNTYPED).problems == ()
    assert ask(settings, ACTIONS) == [("failed", 0), ("loaded", 1)]


def test_a_comment_behind_a_query_is_no_error(settings: Settings) -> None:
    orders(settings, "1, 'one'")
    commented = replace(UNTYPED, options={"query": "select * from orders -- all of them"})
    assert run_ingest(settings, commented).problems == ()


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    with postgresql() as connection:
        yield connection


def test_a_tie_at_a_number_of_four_bytes_is_loaded_once(
    server: psycopg.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.execute("create table orders (id float4, word text)")
    source = replace(ON, location=location(server, monkeypatch))
    for word in ("first", "second"):
        server.execute(f"insert into orders values (0.1, '{word}')")
        run_ingest(settings, source)
    assert ask(settings, "select word from raw.shop__orders order by 1") == [("first",), ("second",)]


def test_postgresql_json_and_bytes_in_lists_keep_their_text(
    server: psycopg.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = (
        """select '{"a": 1.10, "b": 1e400, "a": 2}'::json as j, '[12345678901234567890.123]'::jsonb as jb, """
        "array['\\x00ff'::bytea] as list"
    )
    run_ingest(settings, replace(UNTYPED, location=location(server, monkeypatch), options={"query": query}))
    assert ask(settings, "select j, jb, list from raw.shop__orders") == [
        ('{"a": 1.10, "b": 1e400, "a": 2}', "[12345678901234567890.123]", '["00ff"]')
    ]


@pytest.mark.parametrize("cursor", [{}, {"cursor": "id"}])
def test_columns_that_differ_in_case_only_are_refused(
    server: psycopg.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch, cursor: dict[str, str]
) -> None:
    options = {"query": 'select 1 as id, 2 as a, 3 as "A"', **cursor}
    (problem,) = run_ingest(
        settings, replace(UNTYPED, location=location(server, monkeypatch), options=options)
    ).problems
    assert "two columns are named a, A" in problem


def test_an_address_without_meaning_is_an_error_without_its_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILL_PASSWORD", "s3cret")
    away = replace(UNTYPED, location="postgresql://mill:${MILL_PASSWORD}@host:port/shop")
    with pytest.raises(DeclarationError, match="no address of a database") as raised:
        run_ingest(settings, away)
    assert "s3cret" not in str(raised.value)


def test_a_place_out_of_reach_is_named_without_user_and_query(settings: Settings) -> None:
    away = replace(ON, location="postgresql://mill@127.0.0.1:1/shop?application_name=s3cret")
    (problem,) = run_ingest(settings, away).problems
    assert "mill" not in problem
    assert "s3cret" not in problem
