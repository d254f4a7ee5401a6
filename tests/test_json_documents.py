"""JSON documents: the records of arrays, pages and nested lists, cut out one by one; damaged ones refused whole."""

import re
from dataclasses import replace

import pytest

from flows.settings import Settings
from tests.ingesting import ask, put, run_ingest
from tests.test_json import ANY, land, rejected

THREE = [{"a": "1"}, {"a": "2.50"}, {"a": None}]
DOCUMENTS = {
    "an array": ('[{"a":1}, {"a":2.50},\n{"a":null}]', {}),
    "an array over many lines": ('\n[\n {\n "a": 1\n },\n {"a":2.50}, {"a":null} ]\n', {}),
    "one after another": ('{"a":1}{"a":2.50}\n\n{\n"a":null}', {}),
    "the only list": ('{"page":1,\n"data":{"items":[{"a":1},{"a":2.50},{"a":null}],"none":[]},"x":{"y":[1]}}', {}),
    "the declared list": (
        '{"b":[{"c":1}],"data":{"items":[{"a":1},{"a":2.50},{"a":null}]}}',
        {"records": "data.items"},
    ),
    "pages": ('{"d":[{"a":1},{"a":2.50}]}\n{"d":[]}\n{"d":[{"a":null}]}\n', {"records": "d"}),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_is_cut_into_its_records(settings: Settings, name: str, encoding: str) -> None:
    text, options = DOCUMENTS[name]
    assert land(settings, text.encode(encoding), **options) == THREE


def test_a_bad_record_of_a_document_is_quarantined_with_its_place(settings: Settings) -> None:
    document = b'[\n{"a":"x"},\n {"a":"\xff"}, 7,\n{"a":NaN\n},{"a":1,"a":2}, null, {"a":"y"}]'
    assert land(settings, document) == [{"a": "x"}, {"a": "y"}]
    bad = rejected(settings)
    assert [each[:2] for each in bad] == [(2, 3), (3, 3), (4, 4), (5, 5), (6, 5)]
    for _, _, offset, content, _ in bad:
        assert document[int(str(offset)) :].startswith(bytes(content))  # type: ignore[call-overload]
    assert [each[3] for each in bad] == [b'{"a":"\xff"}', b"7", b'{"a":NaN\n}', b'{"a":1,"a":2}', b"null"]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ('{"a": [{"i": 1}],\n"a": [{"i": 2}]}', {}),
        ('{"a": [{"i": 1}],\n"a": [{"i": 2}]}', {"records": "a"}),
        ('{"d": {"a": [{"i": 1}]},\n"d": {"a": [{"i": 2}]}}', {"records": "d.a"}),
        ('{"a": [{"i": 1}],\n"a": 2}', {}),
    ],
)
def test_a_document_that_has_its_records_under_two_equal_keys_is_refused(
    settings: Settings, content: str, options: dict[str, str]
) -> None:
    put(settings, "a.json", content)
    (problem,) = run_ingest(settings, replace(ANY, options=options)).problems
    assert "names the key" in problem


def test_the_declared_columns_tell_a_record_from_a_list_within_it(settings: Settings) -> None:
    put(settings, "a.json", '{"order_id":1,"customer":"Ada","note":[{"text":"x"}]}')
    put(settings, "b.json", '{"orders":[{"order_id":2,"customer":"Bob","note":"y"}]}')
    assert run_ingest(settings).problems == ()
    rows = ask(settings, "select order_id, customer, note from raw.shop__orders order by order_id")
    assert rows == [("1", "Ada", '[{"text":"x"}]'), ("2", "Bob", "y")]


@pytest.mark.parametrize(
    ("document", "why", "options"),
    [
        ('[{"a":1},\n{"a":2', "cut off", {}),
        ('[{"a":1},\n', "cut off", {}),
        ('[{"a":1}\n{"a":2}]', "damaged at byte 9", {}),
        ('[{"a":1},]', "damaged at byte 8", {}),
        ('{\n"a" 1}', "damaged at byte 6", {}),
        ('{"a":[{"x":1}],\n"b":[{"x":1}]}', "several lists of objects \\(a, b\\)", {}),
        ('{"a":[{"x":1}],\n"b":2}', "has no 'c' .*has: a, b", {"records": "c"}),
        ('{"a":[{"x":1}],\n"b":2}', "'b' is no list", {"records": "b"}),
        ('{"a":\n' + "[" * 100_000, "nested too deep", {}),
    ],
)
def test_a_damaged_or_ambiguous_document_is_refused_whole(
    settings: Settings, document: str, why: str, options: dict[str, str]
) -> None:
    put(settings, "a.json", document)
    (problem,) = run_ingest(settings, replace(ANY, options=options)).problems
    assert re.search(why, problem)
    assert ask(settings, "select count(*) from raw.shop__orders") == [(0,)]
