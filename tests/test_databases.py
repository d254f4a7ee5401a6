"""Databases: a table or query is read whole or on from a cursor, no row lost or doubled, and no secret written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.declaration.declared import SourceColumn
from flows.settings import Settings
from tests.ingesting import ORDERS, TWO_ROWS, ask, rows, run_ingest
from tests.postgresql import PASSWORD, postgresql

TABLE = replace(ORDERS, location="sqlite:///shop.db", options={"table": "orders"})
ON = replace(TABLE, options={"table": "orders", "cursor": "note"})
UNTYPED = replace(TABLE, columns=())
ACTIONS = "select action, loaded_records from records.file_loads order by load_id"


def change(settings: Settings, *statements: str, database: str = "shop.db") -> Path:
    settings.landing.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(settings.landing / database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return settings.landing / database


def orders(settings: Settings) -> Path:
    return change(
        settings,
        "create table orders (order_id text, customer text, note text)",
        "insert into orders values ('1', 'Ada', 'first'), ('2', 'Bob', 'second')",
    )


def test_a_table_is_loaded_whole_and_a_changed_one_supersedes_it(settings: Settings) -> None:
    path = orders(settings)
    assert run_ingest(settings, TABLE).problems == ()
    assert rows(settings) == TWO_ROWS
    assert run_ingest(settings, TABLE).sources[0].files_new == 0
    change(settings, "update orders set customer = 'Ann' where order_id = '1'")
    assert run_ingest(settings, TABLE).problems == ()
    current = "select customer from raw.shop__orders where _superseded_by_file_id is null order by 1"
    assert ask(settings, current) == [("Ann",), ("Bob",)]
    assert ask(settings, "select distinct uri, sheet from records.files") == [(f"sqlite:///{path}", "orders")]


def test_the_same_rows_in_another_order_are_the_same_content(settings: Settings) -> None:
    orders(settings)
    query = replace(TABLE, options={"query": "select * from orders order by 1;"})
    run_ingest(settings, query)
    run_ingest(settings, replace(query, options={"query": "select * from orders order by 1 desc"}))
    assert [action for action, _ in ask(settings, ACTIONS)] == ["loaded", "skipped_same_content"]


def test_values_keep_their_types(settings: Settings) -> None:
    change(
        settings,
        "create table orders (whole integer, part real, bytes blob, words text, mixed, empty text)",
        "insert into orders values (9007199254740993, 0.1, x'00ff', '007', 1, null), (null, 2, null, 'ü', 'a', null)",
    )
    assert run_ingest(settings, UNTYPED).problems == ()
    assert ask(settings, "select columns(c -> c not like '\\_%' escape '\\') from raw.shop__orders") == [
        (9007199254740993, 0.1, b"\x00\xff", "007", "1", None),
        (None, 2.0, None, "ü", "a", None),
    ]


COLUMNS = (SourceColumn("name", "VARCHAR", ()), SourceColumn("moment", "BIGINT", ()))
ROWS = st.lists(st.tuples(st.sampled_from("xy"), st.one_of(st.none(), st.integers(0, 4))), min_size=0, max_size=5)


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(written=st.lists(ROWS, min_size=1, max_size=4))
def test_reading_on_from_a_cursor_loses_and_doubles_nothing(
    tmp_path_factory: pytest.TempPathFactory, written: list[list[tuple[str, int | None]]]
) -> None:
    """Ties at the end, rows without a value, and rows that look the same; nothing comes below the highest value."""
    folder = tmp_path_factory.mktemp("database")
    own = Settings(warehouse=folder / "warehouse", landing=folder / "landing", threads=2)
    change(own, "create table orders (name text, moment integer)")
    source = replace(TABLE, columns=COLUMNS, options={"table": "orders", "cursor": "moment"})
    expected, highest = [], 0
    for batch in written:
        grown = [(name, at if at is None else max(at, highest)) for name, at in batch]
        highest = max([highest, *(at for _, at in grown if at is not None)])
        change(
            own, *(f"insert into orders values ('{name}', {at if at is not None else 'null'})" for name, at in grown)
        )
        expected += grown
        assert run_ingest(own, source).problems == ()
    if expected:
        there = ask(own, "select name, moment from raw.shop__orders where _superseded_by_file_id is null")
        assert sorted(there, key=str) == sorted(expected, key=str)


def test_a_killed_read_is_gone_over_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    orders(settings)
    with monkeypatch.context() as patched:
        patched.setattr("flows.ingest.land._record", killed)
        with pytest.raises(KeyboardInterrupt):
            run_ingest(settings, ON)
    change(settings, "insert into orders values ('3', 'Cy', 'second'), ('4', 'Di', null)")
    assert run_ingest(settings, ON).problems == ()
    change(settings, "insert into orders values ('5', 'Ed', 'third')")
    assert run_ingest(settings, ON).problems == ()
    assert sorted(row[0] for row in rows(settings)) == ["1", "2", "3", "4", "5"]
    assert [loaded for _, loaded in ask(settings, ACTIONS)] == [4, 1]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"table": "no_such"}, "no such table"), ({"query": "select unknown from orders"}, "no such column")],
)
def test_a_wrong_question_is_refused_with_the_databases_words(
    settings: Settings, options: dict[str, str], said: str
) -> None:
    orders(settings)
    problems = run_ingest(settings, replace(TABLE, options=options)).problems
    assert len(problems) == 1
    assert said in problems[0]
    assert "external.options" in problems[0]


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    with postgresql() as connection:
        yield connection


def location(server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MILL_PASSWORD", PASSWORD)
    return f"postgresql://mill:${{MILL_PASSWORD}}@127.0.0.1:{server.info.port}/postgres"


def test_postgresql_is_read_with_its_types_and_its_password_is_nowhere(
    server: psycopg.Connection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(0)
    server.execute(
        "create table typed as select 1::smallint as small, 2::bigint as large, 1.50::numeric(9, 2) as price, "
        "1.2345678901234567890::numeric as exact, true as yes, date '2024-02-29' as day, "
        "timestamptz '2024-02-29 12:00:00.000001+02' as moment, '{\"a\": [1]}'::jsonb as nested, "
        "array[1, 2] as list, '\\x00ff'::bytea as bytes, null::int as nothing, '50 % :of' as words"
    )
    options = {"query": "select * from typed where words like '50 %';"}
    source = replace(UNTYPED, location=location(server, monkeypatch), options=options)
    summary = run_ingest(settings, source)
    assert (summary.problems, summary.sources[0].files_new) == ((), 1)
    types = "SMALLINT|BIGINT|DECIMAL(9,2)|VARCHAR|BOOLEAN|DATE|TIMESTAMP WITH TIME ZONE|VARCHAR|VARCHAR|BLOB"
    assert ask(settings, "select typeof(columns(c -> c not like '\\_%' escape '\\')) from raw.shop__orders") == [
        (*types.split("|"), "INTEGER", "VARCHAR")
    ]
    assert ask(settings, "select exact, nested, list, epoch_us(moment) % 1000000 from raw.shop__orders") == [
        ("1.2345678901234567890", '{"a": [1]}', "[1, 2]", 1)
    ]
    wrong = replace(source, options={"query": "select password from typed"})
    assert "does not exist" in run_ingest(settings, wrong).problems[0]
    monkeypatch.setenv("MILL_PASSWORD", PASSWORD + "2")
    assert "authentication failed" in run_ingest(settings, source).problems[0]
    written = b"".join(path.read_bytes() for path in settings.warehouse.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in written
    assert PASSWORD not in caplog.text + "".join(capfd.readouterr())
    assert ask(settings, "select distinct uri from records.file_loads") == [
        (f"postgresql://127.0.0.1:{server.info.port}/postgres",)
    ]


def test_postgresql_is_read_on_from_a_timestamp(
    server: psycopg.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.execute("create schema shop")
    server.execute('create table shop."Orders" (order_id int, "At" timestamptz)')
    server.execute("""insert into shop."Orders" values (1, '2024-01-01 10:00:00.000001+01'), (2, null)""")
    options = {"table": "shop.Orders", "cursor": "At"}
    source = replace(UNTYPED, location=location(server, monkeypatch), options=options)
    assert run_ingest(settings, source).problems == ()
    assert run_ingest(settings, source).sources[0].files_new == 0
    server.execute("""insert into shop."Orders" values (3, '2024-01-01 09:00:00.000001+00'), (4, now()), (5, null)""")
    assert run_ingest(settings, source).problems == ()
    ids = ask(settings, "select order_id from raw.shop__orders where _superseded_by_file_id is null order by 1")
    assert ids == [(1,), (2,), (3,), (4,), (5,)]


def test_a_database_out_of_reach_is_a_problem(settings: Settings) -> None:
    away = replace(ON, location="postgresql://127.0.0.1:1/shop")
    assert "refused" in run_ingest(settings, away).problems[0]
    assert ask(settings, ACTIONS) == []
