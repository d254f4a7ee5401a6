"""Texts in columns of a declared type: each becomes its type exactly, or its file is refused with one line."""

from dataclasses import replace

import duckdb
import pytest

from flows import warehouse
from flows.declaration.declared import SourceColumn
from flows.ingest import IngestSummary
from flows.settings import Settings
from tests.ingesting import ORDERS, ask, put, run_ingest

LOST = [
    ("TIMESTAMP", "2024-01-01 10:00:00+02"),
    ("TIMESTAMP", "2024-01-01T10:00-0530"),
    ("TIMESTAMP", "2024-01-01 10:00:00.1234567"),
    ("TIMESTAMP_NS", "2024-01-01 10:00:00.123456789"),
    ("TIMESTAMP_S", "2024-01-01 10:00:00.5"),
    ("DATE", "2024-01-01 00:00:00+02"),
    ("TIME", "10:00:00.1234567"),
    ("DOUBLE", "1e400"),
    ("DOUBLE", "9007199254740993"),
    ("FLOAT", "16777217"),
]
KEPT = [
    ("TIMESTAMP", "2024-01-01T10:00:00.123456000Z", "2024-01-01 10:00:00.123456"),
    ("TIMESTAMP", "2024-01-01 10:00:00+00:00", "2024-01-01 10:00:00"),
    ("TIMESTAMP", "2024-01-01", "2024-01-01 00:00:00"),
    ("DATE", "2024-01-01T00:00:00Z", "2024-01-01"),
    ("TIME", "10:00:00.5", "10:00:00.5"),
    ("DOUBLE", "0.30000000000000004", "0.30000000000000004"),
    ("DOUBLE", "9007199254740992", "9007199254740992.0"),
    ("DOUBLE", "-inf", "-inf"),
]


def ingest_one(settings: Settings, data_type: str, text: str) -> IngestSummary:
    columns = (SourceColumn("value", data_type, ()), SourceColumn("note", "VARCHAR", ()))
    put(settings, "a.csv", f"value,note\n{text},x\n")
    return run_ingest(settings, replace(ORDERS, columns=columns))


@pytest.mark.parametrize(("data_type", "text"), LOST)
def test_a_text_that_its_type_would_cut_or_move_refuses_the_file(settings: Settings, data_type: str, text: str) -> None:
    (problem,) = ingest_one(settings, data_type, text).problems
    assert f"cannot hold exactly {text}" in problem


@pytest.mark.parametrize(("data_type", "text", "value"), KEPT)
def test_a_text_that_its_type_holds_lands(settings: Settings, data_type: str, text: str, value: str) -> None:
    assert ingest_one(settings, data_type, text).problems == ()
    assert ask(settings, "select value::varchar from raw.shop__orders") == [(value,)]


def test_the_zone_of_the_machine_moves_no_value(settings: Settings) -> None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Kolkata'")
        warehouse.configure(connection, settings)
        moved = "select epoch('1970-01-01 00:00:01'::timestamptz), epoch(to_timestamp(1)::timestamp)"
        assert connection.execute(moved).fetchall() == [(1.0, 1.0)]


@pytest.mark.parametrize("text", ["", "99999999999"])
def test_a_text_that_is_no_value_of_its_type_is_named_without_the_engines_sql(settings: Settings, text: str) -> None:
    (problem,) = ingest_one(settings, "INTEGER", text).problems
    assert f"'{text}'" in problem
    assert "declare a data_type that holds it in" in problem
    assert "LINE 1" not in problem
