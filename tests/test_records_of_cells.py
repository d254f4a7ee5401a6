"""The records show what stood in a cell, however its column is written in the declaration."""

import re
import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


BLANKS = "\t\u00a0\u2003"
LETTERS = st.text(f"aN/Ae\u0301\u200b\x07 {BLANKS}", max_size=5)


def changed(text: str) -> tuple[str, ...]:
    """The rules that rewrite a text, as Python finds them."""
    steps = [text, re.sub("[\u200b\x07]", "", text)]
    steps.append(steps[-1].strip(f" {BLANKS}"))
    steps.append(re.sub(f"[ {BLANKS}]{{2,}}|[{BLANKS}]", " ", steps[-1]))
    steps.append(unicodedata.normalize("NFC", steps[-1]))
    steps.append("" if steps[-1].lower() in ("n/a", "na", "nan") else steps[-1])
    rules = ("control", "trim", "spaces", "unicode", "null_token")
    return tuple(rule for rule, one, other in zip(rules, steps, steps[1:], strict=False) if one != other)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(LETTERS, st.sampled_from(["1", "x", " 2", ""])), min_size=1, max_size=30))
def test_the_records_count_every_changed_cell_and_hold_every_bad_one(rows: list[tuple[str, str]]) -> None:
    connection = warehouse()
    load(connection, 1, "new", [(text, amount, "") for text, amount in rows], 0, RAW)
    rules = {"order_id": {}, "amount": {"type": "integer", "on_error": "row"}}
    connection.execute(f"create table {CLEANED} as {render('clean', RAW, rules)}")
    counted = connection.execute(
        "select column_name, rule, n_values, example_before "
        f"from ({render('formatting_changes', ACCOUNTED)}) where column_name = 'order_id'"
    ).fetchall()
    expected = Counter(rule for text, _ in rows for rule in changed(text))
    sound_first = sorted(rows, key=lambda row: row[1] == "x")
    first = {rule: next(text for text, _ in sound_first if rule in changed(text)) for rule in expected}
    assert sorted(counted) == sorted(("order_id", rule, n, first[rule]) for rule, n in expected.items())
    bad = connection.execute(
        "select column_name, rule, bad_value, expected, count(*) "
        f"from ({render('rejected_rows', ACCOUNTED)}) where stage = 'clean' group by all"
    ).fetchall()
    n_bad = sum(amount == "x" for _, amount in rows)
    assert bad == ([("amount", "integer", "x", "a whole number", n_bad)] if n_bad else [])
    rejected = connection.execute(f"select count(*) from {CLEANED} where _is_rejected").fetchall()
    assert rejected == [(n_bad,)]


def test_a_trace_goes_into_a_nested_value_of_a_typed_file() -> None:
    cleaned = {"amount": 5, "_formatting": None, "_problems": "amount:range:place:$.a:1:up to 4"}
    assert list(_changes(warehouse(), {"place": {"a": 5}}, cleaned)) == [Change("amount", "range", "5", 5)]


def test_the_example_of_a_change_has_a_value_where_any_row_with_it_has_one() -> None:
    connection = warehouse()
    load(connection, 1, "new", [("A", " twelve", ""), ("B", " 1", ""), ("C", " 2", "")], 0, RAW)
    connection.execute(f"create table {CLEANED} as {render('clean', RAW, {'amount': {'type': 'integer'}})}")
    changed = connection.execute(f"select * exclude run_id from ({render('formatting_changes', ACCOUNTED)})").fetchall()
    assert changed == [("orders", "amount", "trim", 1, 3, " 1", "1")]
