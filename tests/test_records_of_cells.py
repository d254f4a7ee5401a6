"""The records show what stood in a cell, however its column is written in the declaration."""

from typing import Any

import pytest

from flows.commands.lineage import Change, _changes
from tests.rendering import relation, render
from tests.test_incremental import ACCOUNTED, CLEANED, KEPT, RAW, load, warehouse

REJECTED, CHANGED = relation("records", "rejected_rows"), relation("records", "formatting_changes")


@pytest.mark.parametrize(
    "rules", [{"Amount": {"type": "decimal(12, 2)"}}, {"price": {"from": "AMOUNT", "type": "integer"}}]
)
def test_what_stood_in_the_cell_is_found_whatever_the_case_of_its_name(rules: dict[str, Any]) -> None:
    connection = warehouse()
    load(connection, 1, "new", [("A", "twelve", "x"), ("B", " 1", "x")], 0, RAW)
    models = {CLEANED: render("clean", RAW, rules), KEPT: render("deduplicate", CLEANED)}
    models |= {REJECTED: render("rejected_rows", ACCOUNTED), CHANGED: render("formatting_changes", ACCOUNTED)}
    for table, sql in models.items():
        connection.execute(f"create table {table} as {sql}")
    bad = connection.execute(f"select bad_value from {REJECTED} where stage = 'clean'").fetchall()
    assert bad == [("twelve",)]
    assert connection.execute(f"select example_before, n_values from {CHANGED}").fetchall() == [(" 1", 1)]


def test_a_column_with_a_quote_in_its_name_is_cleaned_and_recorded() -> None:
    connection = warehouse()
    connection.execute(f'alter table {RAW} rename column amount to "a""b: c,d"')
    load(connection, 1, "new", [("A", "twelve", "x")], 0, RAW)
    rules = {"amount": {"from": 'a"b: c,d', "type": "integer"}}
    connection.execute(f"create table {CLEANED} as {render('clean', RAW, rules)}")
    found = connection.execute(f"select bad_value from ({render('rejected_rows', ACCOUNTED)}) where stage = 'clean'")
    assert found.fetchall() == [("twelve",)]


def test_a_trace_shows_what_stood_whatever_the_case_of_the_columns_name() -> None:
    cleaned = {"amount": "1.00", "Day": "2026-01-01", "_formatting": "amount:trim:PRICE::1", "_problems": None}
    changes = list(_changes(warehouse(), {"price": " 1", "day": "01.01.2026"}, cleaned))
    assert changes == [Change("amount", "trim", " 1", "1.00"), Change("Day", "type", "01.01.2026", "2026-01-01")]


def test_a_trace_goes_past_a_cell_that_is_broken_json() -> None:
    cleaned = {"a": None, "_formatting": None, "_problems": "a:required:usage:$.a:1:a value"}
    changes = list(_changes(warehouse(), {"usage": '{"a": '}, cleaned))
    assert changes == [Change("a", "required", '{"a": ', None)]


@pytest.mark.parametrize("name", ["raw_rows", "cleaned", "codes", "Select"])
def test_the_records_show_the_exact_cell_whatever_its_type_and_name(name: str) -> None:
    connection = warehouse()
    load(connection, 1, "new", [("A", "", "")], 0, RAW)
    exact = "1234567890123456789012345678.0123456789"
    connection.execute(f'alter table {RAW} add column "{name}" decimal(38, 10)')
    connection.execute(f"""update {RAW} set "{name}" = '{exact}'""")
    rules = {name: {"type": "decimal(38, 2)"}, "limited": {"from": name, "type": "decimal(38, 10)", "maximum": 5}}
    connection.execute(f"create table {CLEANED} as {render('clean', RAW, rules)}")
    bad = connection.execute(f"select bad_value from ({render('rejected_rows', ACCOUNTED)}) where stage = 'clean'")
    assert bad.fetchall() == [(exact,)]
    changed = connection.execute(
        f"select example_before, example_after from ({render('formatting_changes', ACCOUNTED)})"
    )
    assert changed.fetchall() == [(exact, exact[:-8])]
