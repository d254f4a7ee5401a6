"""MySQL, as MariaDB speaks it: read whole or on from a cursor with its types, no row lost, no password written."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pymysql
import pytest

from flows.declaration import Source
from flows.settings import Settings
from tests.ingesting import ask, run_ingest
from tests.mysql import PASSWORD, mysql
from tests.test_databases import UNTYPED

OWN_COLUMNS = "columns(c -> c not like '\\_%' escape '\\')"


@pytest.fixture(scope="module")
def server() -> Iterator["pymysql.Connection[Any]"]:
    with mysql() as connection:
        yield connection


@pytest.fixture
def source(server: "pymysql.Connection[Any]", monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setenv("MILL_PASSWORD", PASSWORD)
    return replace(UNTYPED, location=f"mysql://mill:${{MILL_PASSWORD}}@127.0.0.1:{server.port}/shop")


def execute(server: "pymysql.Connection[Any]", *statements: str) -> None:
    with server.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


TYPED = """
    create table typed (
        small tinyint, medium mediumint, large bigint, huge bigint unsigned, year_of year,
        price decimal(9, 2), exact decimal(40, 5), part double,
        day date, moment datetime(6), stamp timestamp, spent time(3),
        flags bit(10), nested json, words varchar(40) character set utf8mb4, bytes varbinary(4),
        kind enum('a', 'b'), several set('x', 'y'), nothing int, primary key (huge)
    ) character set utf8mb4
"""
VALUES = """
    insert into typed values (
        -128, 8388607, -9223372036854775808, 18446744073709551615, 2024,
        1.50, 12345678901234567890123456789012345.12345, 0.1,
        '2024-02-29', '2024-02-29 12:00:00.000001', '2024-02-29 12:00:00', '-25:00:00.5',
        b'1000000001', '{"a": [1, "ü"]}', '50 % :of 🌊', x'00ff',
        'b', 'x,y', null
    )
"""


def test_mysql_is_read_with_its_types(server: "pymysql.Connection[Any]", settings: Settings, source: Source) -> None:
    execute(server, TYPED, VALUES)
    assert run_ingest(settings, replace(source, options={"table": "typed"})).problems == ()
    rows = ask(settings, f"select {OWN_COLUMNS} from raw.shop__orders")
    assert [str(value) for value in rows[0]] == [
        *("-128", "8388607", "-9223372036854775808", "18446744073709551615", "2024"),
        *("1.50", "12345678901234567890123456789012345.12345", "0.1"),
        *("2024-02-29", "2024-02-29 12:00:00.000001", "2024-02-29 12:00:00+00:00", "-25:00:00.500"),
        *("513", '{"a": [1, "ü"]}', "50 % :of 🌊", str(b"\x00\xff")),
        *("b", "x,y", "None"),
    ]
    types = ask(settings, f"select typeof({OWN_COLUMNS}) from raw.shop__orders")[0]
    assert types[3] == "UBIGINT"
    assert types[8:10] == ("DATE", "TIMESTAMP")
    assert types[15] == "BLOB"


def test_a_date_that_is_none_is_refused_with_its_value_and_loads_as_text_when_asked_to(
    server: "pymysql.Connection[Any]", settings: Settings, source: Source
) -> None:
    execute(server, "create table zero (day date, moment datetime)")
    execute(server, "insert into zero values ('0000-00-00', '2024-00-15 00:00:00'), ('2024-02-29', null)")
    problem = run_ingest(settings, replace(source, options={"table": "zero"})).problems[0]
    assert "column day" in problem
    assert "0000-00-00" in problem
    assert "cast the column to text in options.query" in problem
    as_text = "select cast(day as char) as day, cast(moment as char) as moment from zero"
    assert run_ingest(settings, replace(source, options={"query": as_text})).problems == ()
    assert ask(settings, "select day, moment from raw.shop__orders order by 1") == [
        ("0000-00-00", "2024-00-15 00:00:00"),
        ("2024-02-29", None),
    ]


def test_the_same_rows_are_known_and_changed_ones_supersede_them(
    server: "pymysql.Connection[Any]", settings: Settings, source: Source
) -> None:
    execute(server, "create table whole (name varchar(9), stamp timestamp null)")
    execute(server, "set time_zone = '+00:00'", "insert into whole values ('ü', '2024-07-01 12:00:00'), (null, null)")
    whole = replace(source, options={"table": "whole"})
    run_ingest(settings, whole)
    execute(server, "set global time_zone = '+05:00'")  # tells the same moment in other words
    assert run_ingest(settings, whole).problems == ()
    execute(server, "update whole set name = 'ö' where name = 'ü'")
    run_ingest(settings, whole)
    actions = ask(settings, "select action from records.file_loads order by load_id")
    assert [action for (action,) in actions] == ["loaded", "skipped_same_content", "loaded", "superseded"]
    current = "select name, epoch(stamp) from raw.shop__orders where _superseded_by_file_id is null order by name"
    assert ask(settings, current) == [("ö", 1_719_835_200.0), (None, None)]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint unsigned", ["18446744073709551613", "18446744073709551614", "18446744073709551615"]),
        ("decimal(30, 20)", ["1.00000000000000000001", "1.00000000000000000002", "1.00000000000000000003"]),
        ("datetime(6)", ["'2024-01-01 10:00:00.000001'", "'2024-01-01 10:00:00.000002'", "'2024-01-02'"]),
        ("timestamp(6) null", ["'2024-01-01 10:00:00.000001'", "'2024-01-01 10:00:00.000002'", "'2024-01-02'"]),
        ("varchar(20)", [r"'a''\\'", r"'b % :x \\'", "'c🌊'"]),
    ],
)
def test_mysql_is_read_on_from_a_cursor_and_late_ties_are_neither_lost_nor_doubled(
    server: "pymysql.Connection[Any]", settings: Settings, source: Source, kind: str, values: list[str]
) -> None:
    first, second, third = values
    execute(server, "drop table if exists growing")
    execute(server, f"create table growing (order_id int, `at` {kind}) character set utf8mb4")
    execute(server, f"insert into growing values (1, {first}), (2, {second}), (3, null)")
    growing = replace(source, options={"table": "shop.growing", "cursor": "at"})
    assert run_ingest(settings, growing).problems == ()
    assert run_ingest(settings, growing).sources[0].files_new == 0
    execute(server, f"insert into growing values (4, {second}), (5, {third}), (6, null), (2, {second})")
    assert run_ingest(settings, growing).problems == ()
    ids = ask(settings, "select order_id from raw.shop__orders where _superseded_by_file_id is null order by 1")
    assert ids == [(1,), (2,), (2,), (3,), (4,), (5,), (6,)]
    assert [loaded for (loaded,) in ask(settings, "select loaded_records from records.file_loads")] == [3, 4]


def test_a_cursor_that_cannot_be_compared_exactly_is_refused(
    server: "pymysql.Connection[Any]", settings: Settings, source: Source
) -> None:
    execute(server, "create table inexact (part float)", "insert into inexact values (0.1)")
    inexact = replace(source, options={"table": "inexact", "cursor": "part"})
    assert "equals no value there" in run_ingest(settings, inexact).problems[0]


def test_mysqls_password_is_nowhere(
    server: "pymysql.Connection[Any]",
    settings: Settings,
    source: Source,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(0)
    execute(server, "create table plain (order_id int)", "insert into plain values (1)")
    plain = replace(source, options={"table": "plain"})
    assert run_ingest(settings, plain).problems == ()
    assert "no_such" in run_ingest(settings, replace(plain, options={"table": "no_such"})).problems[0]
    monkeypatch.setenv("MILL_PASSWORD", PASSWORD + "2")
    assert "Access denied" in run_ingest(settings, plain).problems[0]
    monkeypatch.setenv("MILL_PASSWORD", PASSWORD)
    away = replace(plain, location=plain.location.replace(str(server.port), "1"))
    assert "refused" in run_ingest(settings, away).problems[0]
    written = b"".join(path.read_bytes() for path in settings.warehouse.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in written
    assert "s3cret" not in caplog.text + "".join(capfd.readouterr())
    uris = {uri for (uri,) in ask(settings, "select uri from records.file_loads")}
    assert uris == {f"mysql://127.0.0.1:{server.port}/shop", "mysql://127.0.0.1:1/shop"}
