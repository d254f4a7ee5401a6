"""Addresses, telephone numbers and postcodes: one that is none is a problem, and of one that is one nothing is lost."""

import random
from typing import Any

import pytest

from tests.cleaned import Cleaned, cleaned, cleaned_by
from tests.rendering import render_with
from tests.test_cleaning_plain import NOTHING_IS_PLAIN

SEEDS: dict[str, tuple[list[str], str]] = {
    "email": (
        ["ada@x.org", "Ada L. <ada@x.org>", "mailto:a.b@x-y.co.uk", "JÖRG@Müller.de", "a@x.org, B <b@y.org>"],
        "aAJ\u030c\u0331h.@<>-_ +:;,'\"()\\0\n",
    ),
    "phone": (
        ["+4930123456", "+12025550100", "030 12 34-56", "0049 (0)30 123456", "tel:+39 06 12345", "+225 01 23 45 6789"],
        "+0123456789() -./xt:",
    ),
    "url": (
        ["http://a.org/b", "HTTP://Example.COM:80/", "https://x.org:443/a?b=C#d", "ftp://Ex.com:21/x", "https://müller.de/É"],
        "aAJ\u030c\u0331h./:?#-@04_%<>\n",
    ),
    "postcode": (["SW1A 1AA", "m1 1aa", "EC1A1BB"], "SW1A aq0-9Z\u0131\u017f"),
}  # fmt: skip
KINDS: list[dict[str, Any]] = [
    *({"normalize": kind} for kind in ("email", "phone", "url")),
    *({"normalize": "phone", "calling_code": code} for code in ("1", "36", "39", "49", "225", "358")),
    {"normalize": "postcode", "country": "GB"},
]
CASES: list[dict[str, Any]] = [
    *({"normalize": kind, "case": case} for kind in ("email", "url") for case in ("lower", "upper")),
    {"normalize": "postcode", "country": "GB", "case": "lower"},
]


def near(kind: str, count: int = 400) -> list[str]:
    """Texts near one of the kind: each letter of a few of them may be another one, missing, or there twice."""
    chance, (seeds, letters) = random.Random(kind), SEEDS[kind]
    found = dict.fromkeys(seeds)
    while len(found) < count:
        text = list(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(text))
            text[place : place + chance.randint(0, 1)] = chance.choice([*letters, ""])
            text = text or ["a"]
        found["".join(text)] = None
    return list(found)


@pytest.mark.parametrize("rules", KINDS + CASES, ids=str)
def test_what_is_plain_is_what_every_step_makes_of_it(rules: dict[str, Any]) -> None:
    texts, steps = near(rules["normalize"]), render_with(NOTHING_IS_PLAIN, "clean", "raw", {"x": rules})
    for text, one, other in zip(texts, cleaned(texts, rules), cleaned_by(steps, texts), strict=True):
        assert one == other, text


@pytest.mark.parametrize("rules", KINDS, ids=str)
def test_a_value_that_is_clean_stays_and_every_change_to_it_is_told(rules: dict[str, Any]) -> None:
    texts = near(rules["normalize"])
    found = cleaned(texts, rules)
    for text, each in zip(texts, found, strict=True):
        assert each.problems == ((rules["normalize"],) if each.value is None else ()), text
        assert each.value is None or bool(each.formatting) == (each.value != text), text
    values = sorted({each.value for each in found if each.value is not None})
    assert len(values) > 20
    assert cleaned(values, rules) == [Cleaned(value, (), (), False) for value in values]


@pytest.mark.parametrize(
    ("rules", "text", "value"),
    [
        ({"normalize": "email"}, "a@x.org>", None),
        ({"normalize": "email"}, "a@x.org, Ada <b@y.org>", None),
        ({"normalize": "email"}, "Lovelace, Ada <a@x.org>", "a@x.org"),
        ({"normalize": "email"}, "ada@y.org via List <a@x.org>", "a@x.org"),
        ({"normalize": "email"}, "a\nb@x.org", None),
        ({"normalize": "email", "keep": ["spaces"]}, "a\u00a0b@x.org", None),
        ({"normalize": "email"}, "a\u00adb@x.org", None),
        ({"normalize": "email"}, "a..b@x.org", None),
        ({"normalize": "email"}, ".a@x.org", None),
        ({"normalize": "email"}, "a@-x.org", None),
        ({"normalize": "email"}, "a@192.0.2.1", None),
        ({"normalize": "email"}, "a@xn--mller-kva.xn--p1ai", "a@xn--mller-kva.xn--p1ai"),
        ({"normalize": "url"}, "http://a..b", None),
        ({"normalize": "url"}, "http://-a.org", None),
        ({"normalize": "url"}, "http://a.org./b", "http://a.org./b"),
        ({"normalize": "url"}, "http://192.0.2.1:8080/b", "http://192.0.2.1:8080/b"),
        ({"normalize": "url"}, "http://a.org:65536", None),
        ({"normalize": "url"}, "http\u017f://a.org", None),
        ({"normalize": "url"}, "http://a.org/b\nhttp://c.org", None),
        ({"normalize": "url"}, 'http://a.org/b">', None),
        ({"normalize": "url", "case": "lower"}, "http://a.org/B", "http://a.org/b"),
        ({"normalize": "postcode", "country": "GB"}, "\u017fw1a 1aa", None),
    ],
)  # fmt: skip
def test_what_is_none_of_its_kind_is_never_half_taken(rules: dict[str, Any], text: str, value: str | None) -> None:
    assert cleaned([text], rules)[0].value == value


@pytest.mark.parametrize(
    ("calling_code", "text", "value"),
    [
        ("49", "+49 (030) 12 34 56", "+4930123456"),
        ("49", "+49-(0)30-123456", "+4930123456"),
        ("49", "+49 030 123456", "+4930123456"),
        ("49", "+49 30 (0) 123456", "+49300123456"),
        ("49", "Tel: +49 30 123456", "+4930123456"),
        ("36", "+36 (06) 20 123 4567", "+36201234567"),
        ("39", "+39 (06) 1234567", "+39061234567"),
        ("225", "01 23 45 67 89", "+2250123456789"),
        ("226", "07 12 34 56", "+22607123456"),
        ("227", "07 12 34 56", "+22707123456"),
        ("229", "01 95 12 34 56", "+2290195123456"),
        ("241", "06 03 12 34", "+24106031234"),
        ("242", "06 123 4567", "+242061234567"),
        ("378", "0549 886377", "+3780549886377"),
        ("992", "01 123 4567", "+992011234567"),
        ("49", "+880 (0)2-7111234", "+88027111234"),
        ("49", "+225 (0)1 23 45 67 89", "+2250123456789"),
        ("221", "70 123 45 67", "+221701234567"),
        ("502", "5123 4567", "+50251234567"),
        ("55", "(11) 96123-4567", "+5511961234567"),
        ("91", "098765 43210", "+919876543210"),
        ("358", "0123 4567 8901 2345", None),
    ],
)
def test_a_number_is_dialled_as_in_its_country_and_a_0_of_its_own_stays(
    calling_code: str, text: str, value: str | None
) -> None:
    assert cleaned([text], {"normalize": "phone", "calling_code": calling_code})[0].value == value
