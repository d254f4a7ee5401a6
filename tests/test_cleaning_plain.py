"""What is known to be plain at one glance is what all the steps would have made of it, and has changed in nothing."""

from typing import Any

import pytest

from flows.macros import render
from tests.cleaned import cleaned_by, steps_by
from tests.rendering import render_with

NOTHING_IS_PLAIN = '{% macro plain_condition(name, rules) -%} {{ return("") }} {%- endmacro %}'
DAYS = ["2024-02-29", "2024-02-2", "1-12-01-01", "0000-01-01", "2024-1--01"]
MOMENTS = ["2026-01-02 08:00:00", "2026-01-02 08:00:00.5", "0000-01-01 00:00:00", "2026-01-02 08:00:60"]


def near(plain: list[str], letters: str) -> list[str]:
    """Plain texts, and all that differ from one of them in a single letter."""
    edited = (
        text[:place] + letter + text[place + cut :]
        for text in plain for place in range(len(text) + 1) for letter in ["", *letters] for cut in (0, 1)
    )  # fmt: skip
    return sorted({*plain, *edited})


CASES: list[tuple[dict[str, Any], list[str], str]] = [
    ({}, ["Ada L.", "N/A"], "aé \u0301\u2003\u200b/N"),
    ({"case": "upper", "accents": "strip"}, ["ADA"], "aÉ "),
    ({"map": {"a": "b"}, "null_tokens": ["x"]}, ["a", "x"], "abx "),
    ({"type": "integer", "decimal_mark": "."}, ["-0", "12", "123456789012345678"], "0129-+.,e "),
    ({"type": "decimal(6, 2)", "decimal_mark": "."}, ["-0.5", "1234.56"], "0129-+.,e "),
    ({"type": "decimal(9, 2)", "decimal_mark": ","}, ["12"], "0129-+.,e "),
    ({"type": "double", "decimal_mark": "."}, ["0.1", "12345678901234.5"], "0129-+.,e "),
    ({"type": "date", "formats": ["iso"]}, DAYS, "0129-Z \t"),
    ({"type": "timestamp", "formats": ["iso"]}, MOMENTS, "0129-:.Z "),
    ({"type": "timestamptz", "formats": ["iso"]}, [f"{each}+00" for each in MOMENTS], "0129-:.+Z "),
    ({"type": "boolean"}, ["true", "false"], "truefalse 1"),
    ({"type": "enumeration", "accepted": ["a", "B c"]}, ["a", "B c"], "aAbBcC "),
    ({"type": "enumeration", "accepted": ["e\u0301a", "É"]}, ["e\u0301a", "\u00e9a", "É"], "eé\u0301"),
    ({"type": "json"}, ['{"a": [1]}', "[1]"], '{}[]1,"a: '),
    ({"normalize": "email"}, ["ada@x.org"], "aA.@<>?/ "),
    ({"normalize": "phone"}, ["+4930123456", "+12025550100"], "+0129() "),
    ({"normalize": "url"}, ["http://a.org/b", "https://a.org"], "aA./:? "),
    ({"normalize": "postcode", "country": "GB"}, ["SW1A 1AA"], "SW1A aq"),
]


@pytest.mark.parametrize(("rules", "plain", "letters"), CASES, ids=str)
def test_a_plain_text_is_what_every_step_makes_of_it(rules: dict[str, Any], plain: list[str], letters: str) -> None:
    texts = near(plain, letters)
    steps = render_with(NOTHING_IS_PLAIN, "clean", "raw", {"x": rules})
    for text, one, other in zip(
        texts, cleaned_by(render("clean", "raw", {"x": rules}), texts), cleaned_by(steps, texts), strict=True
    ):
        assert one == other, text


@pytest.mark.parametrize(("rules", "plain", "letters"), CASES, ids=str)
def test_the_steps_of_a_value_are_shown_whether_it_went_through_them_or_was_plain(
    rules: dict[str, Any], plain: list[str], letters: str
) -> None:
    texts = near(plain, letters)
    one = steps_by(render("cleaning_steps", "raw", {"x": rules}), texts)
    assert one == steps_by(render_with(NOTHING_IS_PLAIN, "cleaning_steps", "raw", {"x": rules}), texts)


def test_a_day_with_anything_behind_it_is_no_date() -> None:
    texts = ["2024-02-29", "2024-02-2Z", "2024-02-2-", "1-12-01-01", "0000-01-01", "2024-02-2 "]
    found = cleaned_by(render("clean", "raw", {"x": {"type": "date"}}), texts)
    assert [str(each.value) for each in found] == ["2024-02-29", "None", "None", "None", "None", "2024-02-02"]
    assert [each.formatting for each in found] == [()] * 5 + [("trim", "date_format")]
