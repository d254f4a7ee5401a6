"""What typed files hold is read as it is, whatever marks the texts of their source have."""

from datetime import UTC, date, datetime

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


@pytest.mark.parametrize(
    ("data_type", "cleaned_type", "value"),
    [
        ("date", "date", date(2026, 2, 1)),
        ("timestamp", "timestamp", datetime(2026, 2, 1, 8, 30)),
        ("timestamptz", "timestamptz", datetime(2026, 2, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_typed_date_is_one_whatever_formats_are_declared(data_type: str, cleaned_type: str, value: date) -> None:
    rules = {"type": cleaned_type, "formats": ["german", "excel"]}
    (found,) = cleaned_by(render("clean", "raw", {"x": rules}), [value], data_type=data_type)
    assert (found.value, found.problems, found.formatting) == (value, (), ())
    (text,) = cleaned_by(render("clean", "raw", {"x": {"type": "date", "formats": ["german"]}}), ["2026-02-01"])
    assert text.problems == ("date",)


def test_a_typed_number_is_a_serial_day() -> None:
    query = render("clean", "raw", {"x": {"type": "date", "formats": ["excel"]}})
    assert [each.value for each in cleaned_by(query, [45292.0, 45292.5], data_type="double")] == [
        date(2024, 1, 1),
        None,
    ]
