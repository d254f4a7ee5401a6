"""`clean` takes JSON as its standard has it: what only some readers accept is a value that does not become its type."""

import json
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cleaned import cleaned

PIECES = st.sampled_from(
    ['{"a":', "}", "[", "]", ",", " ", "1", "-0.5e1", '"x"', '",]"', '"\\",}"', "null", "NaN", "-inf"]
)


@pytest.mark.parametrize("text", ['{"a":1,}', "[1, ]", "NaN", "[-Infinity]", "[nan]", '{"a":inf}'])
def test_json_that_is_not_strict_is_rejected(text: str) -> None:
    (value,) = cleaned([text], {"type": "json", "on_error": "row", "null_tokens": []})
    assert (value.value, value.problems, value.is_rejected) == (None, ("json",), True)


@pytest.mark.parametrize("text", ['{"a":1,}', '{"a":NaN}'])
def test_a_path_leads_into_strict_json_only(text: str) -> None:
    (value,) = cleaned([text], {"type": "text", "path": "$.a"})
    assert (value.value, value.problems) == (None, ("json",))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=7).map("".join), min_size=1, max_size=30))
def test_a_text_is_json_where_python_reads_it_without_its_extensions(texts: list[str]) -> None:
    values = cleaned(texts, {"type": "json", "null_tokens": []})
    assert [value.problems == () for value in values] == [not text.strip() or is_strict(text) for text in texts]


def is_strict(text: str) -> bool:
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
