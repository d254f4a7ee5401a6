"""The rules of `clean`: its page is executed, wrong ones are refused, every change is counted and can be proven."""

import json
import re
import unicodedata
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import DeclarationError
from flows.macros import render, returned
from flows.settings import REPOSITORY
from tests.cleaned import BOOKKEEPING, cleaned, refusal

PAGE = (REPOSITORY / "docs" / "clean.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```clean (\{[^\n]*\})\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ERRORS = re.findall(r"^```error (\{.*\})\n'(.*)'\n(.*?)\n```", PAGE, re.MULTILINE)
LINE = re.compile(r"'(?P<text>.*)' -> (?P<value>NULL|'.*?')(?: \[(?P<formatting>.*)\])?(?: ! (?P<problem>\w+))?$")


@pytest.mark.parametrize(("rules", "lines"), EXAMPLES, ids=[rules for rules, _ in EXAMPLES])
def test_the_page_shows_what_clean_does(rules: str, lines: str) -> None:
    shown = [found.groupdict() for found in map(LINE.match, lines.splitlines()) if found]
    assert len(shown) == len(lines.splitlines())
    for line, each in zip(shown, cleaned([str(line["text"]) for line in shown], json.loads(rules)), strict=True):
        value = str(each.value).lower() if isinstance(each.value, bool) else str(each.value)
        assert (f"'{value}'" if each.value is not None else "NULL") == line["value"], line
        assert ", ".join(each.formatting) == (line["formatting"] or "")
        assert each.problems == ((line["problem"],) if line["problem"] else ())


@pytest.mark.parametrize(("rules", "text", "message"), ERRORS)
def test_the_page_shows_with_which_words_a_build_ends(rules: str, text: str, message: str) -> None:
    assert refusal([text], json.loads(rules)).endswith(message.removeprefix("models/staging/x.sql: "))


def test_every_rule_and_every_option_is_on_the_page() -> None:
    words = set(re.findall(r"\w+", PAGE))
    assert set(returned("cleaning_options")) - words == set()
    assert set(returned("cleaning_rule_versions")) - words == set()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"typ": "text"}, r"unknown rule 'typ' .*did you mean 'type'"),
        ({"type": "integr"}, r"unknown type 'integr' .*did you mean 'integer'"),
        ({"type": "decimal"}, "has no scale; declare it, such as decimal"),
        ({"type": "date", "formats": ["isoo"]}, r"unknown date format 'isoo' .*did you mean 'iso'"),
        ({"type": "date", "formats": ["auto", "iso"]}, "'auto' stands alone"),
        ({"type": "date", "formats": ["%d.%m.%y"]}, "declare the first of them that is 19.. as 'pivot'"),
        ({"type": "date", "formats": ["%d %H"]}, "has letters that are not known"),
        ({"case": "lowr"}, r"case 'lowr' is not allowed .*did you mean 'lower'"),
        ({"type": "integer", "case": "lower"}, "case does nothing to type 'integer'"),
        ({"null_tokens": "x"}, r"null_tokens 'x' is not a list; write \['x'\]"),
        ({"map": ["x"]}, "is not a mapping"),
        ({"type": "date", "formats": ["iso"], "pivot": 1970}, "pivot '1970' is not a whole number from 0 to 99"),
        ({"normalize": "postcode"}, "declare one of AT, .* as 'country'"),
        ({"type": "enumeration"}, "declare them as 'accepted'"),
        ({"type": "double", "decimal_mark": ",", "thousands_mark": ","}, "are both ','"),
        ({"type": "double", "units": {"kg": "x"}}, "units: 'x' is not the number"),
        ({"on_error": "ignore"}, r"on_error 'ignore' is not allowed \(has: null, row, fail\)"),
    ],
)
def test_a_wrong_rule_names_the_column_what_is_allowed_and_what_was_meant(rules: object, message: str) -> None:
    with pytest.raises(DeclarationError, match=f"model: clean: column 'x': .*{message}"):
        render("clean", "raw", {"x": rules})


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=60))
def test_a_tidied_text_is_composed_has_single_spaces_and_no_control_characters(texts: list[str]) -> None:
    possible = [text.replace("\0", "") for text in texts]
    for text, each in zip(possible, cleaned(possible, {"null_tokens": []}), strict=True):
        tidied = each.value or ""
        assert tidied == unicodedata.normalize("NFC", tidied)
        assert "  " not in tidied
        assert tidied == tidied.strip(" \t\r\n\u00a0")
        assert not [letter for letter in tidied if unicodedata.category(letter) == "Cc" and letter not in "\t\r\n"]
        assert bool(each.formatting) == (tidied != text)


def test_what_is_kept_stays_as_it_stands() -> None:
    text = " a  b\u0001e\u0301 "
    assert cleaned([text], {"keep": ["control", "trim", "spaces", "unicode"]})[0].value == text


@pytest.mark.parametrize(("on_error", "is_rejected"), [("null", False), ("row", True)])
def test_the_policy_decides_whether_the_row_goes_on(on_error: str, is_rejected: bool) -> None:
    (found,) = cleaned(["x"], {"type": "integer", "on_error": on_error})
    assert (found.value, found.problems, found.is_rejected) == (None, ("integer",), is_rejected)


def test_codes_carry_the_raw_column_the_path_the_version_and_what_was_expected() -> None:
    rules = {"type": "decimal(9, 2)", "from": "a:b, c", "path": "$.d", "maximum": 5}
    with duckdb.connect() as connection:
        connection.execute(f"""create table raw ("a:b, c" varchar, {BOOKKEEPING})""")
        connection.execute(
            """insert into raw values ('{"d": "x"}', 1, 1, null, null), ('{"d": "06"}', 1, 2, null, null)"""
        )
        codes = connection.execute(f"select _problems, _formatting from ({render('clean', 'raw', {'x': rules})})")
        assert codes.fetchall() == [
            ("x:decimal:a%3Ab%2C c:$.d:1:decimal(9%2C 2)", None),
            ("x:range:a%3Ab%2C c:$.d:1:up to 5", "x:number_format:a%3Ab%2C c:$.d:1"),
        ]


def test_every_step_of_a_value_can_be_shown() -> None:
    rules = {"type": "decimal(12, 2)", "decimal_mark": ","}
    with duckdb.connect() as connection:
        connection.execute(f"create table raw (x varchar, {BOOKKEEPING})")
        connection.execute("insert into raw values (' $1.234,5 ', 1, 1, null, null)")
        steps = render("cleaning_steps", "raw", {"x": rules})
        assert connection.execute(f"select step, text from ({steps}) order by position").fetchall() == [
            ("raw", " $1.234,5 "),
            ("tidied", "$1.234,5"),
            ("present", "$1.234,5"),
            ("prepared", "1.234,5"),
            ("canonical", "1234.5"),
            ("value", "1234.50"),
        ]


@pytest.mark.parametrize(
    ("rules", "texts"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 9}, ["-1", "5", "10"]),
        ({"type": "date", "formats": ["iso"], "minimum": "2020-01-01"}, ["2019-12-31", "2020-01-01"]),
        ({"accepted": ["EU"]}, ["EU", "US", "n/a"]),
    ],
)
def test_the_last_step_of_a_value_is_the_cell_of_the_model(rules: dict[str, Any], texts: list[str]) -> None:
    steps = f"({render('cleaning_steps', 'raw', {'x': rules})}) where step = 'value' order by _row_number"
    cells = [each.value for each in cleaned(texts, rules)]
    with duckdb.connect() as connection:
        connection.execute(f"create table raw (x varchar, {BOOKKEEPING})")
        connection.executemany("insert into raw values (?, 1, ?, null, null)", [[x, i] for i, x in enumerate(texts)])
        found = connection.execute(f"select text from {steps}").fetchall()
    assert [text for (text,) in found] == [None if cell is None else str(cell) for cell in cells]


def test_rows_that_differ_in_anything_have_other_fingerprints() -> None:
    rows = [("a", "b"), ("ab", ""), ("", "ab"), ("ab", None), (None, "ab"), ("a ", "b"), (None, None), ("", "")]
    with duckdb.connect() as connection:
        connection.execute(f"create table raw (x varchar, y varchar, {BOOKKEEPING})")
        connection.executemany("insert into raw values (?, ?, 1, 1, null, null)", rows + rows)
        query = f"select count(distinct _row_fingerprint) from ({render('clean', 'raw', {'x': {}})})"
        assert connection.execute(query).fetchall() == [(len(rows),)]
