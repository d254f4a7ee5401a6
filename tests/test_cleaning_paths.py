"""A value inside JSON (`path`) whose JSON is broken is a problem with its text, never silently nothing."""

import pytest

from tests.cleaned import Cleaned, cleaned
from tests.rendering import relation, render
from tests.test_incremental import ACCOUNTED, CLEANED, RAW, load, warehouse

PATH = {"type": "integer", "path": "$.a"}


def test_broken_json_is_a_problem_and_an_empty_cell_is_none() -> None:
    values = cleaned(['{"a": 1}', '{"a": ', "n/a", "", None, "{}"], PATH)
    broken = Cleaned(None, (), ("json",), False)
    assert values == [Cleaned(1, (), (), False), broken, *[Cleaned(None, (), (), False)] * 4]


@pytest.mark.parametrize("data_type", ["text", "json"])
def test_the_policy_decides_about_a_row_with_broken_json(data_type: str) -> None:
    (value,) = cleaned(['{"a": '], {"type": data_type, "path": "$.a", "on_error": "row"})
    assert value.is_rejected and value.problems == ("json",)


def test_the_record_shows_the_broken_text() -> None:
    connection = warehouse()
    load(connection, 1, "new", [("A", '{"a": ', "x")], 0, RAW)
    connection.execute(f"create table {CLEANED} as {render('clean', RAW, {'amount': PATH})}")
    connection.execute(f"create table {relation('records', 'rejected_rows')} as {render('rejected_rows', ACCOUNTED)}")
    found = connection.execute("select rule, bad_value from records.rejected_rows where stage = 'clean'").fetchall()
    assert found == [("json", '{"a": ')]
