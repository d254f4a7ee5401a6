"""XML: a repeated element is the record; nothing of the file is lost silently, nothing hostile is expanded."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.settings import Settings
from tests.ingesting import ask, put, run_ingest
from tests.test_json import ANY, landed, rejected


def land(settings: Settings, content: str | bytes, **options: str) -> list[dict[str, str | None]]:
    put(settings, "a.xml", content)
    summary = run_ingest(settings, replace(ANY, options=options))
    assert summary.problems == ()
    return landed(settings)


TWO = [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob & co <x>"}]
SAME = {
    "elements": "<r><o><id>1</id><name>Ada</name></o><o><id>2</id><name>Bob &amp; co <![CDATA[<x>]]></name></o></r>",
    "attributes": "<r>\n <o id='1' name='Ada'/>\n <o id='2' name='Bob &amp; co &lt;x>'/>\n</r>",
    "wrapped": "<r><meta v='1'/><list><o id='1' name='Ada'/><o id='2' name='Bob &amp; co &lt;x>'/></list></r>",
    "namespaces": "<a:r xmlns:a='http://x.org/a' xmlns='urn:d'><a:o><id>1</id><name>Ada</name></a:o>"
    "<a:o a:id='2'><name>Bob &amp; co &lt;x&gt;</name></a:o></a:r>",
    "comments": "<!-- a --><?pi x?><!DOCTYPE r><r><!-- b --><o><id>1</id><name>A<!-- c -->da</name></o>"
    "<o id='2'><name>Bob &#38; co &lt;x></name></o></r>",
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_attributes_and_child_elements_are_columns(settings: Settings, name: str, encoding: str) -> None:
    assert land(settings, SAME[name].encode(encoding)) == TWO


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("iso-8859-1", "é"), ("windows-1252", "€"), ("shift_jis", "山田"), ("utf-16", "é😀"), ("koi8-r", "Ж")],
)
def test_the_encoding_written_in_the_file_is_read(settings: Settings, encoding: str, text: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>\n<r><o><a>{text}</a></o><o><a>x</a></o></r>'
    assert land(settings, content.encode(encoding)) == [{"a": text}, {"a": "x"}]
    assert ask(settings, "select encoding from records.file_loads") == [(encoding,)]


def test_nested_and_repeated_elements_are_json_text(settings: Settings) -> None:
    content = """<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><o><a/><b xsi:nil="true"/><t>1.10</t><t>2</t>
        <p cur="EUR"> 5 </p><c><d>x</d><d>y</d></c></o><o><a> </a></o></r>"""
    first, second = land(settings, content)
    assert first == {
        "a": "",
        "b": None,
        "t": '["1.10","2"]',
        "p": '{"@cur":"EUR","#text":" 5 "}',
        "c": '{"d":["x","y"]}',
    }
    assert second == {"a": " ", "b": None, "t": None, "p": None, "c": None}


@pytest.mark.parametrize(("mark", "encoding"), [("", "utf-8"), ("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be")])
def test_attributes_that_are_one_without_their_namespaces_are_quarantined(
    settings: Settings, mark: str, encoding: str
) -> None:
    bad = "<o x:id='1' id='2'/>", "<o><p><q x:id='1' id='2'/></p></o>", "<o x:id='/' id='4'></o>"
    content = f"{mark}<r xmlns:x='u'>{bad[0]}<o id='3'/>{bad[1]}{bad[2]}</r>"
    assert land(settings, content.encode(encoding)) == [{"id": "3"}]
    assert [row[3] for row in rejected(settings)] == [each.encode(encoding) for each in bad]


def test_what_a_nil_element_holds_is_kept(settings: Settings) -> None:
    content = """<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><o><p xsi:nil="true" why="lost"/></o>
        <o><p xsi:nil="true">5</p></o><o><p xsi:nil="true"> </p></o></r>"""
    assert land(settings, content) == [{"p": '{"@why":"lost"}'}, {"p": "5"}, {"p": None}]


def test_the_type_an_element_says_it_has_is_kept_as_an_attribute(settings: Settings) -> None:
    content = """<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><o xsi:type="Dog" xsi:nil="false"><a>1</a></o>
        <o xsi:type="Cat" xsi:schemaLocation="u v"><a xsi:type="Paw">2</a></o></r>"""
    assert land(settings, content) == [
        {"type": "Dog", "a": "1"},
        {"type": "Cat", "a": '{"@type":"Paw","#text":"2"}'},
    ]


def test_what_stands_beside_the_records_is_named(settings: Settings) -> None:
    land(settings, "<r xmlns='urn:x'><meta><n>1</n></meta><o><i>1</i></o><o><i>2</i></o></r>")
    ((dialect,),) = ask(settings, "select dialect from records.file_loads")
    assert json.loads(str(dialect)) == {
        "record": "o",
        "beside": {"r": 1, "meta": 1, "n": 1},
        "namespaces": ["urn:x"],
    }


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("<r><o><i>1</i></o></r>", {}, [{"i": "1"}]),
        ("<r><i>1</i><j>2</j></r>", {}, [{"i": "1", "j": "2"}]),
        ("<r><n>1</n><n>2</n></r>", {}, [{"n": "1"}, {"n": "2"}]),
        ("<r><a/><a/><a/><b><c x='1'/></b></r>", {"record": "c"}, [{"x": "1"}]),
        ("<r><o><o><i>1</i></o></o><o/></r>", {"record": "o"}, [{"o": '{"i":"1"}'}, {"o": ""}]),
    ],
)
def test_the_record_is_the_repeated_or_the_declared_element(
    settings: Settings, content: str, options: dict[str, str], expected: list[dict[str, str]]
) -> None:
    assert land(settings, content, **options) == expected


def test_the_declared_columns_choose_the_record(settings: Settings) -> None:
    put(settings, "a.xml", "<r><x/><x/><x/><order order_id='7'><customer>Ada</customer><note/></order></r>")
    assert run_ingest(settings).problems == ()
    assert ask(settings, "select order_id, customer, note from raw.shop__orders") == [("7", "Ada", "")]


def test_a_record_that_cannot_be_a_row_is_quarantined_with_its_bytes(settings: Settings) -> None:
    content = b"<r>\n<o><a>1</a></o>\n<o a='1'><a>2</a></o>\n<o>" + b"<d>" * 300 + b"</d>" * 300 + b"</o><o a='3'/></r>"
    assert land(settings, content) == [{"a": "1"}, {"a": "3"}]
    first, second = rejected(settings)
    assert first == (2, 3, 20, b"<o a='1'><a>2</a></o>", "row-error")
    assert second[:2] == (3, 4) and bytes(second[3]).endswith(b"</d></o>")  # type: ignore[call-overload]
    assert ask(settings, "select _row_number from raw.shop__orders") == [(1,), (4,)]


LAUGHS = "".join(f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" * 1}">' for n in range(1, 9))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("<r><o><a>1</a></o><o><a>", "cut off at byte"),
        ("<r><o><a>1</b></o></r>", "mismatched tag"),
        ("<r><o><a>1</a></o></r><r/>", "junk after document"),
        (b"<r><o><a>\xff</a></o></r>", "not well-formed"),
        (b"<r><o><a>\0</a></o></r>", "not well-formed"),
        (f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r><o>&l8;</o></r>', "entities of its own"),
        ('<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r><o>&f;</o></r>', "entities of its own"),
        ('<!DOCTYPE r SYSTEM "r.dtd"><r><o>&f;</o></r>', "does not declare"),
        ('<?xml version="1.0" encoding="nonsense"?><r/>', "encoding 'nonsense' does not exist"),
        ('<?xml version="1.0" encoding="rot13"?><r/>', "encoding 'rot13' does not exist"),
        ("<r><a/><a/><b/><b/></r>", "repeated 2 times"),
    ],
)
def test_a_damaged_or_hostile_file_is_refused_whole(settings: Settings, content: str | bytes, why: str) -> None:
    put(settings, "a.xml", content)
    (problem,) = run_ingest(settings, ANY).problems
    assert re.search(why, problem), problem
    assert ask(settings, "select count(*) from raw.shop__orders") == [(0,)]


def test_an_undeclared_record_element_is_named_with_those_there(settings: Settings) -> None:
    put(settings, "a.xml", "<r><o/><o/></r>")
    (problem,) = run_ingest(settings, replace(ANY, options={"record": "order"})).problems
    assert "no element 'order' (has: o, r)" in problem


XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "é"]), XML_TEXT, min_size=1), min_size=2, max_size=5))
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_text_comes_back(tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, str]]) -> None:
    from xml.etree import ElementTree

    folder = tmp_path_factory.mktemp("xml")
    settings = Settings(warehouse=folder / "w", landing=folder / "l", models_store=folder / "m", threads=1)
    root = ElementTree.Element("records")
    for record in records:
        element = ElementTree.SubElement(root, "record")
        for name, value in record.items():
            ElementTree.SubElement(element, name).text = value
    names = list(dict.fromkeys(name for record in records for name in record))
    expected = [{name: record.get(name) for name in names} for record in records]
    assert land(settings, ElementTree.tostring(root, "utf-8")) == [
        {name: value for name, value in row.items()} for row in expected
    ]
