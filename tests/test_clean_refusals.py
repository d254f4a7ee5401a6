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
        ({'a"b': {}}, "cannot have ':', ',' or '\"' in its name"),
        ({"a": {"type": "integer", "minimum": "1"}}, "minimum '1' is not a number"),
        ({"a": {"type": "integer", "maximum": True}}, "maximum 'True' is not a number"),
        ({"a": {"type": "double", "maximum": float("nan")}}, "maximum 'nan' is not a number"),
        ({"a": {"type": "date", "minimum": 2020}}, "minimum '2020' is not a date in quotes, such as '2026-01-31'"),
        ({"a": {"type": "date", "minimum": "2021-01-01", "maximum": "2020-01-01"}}, "is more than maximum 2020-01-01"),
        ({"a": {"type": "integer", "accepted": ["1"]}}, "accepted: '1' is not a number; write it without quotes"),
        ({"a": {"type": "enumeration", "accepted": ["a", "A"]}}, "'a' stands for two values"),
        ({"a": {"type": "boolean", "words": {"true": ["x"], "false": ["X"]}}}, "'x' stands for two values"),
        ({"a": {"null_tokens": ["None"], "map": {"none": "0"}}}, "'None' is in null_tokens, and a value besides"),
        ({"a": {"map": {" x": "y"}}}, "map: ' x' is never met, because blanks are tidied before"),
        ({"a": {"type": "enumeration", "accepted": ["x", "a  b"]}}, "accepted: 'a  b' is never met, because blanks"),
        ({"a": {"type": "decimal(39, 2)"}}, "type 'decimal\\(39, 2\\)' cannot be; a decimal has 1 to 38 digits"),
        ({"a": {"type": "decimal(2, 3)"}}, "type 'decimal\\(2, 3\\)' cannot be"),
        ({"a": {"normalize": "phone", "calling_code": "+49"}}, "calling_code '\\+49' is not a country's"),
        ({"a": {"path": "$.*"}}, "path '\\$.\\*' leads to more than one value"),
    ],
)
def test_a_declaration_that_would_lose_a_column_or_a_value_is_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        render("clean", "raw", columns)
