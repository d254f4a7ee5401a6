"""`clean` refuses a declaration whose table would not hold what was meant."""

from typing import Any

import pytest

from flows.errors import DeclarationError
from tests.rendering import render


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "no columns are declared; name at least one"),
        ({"a": {}, "A": {"from": "b"}}, "column 'A': stands twice, because SQL does not tell 'A' and 'a' apart"),
        ({"_Row_Number": {"from": "n"}}, "'_Row_Number' is a name that clean or deduplicate gives to a column"),
        ({"_donors": {}}, "'_donors' is a name that clean or deduplicate gives to a column of its own"),
        ({"a": {"map": {"x": None}}}, "map: 'x' has no value; declare it in 'null_tokens'"),
        ({"a": {"type": "integer", "minimum": 9, "maximum": 1}}, "minimum 9 is more than maximum 1"),
        ({"a": {"type": "boolean", "words": {"true": "yes"}}}, "words: 'true' is no list; write \\['yes'\\]"),
    ],
)
def test_a_declaration_that_would_lose_a_column_or_a_value_is_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        render("clean", "raw", columns)
