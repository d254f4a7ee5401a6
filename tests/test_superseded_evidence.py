"""A file that was replaced keeps the reading that its own values gave it."""

import pytest

from tests.test_incremental import assert_the_same, models

MONTH_FIRST = [("A", "1", "03/04/2026"), ("B", "1", "12/25/2026")]


@pytest.mark.parametrize("key", ["updated_at", "order_id"])
def test_a_superseded_file_is_read_as_before_so_that_its_groups_are_found(key: str) -> None:
    older = [("new", MONTH_FIRST, 0), ("new", [("A", "2", "2026-03-04")], 0)]
    assert_the_same(models([key]), [older, [("supersede", [], 0)]])


def test_a_superseded_file_that_can_be_read_in_two_ways_no_longer_ends_the_build() -> None:
    ambiguous = [("new", [("A", "1", "03/04/2026")], 0), ("supersede", [("A", "1", "2026-04-03")], 0)]
    assert_the_same(models(["order_id"]), [ambiguous])
