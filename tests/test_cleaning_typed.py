"""What typed files hold is read as it is, whatever marks the texts of their source have."""

import pytest

from flows.macros import render
from tests.cleaned import cleaned_by


@pytest.mark.parametrize("declared", [{"decimal_mark": ","}, {"thousands_mark": "."}])
@pytest.mark.parametrize(("data_type", "value"), [("double", 1.234), ("double", 1e20), ("decimal(9, 3)", -2.5)])
def test_a_typed_number_has_a_point_whatever_mark_is_declared(
    declared: dict[str, str], data_type: str, value: float
) -> None:
    query = render("clean", "raw", {"x": {"type": "double"} | declared})
    (found,) = cleaned_by(query, [value], data_type=data_type)
    assert (found.value, found.problems, found.formatting) == (value, (), ())
    (text,) = cleaned_by(query, ["1.234"])
    assert text.value == 1234.0
