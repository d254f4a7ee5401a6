"""JSON: every value keeps its text, every record is accounted for, whatever the lines or documents hold."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.settings import Settings
from flows.sql import quoted
from tests.ingesting import ORDERS, ask, put, run_ingest

ANY = replace(ORDERS, columns=(), max_rejected=1.0)


def land(settings: Settings, content: str | bytes, **options: str) -> list[dict[str, str | None]]:
    """Ingest one file and return what landed, column by column."""
    put(settings, "a.json", content)
    summary = run_ingest(settings, replace(ANY, options=options))
    assert summary.problems == ()
    return landed(settings)


def landed(settings: Settings) -> list[dict[str, str | None]]:
    names = [
        str(row[0])
        for row in ask(settings, "select column_name from information_schema.columns where table_schema = 'raw'")
        if not str(row[0]).startswith(("_file", "_row", "_loaded", "_superseded"))
    ]
    listed = ", ".join(map(quoted, names)) or "NULL"
    rows = ask(settings, f"select {listed} from raw.shop__orders order by _file_id, _row_number")
    return [dict(zip(names, row, strict=False)) for row in rows]


def rejected(settings: Settings) -> list[tuple[object, ...]]:
    return ask(
        settings, "select row_number, line, byte_offset, raw_bytes, error_code from records.rejected_records order by 1"
    )


NUMBERS = [
    "123456789012345678.91",
    "1.10",
    "1e400",
    "-0",
    "-0.0",
    "1E5",
    "0.00001",
    "12345678901234567890123",
    "0.1e-7",
]


def test_a_number_keeps_its_text(settings: Settings) -> None:
    nested = f'{{"x": [{", ".join(NUMBERS)}]}}'
    lines = "".join(f'{{"a": {number} , "b":{nested}}}\n' for number in NUMBERS)
    assert land(settings, lines) == [{"a": number, "b": nested} for number in NUMBERS]


def test_an_object_without_keys_is_quarantined_and_counted(settings: Settings) -> None:
    assert land(settings, '{}\n{"a":1}\n{}\n') == [{"a": "1"}]
    assert rejected(settings) == [(1, 1, 0, b"{}", "blank-row"), (3, 3, 11, b"{}", "blank-row")]
    assert ask(settings, "select _row_number from raw.shop__orders") == [(2,)]


def test_a_file_of_empty_objects_is_accounted_for(settings: Settings) -> None:
    assert land(settings, "{}\n{}\n") == []
    counts = ask(settings, "select records_read, loaded_records, quarantined_records from records.file_loads")
    assert counts == [(2, 0, 2)]


def test_keys_are_read_as_they_stand_and_named_without_blanks(settings: Settings) -> None:
    assert land(settings, '{" a ":1,"":2,"b  c":"x"}\n{"":"\\"","d":""}\n') == [
        {"a": "1", "column_2": "2", "b c": "x", "d": None},
        {"a": None, "column_2": '"', "b c": None, "d": ""},
    ]


def test_a_key_of_the_last_line_is_a_column(settings: Settings) -> None:
    assert land(settings, '{"a":1}\n' * 3000 + '{"z":null,"y":2}\n')[-1] == {"a": None, "z": None, "y": "2"}


BAD = {
    b'{"a":1,"a":2}': "row-error",
    b'{"a":1,"\\u0061":2}': "row-error",
    b'{"a":NaN}': "row-error",
    b'{"a":-Infinity}': "row-error",
    b'{"a":"\\ud800"}': "row-error",
    b'{"a":"\xff"}': "encoding-error",
    b'{"a":1': "row-error",
    b"[1]": "row-error",
    b"7": "row-error",
    b'{"a":1}{"a":2}': "row-error",
    b'{"a":01}': "row-error",
    b'{"a":"\t"}': "row-error",
    b'{"a":1,}': "row-error",
    b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}": "row-error",
}


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_bad_line_is_quarantined_alone_with_its_bytes_and_place(settings: Settings, newline: bytes) -> None:
    lines = [b'{"a":"first"}', b"", *BAD, b" ", b'{"a":"last"}']
    assert land(settings, b"\xef\xbb\xbf" + newline.join(lines)) == [{"a": "first"}, {"a": "last"}]
    offsets = [3 + sum(len(line) + len(newline) for line in lines[:place]) for place in range(len(lines))]
    assert rejected(settings) == [
        (place, place + 1, offsets[place], bad, code) for place, (bad, code) in enumerate(BAD.items(), start=2)
    ]
    assert ask(settings, "select _row_number from raw.shop__orders") == [(1,), (len(BAD) + 2,)]


def test_a_repeated_key_within_a_nested_value_is_kept_as_text(settings: Settings) -> None:
    assert land(settings, '{"a":{"b":1,"b":2}}\n') == [{"a": '{"b":1,"b":2}'}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_unicode_encodings_are_read(settings: Settings, encoding: str) -> None:
    assert land(settings, '{"a":"é😀"}\n{"a":"b"}\n'.encode(encoding)) == [{"a": "é😀"}, {"a": "b"}]


def test_a_declared_utf_8_by_any_of_its_names_keeps_the_good_lines(settings: Settings) -> None:
    assert land(settings, b'{"a":"\xff"}\n{"a":"b"}\n', encoding="UTF8") == [{"a": "b"}]


def test_a_huge_line_is_read(settings: Settings) -> None:
    text = "x" * (18 * 2**20)
    assert [len(row["a"] or "") for row in land(settings, f'{{"a":"{text}"}}\n{{"a":"b"}}\n')] == [len(text), 1]


def test_nested_objects_are_flattened_on_request(settings: Settings) -> None:
    lines = '{"id":1,"address":{"city":"Bern","geo":{"lat":1.10}},"tags":[{"a":1}]}\n{"address":{},"id":{"":"x"}}\n'
    assert land(settings, lines, flatten="true") == [
        {
            "id": "1",
            "address_city": "Bern",
            "address_geo_lat": "1.10",
            "tags": '[{"a":1}]',
            "address": None,
            "id_": None,
        },
        {"id": None, "address_city": None, "address_geo_lat": None, "tags": None, "address": "{}", "id_": "x"},
    ]


@pytest.mark.parametrize("lines", ['{"a_b":1}\n{"a":{"b":2}}\n', '{"a":1}\n{"A":2}\n'])
def test_names_that_collide_are_refused(settings: Settings, lines: str) -> None:
    put(settings, "a.json", lines)
    (problem,) = run_ingest(settings, replace(ANY, options={"flatten": "true"})).problems
    assert "two columns have one name" in problem


JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | JSON_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(JSON_TEXT, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["a", "b ", "", 'c"\\', "é"]), VALUES, min_size=1), max_size=6)


def expected(value: object, ascii_only: bool) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=ascii_only)


@given(RECORDS, st.booleans())
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_every_value_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]], ascii_only: bool
) -> None:
    folder = tmp_path_factory.mktemp("json")
    settings = Settings(warehouse=folder / "w", landing=folder / "l", models_store=folder / "m", threads=1)
    lines = [json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records]
    rows = land(settings, "".join(lines) or "\n")
    names = list(dict.fromkeys(key for record in records for key in record))
    columns = [" ".join(name.split()) or f"column_{place + 1}" for place, name in enumerate(names)]
    assert rows == [
        {column: expected(record.get(name), ascii_only) for name, column in zip(names, columns, strict=True)}
        for record in records
    ]


@pytest.mark.parametrize("options", [{}, {"flatten": "true"}], ids=["nested", "flat"])
def test_a_string_stays_as_it_is_beside_a_number_too_large_for_a_float(
    settings: Settings, options: dict[str, str]
) -> None:
    huge = "1" * 400
    line = f'{{"a": "\\u00e9", "b": "1e5 \\"2e5", "c": 1e400, "d": {huge}, "e": {{"f": "\\u00e9 3e5", "g": 1e400}}}}\n'

    (record,) = land(settings, line, **options)

    nested = {"e": '{"f": "\\u00e9 3e5", "g": 1e400}'} if not options else {"e_f": "é 3e5", "e_g": "1e400"}
    assert record == {"a": "é", "b": '1e5 "2e5', "c": "1e400", "d": huge} | nested
