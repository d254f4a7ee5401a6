"""A file that was replaced keeps the reading that its own values gave it, and no longer ends the build."""

import duckdb
import pytest

from tests.rendering import render
from tests.test_incremental import RAW, assert_the_same, load, models, warehouse

MONTH_FIRST = [("A", "1", "03/04/2026"), ("B", "1", "12/25/2026")]


@pytest.mark.parametrize("key", ["updated_at", "order_id"])
def test_a_superseded_file_is_read_as_before_so_that_its_groups_are_found(key: str) -> None:
    older = [("new", MONTH_FIRST, 0), ("new", [("A", "2", "2026-03-04")], 0)]
    assert_the_same(models([key]), [older, [("supersede", [], 0)]])


def test_a_superseded_file_that_can_be_read_in_two_ways_no_longer_ends_the_build() -> None:
    ambiguous = [("new", [("A", "1", "03/04/2026")], 0), ("supersede", [("A", "1", "2026-04-03")], 0)]
    assert_the_same(models(["order_id"]), [ambiguous])


def test_a_bad_value_whose_policy_is_fail_no_longer_ends_the_build_once_its_file_is_replaced() -> None:
    rules = {"amount": {"type": "integer", "on_error": "fail"}}
    connection = warehouse()
    load(connection, 1, "new", [("A", "twelve", "")], 0, RAW)
    with pytest.raises(duckdb.InvalidInputException, match=r"'twelve' .* on_error is 'fail'; mend the file"):
        connection.execute(render("clean", RAW, rules))
    load(connection, 2, "supersede", [("A", "12", "")], 0, RAW)
    found = connection.execute(f"select amount, _problems from ({render('clean', RAW, rules)}) order by _file_id")
    assert found.fetchall() == [(None, "amount:integer:::1:a whole number"), (12, None)]
