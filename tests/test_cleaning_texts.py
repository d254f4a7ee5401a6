"""Texts, as `clean` tidies them, and what it takes for a word for nothing, an address or a telephone number."""

from typing import Any

import pytest

from flows.macros import render
from tests.cleaned import cleaned, cleaned_by


@pytest.mark.parametrize(
    ("text", "value", "rules"),
    [
        ("\u2003Ada\u2003", "Ada", ("trim",)),
        ("\u2003", None, ("trim",)),
        ("\u2028Ada\u205f\u1680L.", "Ada L.", ("trim", "spaces")),
        ("\u202a+49 30\u202c", "+49 30", ("control",)),
        ("A1\u200e\u2060\u2067", "A1", ("control",)),
        ("a\u200d\u200cb", "a\u200d\u200cb", ()),
        ("a\n b", "a\n b", ()),
        ("\u1100\u1161", "\uac00", ("unicode",)),
    ],
)
def test_no_blank_stays_at_an_end_and_nothing_unseen_within(
    text: str, value: str | None, rules: tuple[str, ...]
) -> None:
    (found,) = cleaned([text], {})
    assert (found.value, found.formatting) == (value, rules)


@pytest.mark.parametrize(
    ("rules", "text", "value"),
    [
        ({"accepted": ["EU", "NA"]}, "NA", "NA"),
        ({"type": "enumeration", "accepted": ["Known", "Unknown"]}, " unknown", "Unknown"),
        ({"map": {"N/A": "missing"}}, "N/A", "missing"),
        ({"type": "boolean", "words": {"true": ["x"], "false": ["-"]}}, "-", False),
        ({"type": "integer", "map": {"none": 0}}, "none", 0),
        ({"map": {1: "one"}}, "1", "one"),
        ({"type": "enumeration", "accepted": [1, 2]}, "2", "2"),
    ],
)
def test_a_word_that_has_a_declared_meaning_does_not_mean_nothing(
    rules: dict[str, Any], text: str, value: object
) -> None:
    assert cleaned([text], rules)[0].value == value


@pytest.mark.parametrize(
    ("calling_code", "text", "value"),
    [
        ("34", "612 345 678", "+34612345678"),
        ("34", "34 612 345 678", None),
        ("34", "06 1234567", None),
        ("7", "8 (495) 123-45-67", "+74951234567"),
        ("36", "06 20 123 4567", "+36201234567"),
        ("39", "06 1234567", "+39061234567"),
        ("49", "+39 (0)6 1234567", "+39061234567"),
        ("44", "+49 (0)30 123456", "+4930123456"),
        ("61", "0011 44 20 7946 0000", None),
        ("1", "1-800-555-1234", "+18005551234"),
        ("49", "\uff0b4930123456", None),
    ],
)
def test_a_telephone_number_is_dialled_as_in_its_country(calling_code: str, text: str, value: str | None) -> None:
    assert cleaned([text], {"normalize": "phone", "calling_code": calling_code})[0].value == value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("email", "mailto:a@x.org?subject=hi", None),
        ("email", "a@x.org/b", None),
        ("email", "a@x.org; b@y.org", None),
        ("email", "JÖRG@Müller.de", "jörg@müller.de"),
        ("url", "ftp://Ex.com:21/x", "ftp://ex.com/x"),
        ("url", "http://<b>", None),
        ("url", "http://user:word@ex.com", None),
        ("url", "HTTP://MÜLLER.de/É", "http://müller.de/É"),
    ],
)
def test_an_address_has_the_form_of_one(kind: str, text: str, value: str | None) -> None:
    assert cleaned([text], {"normalize": kind})[0].value == value


@pytest.mark.parametrize(
    ("rules", "value"), [({"type": "json"}, '{"a":1,"b":["it\'s"]}'), ({"type": "integer", "path": "$.a"}, 1)]
)
def test_a_nested_value_of_a_typed_file_is_json(rules: dict[str, Any], value: object) -> None:
    query = render("clean", "raw", {"x": rules})
    (found,) = cleaned_by(query, [{"a": 1, "b": ["it's"]}], data_type="struct(a integer, b varchar[])")
    assert (found.value, found.problems) == (value, ())
