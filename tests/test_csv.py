"""CSV: whatever was written comes back cell by cell, and what cannot be read is kept with its place."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.declaration import Source
from flows.ingest.formats.csv import scan as csv_scan
from flows.ingest.parts import Refusal
from flows.settings import Settings
from tests.csv_files import SOURCES, bytes_like_csv, plain, written
from tests.ingesting import put, rows, run_ingest
from tests.reading import ORDERS, declared, outcome, read

GOOD = b"order_id,customer,note\n1,Ada,first\n2,Bob,second\n"
TWO_ROWS = [("1", "Ada", "first"), ("2", "Bob", "second")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"a\r\nb"', "a\r\nb"),
        ('"a\rb"', "a\rb"),
        ('"a\nb"', "a\nb"),
        ("a\rb", "a\rb"),
        ('5" pipe', '5" pipe'),
        ('""""', '"'),
        ('" x "', " x "),
        (" x ", " x "),
        ("007", "007"),
        ("NA", "NA"),
        ('""', ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_cell_keeps_its_text(cell: str, text: str, line_end: str) -> None:
    lines = ["order_id,customer,note", f"1,{cell},first", "2,Bob,second", f"{cell},Bob,{cell}", ""]
    assert read(line_end.join(lines).encode()).rows == [("1", text, "first"), TWO_ROWS[1], (text, "Bob", text)]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_bad_records_say_where_they_stand_whatever_the_line_ends(line_end: bytes) -> None:
    lines = b'title||order_id,customer,note|1,"A||",x|2,B|3,"C||D",x,y|4,D,x|5,"E"e,x|'
    content = lines.replace(b"|", line_end)
    found = read(content)
    assert [row[0] for row in found.rows] == ["1", "4"]
    assert [(bad.row_number, bad.line, bad.error_code) for bad in found.reading.bad_records] == [
        (2, 7, "missing-cell"),
        (3, 8, "extra-cell"),
        (5, 12, "row-error"),
    ]
    assert [bad.content for bad in found.reading.bad_records] == [
        b"2,B",
        b'3,"C||D",x,y'.replace(b"|", line_end),
        b'5,"E"e,x',
    ]


def test_a_quote_nobody_closed_takes_one_line_only() -> None:
    lines = [f"{number},Ada,x\n".encode() for number in range(1000)]
    lines[300] = b'300,"Ada,x\n'
    assert [content for _, content in read(b"order_id,customer,note\n" + b"".join(lines)).bad] == [b'300,"Ada,x']
    lines[700] = b'700,Ada,"x"\n'
    lines[800] = b'800,Ada,x"\n'
    found = read(b"order_id,customer,note\n" + b"".join(lines))
    assert [content for _, content in found.bad] == [b'300,"Ada,x']
    assert found.rows[-200] == ("800", "Ada", 'x"')


def test_zero_bytes_and_bytes_that_are_no_text_spoil_only_their_record() -> None:
    found = read(GOOD + "3,Zoë,ü\n".encode() * 3 + b"4,\0,x\n5,\xff,x\n6,Fi,x\n")
    assert found.bad == [("encoding-error", b"4,\0,x"), ("encoding-error", b"5,\xff,x")]
    assert found.rows[-1] == ("6", "Fi", "x")


def test_a_record_of_several_megabytes_is_loaded_and_one_over_16_is_kept_as_bad() -> None:
    found = read(GOOD + b'3,"' + b"a\n" * 1_500_000 + b'",x\n4,' + b"b" * 17_000_000 + b",x\n5,Ed,x\n")
    assert [(row[0], len(row[1])) for row in found.rows[2:]] == [("3", 3_000_000), ("5", 2)]
    assert [(code, len(content)) for code, content in found.bad] == [("row-error", 17_000_004)]


def test_a_name_with_a_zero_byte_is_refused() -> None:
    with pytest.raises(Refusal, match="column 3 holds a zero byte"):
        read(b"order_id,customer,no\0te\n1,Ada,x\n")


def test_a_file_without_line_ends_is_refused() -> None:
    with pytest.raises(Refusal, match="does not end within"):
        read(GOOD + b"x" * 40_000_000)


def test_a_hopeless_file_is_refused_before_its_end() -> None:
    with pytest.raises(Refusal, match="too many to go on; the first stands in line 4"):
        read(GOOD + b"3,Cy\n" * 200_000 + b"4,Di,x\n" * 200_000, replace(ORDERS, max_rejected=0.05))


def test_many_blank_lines_before_the_header_are_counted() -> None:
    found = read(b"\n" * 600_000 + GOOD)
    assert (found.rows, found.reading.counts.blank) == (TWO_ROWS, 600_000)
    assert read(b"\r\n" * 5 + GOOD.replace(b"\n", b"\r\n")).rows == TWO_ROWS
    assert read(b"\n\n\n").reading.counts.blank == 3


def test_blank_lines_are_left_out_and_counted() -> None:
    found = read(GOOD.replace(b"\n", b"\n\n") + b"  \n3,Cy,x\n")
    assert (found.rows, found.reading.counts.blank) == ([*TWO_ROWS, ("3", "Cy", "x")], 4)


def test_another_table_in_the_file_is_quarantined_and_the_first_is_loaded() -> None:
    found = read(GOOD + b"\ncity,mayor\nUlm,Ada\nBonn,Bob\n\n1,2,3\n")
    assert found.rows == TWO_ROWS
    assert [bad.message for bad in found.reading.bad_records] == [
        "it belongs to another table, which begins in line 5; put each table in a file of its own"
    ] * 4


def test_files_joined_with_their_marks_and_headers_give_all_rows() -> None:
    mark = b"\xef\xbb\xbf"
    found = read(mark + GOOD + mark + GOOD + mark + b"3,Cy,x\n")
    assert (found.rows, found.reading.counts.header) == ([*TWO_ROWS, *TWO_ROWS, ("3", "Cy", "x")], 2)


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(written())
def test_every_cell_of_every_table_in_every_dialect_comes_back(
    file: tuple[bytes, list[tuple[str, ...]], Source],
) -> None:
    content, rows, source = file
    found = read(content, source)
    assert (found.rows, found.bad) == (rows, [])


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(plain())
def test_every_cell_comes_back_without_a_declared_dialect(file: tuple[bytes, list[tuple[str, ...]]]) -> None:
    assert read(file[0]).rows == file[1]


@hypothesis_settings(max_examples=500, deadline=None, derandomize=True)
@given(bytes_like_csv(), SOURCES)
def test_any_bytes_are_read_or_refused_and_every_record_is_counted(content: bytes, source: Source) -> None:
    with suppress(Refusal):
        read(content, source)


def test_a_file_read_again_in_another_encoding_is_loaded_once() -> None:
    content = (
        b"order_id,customer,note\n1,Ada,x\n" + (b"2," + b"A" * 998 + b"\n") * 1_200 + "3,François,x\n".encode("latin-1")
    )
    assert read(content).rows == [("1", "Ada", "x"), ("3", "François", "x")]


@hypothesis_settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=bytes_like_csv(), source=SOURCES, size=st.integers(1, 40))
@example(b"\r1;Ada;x\r\n", ORDERS, 1)
@example(b"\x05", declared(), 1)
@example(b"\n\r", ORDERS, 1)
@example(b"order_id,customer,note\na,b\n\na,b\n\n", ORDERS, 1)
@example(b'order_id,customer,note\n#"1","A\nB","x"\r\n#', ORDERS, 1)
@example(b"1,Ada,x\n1,Ada,x\n1;Ada;x\r\n\xff\xfe", ORDERS, 1)
def test_the_same_is_read_whatever_the_pieces_it_is_read_in(
    monkeypatch: pytest.MonkeyPatch, content: bytes, source: Source, size: int
) -> None:
    whole = outcome(content, source)
    with monkeypatch.context() as patched:
        patched.setattr(csv_scan, "CHUNK_BYTES", size)
        assert outcome(content, source) == whole


def test_another_table_does_not_count_against_max_rejected(settings: Settings) -> None:
    put(settings, "orders.csv", GOOD + b"\ncity,mayor\nUlm,Ada\nBonn,Bob\n")
    assert run_ingest(settings, replace(ORDERS, max_rejected=0.0)).problems == ()
    assert rows(settings) == TWO_ROWS
