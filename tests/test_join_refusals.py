"""`join_report` and `join_counts` refuse a key that they cannot report on."""

from typing import Any

import pytest

from flows.errors import DeclarationError
from tests.rendering import render


@pytest.mark.parametrize("macro", ["join_report", "join_counts"])
@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([], "join_report: no key is given; name the columns to join on"),
        ({}, "join_report: no key is given"),
        (["id", "ID"], "join_report: the key 'ID' is named twice"),
        ("rows_left", "join_report: the key 'rows_left' has a name that the report gives to a column of its own"),
    ],
)
def test_a_key_that_cannot_be_reported_on_is_refused(macro: str, key: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        render(macro, "l", "r", key)
