"""A column that comes under another name: it is said, and declaring the name mends what is loaded already."""

from dataclasses import replace

import pytest

from flows.declaration.declared import SourceColumn
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, ask, put, rows, run_ingest

RENAMED = "order_id,customer,remark\n1,Ada,first\n2,Bob,second\n3,Cem,third\n"
DECLARED = replace(ORDERS, columns=(*ORDERS.columns[:2], SourceColumn("note", "VARCHAR", ("remark",))))


def loads(settings: Settings) -> list[tuple[object, ...]]:
    return ask(settings, "select file_id, action from records.file_loads order by load_id")


def test_a_column_that_is_missing_under_its_name_is_said_with_the_alias_to_declare(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    assert "column" not in caplog.text
    put(settings, "b.csv", RENAMED)
    run_ingest(settings)
    assert "no column note in" in caplog.text and "declare alias 'remark' for note" in caplog.text
    assert "b.csv" in caplog.text and "is new in" not in caplog.text


def test_columns_without_a_proposal_are_said_once_for_all_files(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.csv", "b.csv"):
        put(settings, name, f"order_id,customer,channel\n{name},x,web\n")
    run_ingest(settings)
    said = [line for line in caplog.messages if "column" in line]
    assert len(said) == 2
    assert "no column note in 2 files, such as" in said[0] and "its values are null" in said[0]
    assert "column channel is new in " in said[1] and "until it is declared" in said[1]


def test_an_alias_that_is_declared_later_moves_the_values_of_the_files_loaded_before(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    put(settings, "b.csv", RENAMED)
    run_ingest(settings)
    assert rows(settings)[2:] == [("1", "Ada", None), ("2", "Bob", None), ("3", "Cem", None)]
    run_ingest(settings, DECLARED)
    assert rows(settings)[2:] == [("1", "Ada", "first"), ("2", "Bob", "second"), ("3", "Cem", "third")]
    assert loads(settings) == [(1, "loaded"), (2, "loaded"), (2, "replayed")]
    run_ingest(settings, DECLARED)
    assert len(loads(settings)) == 3


def test_a_file_with_values_under_both_names_keeps_them_where_they_are(settings: Settings) -> None:
    put(settings, "a.csv", "order_id,customer,note,remark\n1,Ada,first,kept\n2,Bob,,kept\n")
    run_ingest(settings)
    run_ingest(settings, DECLARED)
    assert ask(settings, "select note, remark from raw.shop__orders order by 1") == [("", "kept"), ("first", "kept")]


def test_values_that_the_declared_type_does_not_hold_stay_and_say_so(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    put(settings, "a.csv", RENAMED)
    run_ingest(settings, replace(ORDERS, columns=ORDERS.columns[:2]))
    typed = replace(ORDERS, columns=(*ORDERS.columns[:2], SourceColumn("n", "BIGINT", ("remark",))))
    run_ingest(settings, typed)
    assert "cannot move to n, because it is declared BIGINT; declare data_type: varchar" in caplog.text
    assert ask(settings, "select count(remark), count(n) from raw.shop__orders") == [(3, 0)]
