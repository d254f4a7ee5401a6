"""Numbers, as `clean` reads them, against Python's Decimal; what could be read in two ways is never guessed."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cleaned import Cleaned, cleaned, refusal

SOME = settings(max_examples=40, deadline=None)
NUMBERS = st.lists(st.decimals(-(10**9), 10**9, places=4, allow_nan=False), min_size=1, max_size=30)
WAYS = st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (",", "")])
DECIMAL = {"type": "decimal(18, 2)"}


@SOME
@given(NUMBERS, WAYS)
def test_a_number_is_read_as_python_reads_it_whatever_its_marks(numbers: list[Decimal], way: tuple[str, str]) -> None:
    mark, thousands = way
    texts = [f"{number:,}".replace(",", "_").replace(".", mark).replace("_", thousands) for number in numbers]
    found = cleaned(texts, DECIMAL | {"decimal_mark": mark, "thousands_mark": thousands})
    expected = [number.quantize(Decimal("0.01"), ROUND_HALF_UP) for number in numbers]
    assert [each.value for each in found] == expected
    assert [("rounded" in each.formatting) for each in found] == [
        number != rounded for number, rounded in zip(numbers, expected, strict=True)
    ]


@SOME
@given(st.lists(st.text("0123456789.,-+() $%eE'x", max_size=9), min_size=1, max_size=60))
def test_no_text_ends_the_build_and_each_is_a_value_nothing_or_a_problem(texts: list[str]) -> None:
    declared = {"decimal_mark": ".", "negative": ["brackets", "trailing"], "percent": "number"}
    for data_type in ("integer", "decimal(12, 3)", "double"):
        for text, each in zip(texts, cleaned(texts, declared | {"type": data_type}), strict=True):
            is_nothing = text.strip() in ("", "-", "--")
            assert (each.value is None) == (bool(each.problems) or is_nothing)
            if each.value is not None and not each.formatting:
                assert Decimal(text) == Decimal(str(each.value)), text


def test_one_value_that_shows_the_mark_settles_the_others_of_its_file() -> None:
    values = [each.value for each in cleaned(["1.234", "1.234,50", "7"], DECIMAL)]
    assert values == [Decimal("1234.00"), Decimal("1234.50"), Decimal("7.00")]
    values = [each.value for each in cleaned(["1.234", "12.5", "1.234", "12,5"], DECIMAL, files=[1, 1, 2, 2])]
    assert values == [Decimal("1.23"), Decimal("12.50"), Decimal("1234.00"), Decimal("12.50")]


def test_where_no_value_shows_the_mark_the_build_ends_with_the_evidence_and_the_remedy() -> None:
    assert refusal(["1.234", "5", "2,345"], DECIMAL).endswith(
        "model: clean: column 'x': 2 values of file 1 can be read both with a decimal point and with a decimal comma "
        "(such as '1.234'), 0 with a decimal point only, 0 with a decimal comma only; declare which is meant, by "
        "'decimal_mark': '.' or ','"
    )
    assert "1 with a decimal point only (such as '12.5'), 1 with a decimal comma only (such as '12,5')" in refusal(
        ["1.234", "12.5", "12,5"], DECIMAL
    )


@pytest.mark.parametrize(
    ("declared", "texts"),
    [
        ({"percent": "fraction"}, ["1.234 %", "12.5%", "12,5 %"]),
        ({"units": {"kg": 1, "g": 0.001, "h": 12.5}}, ["1.234 g", "12.5 h", "12,5kg"]),
        ({"negative": ["brackets", "trailing"]}, ["($1.234)", "12.5-", "€ 12,5"]),
    ],
)
def test_the_evidence_is_shown_as_it_is_written(declared: dict[str, object], texts: list[str]) -> None:
    shown = refusal([f" {text} " for text in texts], DECIMAL | declared)
    assert [shown.count(f"(such as '{text}')") for text in texts] == [1, 1, 1]


@pytest.mark.parametrize("declared", [{"decimal_mark": "."}, {"thousands_mark": ","}, {"path": "$"}])
def test_a_declaration_settles_it(declared: dict[str, str]) -> None:
    assert cleaned(["1.234"], {"type": "double"} | declared)[0].value == 1.234


@pytest.mark.parametrize(
    ("data_type", "text", "value"),
    [
        ("integer", "9223372036854775808", None),
        ("integer", "12.5", None),
        ("integer", "12.0", 12),
        ("integer", "007", 7),
        ("integer", "1.5e3", 1500),
        ("integer", "1e-10", None),
        ("integer", "1.0000000000001e0", None),
        ("integer", "92233720368547758070e-1", 9223372036854775807),
        ("integer", "12,34,567", 1234567),
        ("integer", "12,345,67", None),
        ("integer", "1\u2019234", 1234),
        ("integer", "\uff11\uff12", None),
        ("decimal(5, 2)", "1234.5", None),
        ("double", "1e999", None),
        ("double", "inf", None),
        ("double", "1.5E3", 1500.0),
        ("integer", "1.00000000000000000001e0", None),
        ("integer", "12000000000000000000e-1", 1200000000000000000),
        ("double", "9" * 309, None),
        ("double", "-" + "9" * 400, None),
    ],
)
def test_what_does_not_become_the_type_without_loss_is_a_problem(data_type: str, text: str, value: object) -> None:
    (found,) = cleaned([text], {"type": data_type, "decimal_mark": "."})
    assert (found.value, bool(found.problems)) == (value, value is None)


def test_a_double_that_cannot_hold_all_digits_is_counted() -> None:
    exact = ["9007199254740992", "0.30000000000000004", "1e23", "-0.50"]
    rounded = ["9007199254740993", "123456789012345678901234567890", "1.23456789012345678e-30", "1e-400"]
    assert [each.formatting for each in cleaned(exact, {"type": "double"})] == [()] * 4
    assert [each.formatting for each in cleaned(rounded, {"type": "double"})] == [("rounded",)] * 4


def test_a_decimal_that_loses_digits_or_its_sign_is_counted() -> None:
    texts = ["-0.5", "-0.50", "5e-1", "1e-400", "-1e-9", "-0", "-0.00", "-0e5"]
    assert [each.formatting for each in cleaned(texts, DECIMAL | {"decimal_mark": "."})] == [
        (), (), (), ("rounded",), ("rounded",), ("number_format",), ("number_format",), ("number_format",)
    ]  # fmt: skip


@SOME
@given(st.lists(st.tuples(st.integers(-(10**20), 10**20), st.integers(-30, 10)), min_size=1, max_size=30))
def test_a_power_of_ten_moves_the_point_and_rounds_once(numbers: list[tuple[int, int]]) -> None:
    exact = [Decimal(f"{whole}e{power}") for whole, power in [*numbers, (98, -3), (44449, -2), (4, -3), (747441, 16)]]
    rules = {"type": "decimal(38, 2)", "decimal_mark": ".", "percent": "fraction", "units": {"g": 0.001}}
    cent = Decimal("0.01")
    for sign, factor in (("", "1"), ("%", "0.01"), (" g", "0.001")):
        texts = [f"{number:f}{sign}" if sign else f"{number:e}" for number in exact]
        with localcontext(prec=99):
            expected = [(number * Decimal(factor)).quantize(cent, ROUND_HALF_UP) for number in exact]
        assert [each.value for each in cleaned(texts, rules)] == expected


def test_a_percentage_fits_when_its_fraction_does() -> None:
    rules = {"type": "decimal(3, 2)", "decimal_mark": ".", "percent": "fraction"}
    assert [each.value for each in cleaned(["462 %", "0.98 %", "1000 %"], rules)] == [
        Decimal("4.62"),
        Decimal("0.01"),
        None,
    ]


def test_the_point_that_ends_a_currencys_word_begins_no_fraction() -> None:
    texts = ["kr.500", "-kr.500", "kr 500", "kr .50", "$.50", "$ -.5"]
    rules = DECIMAL | {"decimal_mark": "."}
    found = cleaned(texts, rules | {"currency": ["kr", "$"]})
    assert [each.value for each in found] == [None, None, 500, Decimal("0.5"), Decimal("0.5"), Decimal("-0.5")]
    found = cleaned(texts[:3], rules | {"currency": ["kr", "kr."]})
    assert [each.value for each in found] == [500, -500, 500]


def test_a_number_with_a_power_of_ten_has_no_thousands() -> None:
    assert cleaned(["1,234E+03"], {"type": "double"})[0].value == 1234.0
    (found,) = cleaned(["1,234E+03"], {"type": "double", "decimal_mark": "."})
    assert (found.value, found.problems) == (None, ("double",))
    per_cent = {"type": "decimal(9, 2)", "decimal_mark": ".", "percent": "fraction"}
    assert cleaned(["1,234%"], per_cent)[0].value == Decimal("12.34")
    assert [each.value for each in cleaned(["1,234e3", "1,234e-2"], per_cent)] == [None, None]


def test_groups_of_two_have_commas_or_are_no_number() -> None:
    found = cleaned(["1.23.456", "1,23,456"], DECIMAL)
    assert [each.value for each in found] == [None, Decimal(123456)]


def test_a_whole_number_of_units_is_whole() -> None:
    rules = {"type": "integer", "decimal_mark": ".", "units": {"h": 0.5}}
    assert [each.value for each in cleaned(["4 h", "3 h"], rules)] == [2, None]


def test_a_product_beyond_all_doubles_is_no_number() -> None:
    rules = {"type": "double", "decimal_mark": ".", "units": {"h": 0.5, "d": 12.5}}
    assert [each.value for each in cleaned(["1e308 h", "1e308 d", "1e999 h"], rules)] == [5e307, None, None]


def test_the_sign_of_nothing_is_counted_where_it_goes() -> None:
    (found,) = cleaned(["-0"], {"type": "integer"})
    assert (found.value, found.formatting) == (0, ("number_format",))


def test_signs_marks_and_units_around_a_number_are_read_and_counted() -> None:
    rules = {
        "type": "decimal(12, 4)",
        "decimal_mark": ",",
        "negative": ["brackets", "trailing"],
        "percent": "fraction",
        "units": {"kg": 1, "g": 0.001},
    }
    texts = ["($1.234,5)", "5-", "12,5 %", "250 g", "3kg", "7 oz"]
    assert cleaned(texts, rules) == [
        Cleaned(Decimal("-1234.5"), ("negative", "currency", "number_format"), (), False),
        Cleaned(Decimal(-5), ("negative",), (), False),
        Cleaned(Decimal("0.125"), ("percent", "number_format"), (), False),
        Cleaned(Decimal("0.25"), ("unit",), (), False),
        Cleaned(Decimal(3), ("unit",), (), False),
        Cleaned(None, (), ("decimal",), False),
    ]
