"""What typed files hold is read as it is, whatever marks the texts of their source have."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from flows.macros import render
from tests.cleaned import Cleaned, cleaned_by


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


NAN = float("nan")


@pytest.mark.parametrize("data_type", ["double", "float"])
@pytest.mark.parametrize(
    "rules", [{}, {"type": "double"}, {"type": "decimal(9, 2)", "decimal_mark": ","}, {"type": "integer"}]
)
def test_a_nan_of_a_typed_file_is_nothing_by_a_rule_of_its_own(rules: dict[str, Any], data_type: str) -> None:
    query = render("clean", "raw", {"x": rules})
    nothing = Cleaned(None, ("nan",), (), False)
    assert cleaned_by(query, [NAN, None], data_type=data_type) == [nothing, Cleaned(None, (), (), False)]
    for word_type in ("varchar", "enum('nan')"):
        (word,) = cleaned_by(query, ["nan"], data_type=word_type)
        assert word == Cleaned(None, ("null_token",), (), False)


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ({"null_tokens": ["-"]}, Cleaned(None, (), ("double",), False)),
        ({"map": {"nan": 0}}, Cleaned(0.0, ("map",), (), False)),
        ({"required": True}, Cleaned(None, ("nan",), ("required",), False)),
        ({"null_tokens": ["nan", "9.5"]}, Cleaned(None, ("nan",), (), False)),
    ],
)
def test_a_nan_means_what_the_column_says_that_it_means(declared: dict[str, Any], found: Cleaned) -> None:
    query = render("clean", "raw", {"x": {"type": "double"} | declared})
    assert cleaned_by(query, [NAN], data_type="double") == [found]


def test_a_declared_word_for_nothing_keeps_its_rule_among_typed_numbers() -> None:
    query = render("clean", "raw", {"x": {"type": "double", "null_tokens": ["nan", "9.5"]}})
    assert cleaned_by(query, [9.5], data_type="double") == [Cleaned(None, ("null_token",), (), False)]


@pytest.mark.parametrize(
    "words", [{"true": ["X"], "false": ["O"]}, {"true": ["x"]}, {"true": ["false"], "false": ["true"]}]
)
def test_a_typed_boolean_is_one_whatever_words_are_declared(words: dict[str, list[str]]) -> None:
    query = render("clean", "raw", {"x": {"type": "boolean", "words": words}})
    found = cleaned_by(query, [True, False, None], data_type="boolean")
    assert found == [Cleaned(value, (), (), False) for value in (True, False, None)]


def test_texts_of_a_boolean_are_its_declared_words_alone() -> None:
    query = render("clean", "raw", {"x": {"type": "boolean", "words": {"true": ["X"], "false": ["O"]}}})
    problem, nothing = Cleaned(None, (), ("boolean",), False), Cleaned(None, (), (), False)
    assert cleaned_by(query, ["true", "x", None]) == [problem, Cleaned(True, ("boolean_word",), (), False), nothing]
