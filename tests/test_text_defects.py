"""Texts that were read wrongly once: odd headers and first lines, escapes, zero bytes, where bad records stand."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from duckdb import BinderException

from flows.declaration import Declaration, Source
from flows.ingest.parts import Part, Reading, Refusal
from flows.ingest.prepare import READERS
from flows.ingest.raw_table import exactly
from flows.settings import Settings
from tests.ingesting import ask, put, run_ingest
from tests.reading import cells, declared, read

UNDECLARED = declared()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", ["a,b", 'a,"b"', 'a,"b\nb"'])
def test_an_empty_cell_at_every_records_end_is_no_column_and_costs_no_header(header: str, line_end: str) -> None:
    lines = [header.replace("\n", line_end), "1,2,", "x,,", '3,"4",', '5,"6,",""', ""]
    found = read(line_end.join(lines).encode(), UNDECLARED)
    assert found.names == ["a", "b b" if "\n" in header else "b"]
    assert found.rows == [("1", "2"), ("x", ""), ("3", "4"), ("5", "6,")]
    assert (found.reading.counts.header, found.reading.counts.preamble) == (1, 0)


def test_an_empty_cell_at_the_end_is_found_without_numbers_behind_a_title_and_under_declared_columns() -> None:
    assert read(b"a,b\nx,y,\nz,w,\n", UNDECLARED).rows == [("x", "y"), ("z", "w")]
    titled = read(b"Orders\n\norder_id;customer;note\n1;Ada;x;\n2;Bob;y;\n")
    assert (titled.names, titled.rows) == (["order_id", "customer", "note"], [("1", "Ada", "x"), ("2", "Bob", "y")])
    assert titled.reading.counts.preamble == 1
    of_line_1 = read(b"a|b\n1|2|\n3|4|\n", declared(header_row="1"))
    assert (of_line_1.names, of_line_1.rows) == (["a", "b"], [("1", "2"), ("3", "4")])
    assert read(b"a,b,\n1,2,\n", UNDECLARED).names == ["a", "b", "column_3"]


def test_a_value_behind_the_last_column_is_kept_as_a_bad_record() -> None:
    found = read(b"a,b\n1,2,\n3,4,\n5,6,x\n7,8\n9,0,\n" + b'1,"\xe9",\r\n', declared(encoding="latin-1"))
    assert found.bad == [("extra-cell", b"5,6,x"), ("missing-cell", b"7,8")]
    assert found.rows == [("1", "2"), ("3", "4"), ("9", "0"), ("1", "é")]
    assert read(b"a,b\n1,2,\n3,4,x\n", UNDECLARED).bad == [("extra-cell", b"3,4,x")]
    assert read(b"a,b\n1,2,x\n3,4,y\n", UNDECLARED).names == ["column_1", "column_2", "column_3"]


@pytest.mark.parametrize("last", ['id,name,"a\nb"', '"i\nd",name,a b', "id,name,a b"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_header_of_several_rows_may_have_cells_of_several_lines(last: str, line_end: str) -> None:
    content = line_end.join(["Order,Customer,Note", last, "1,Ada,x", '2,"B\nob",y', ""]).encode()
    found = read(content, declared(header_rows="2"))
    assert found.names[2] == "Note a b"
    assert found.rows == [("1", "Ada", "x"), ("2", "B\nob", "y")]
    assert found.reading.counts.header == 2


def test_an_escape_is_never_taken_for_the_delimiter() -> None:
    assert read(b"a;b\n1;2\n3,;x;4\n", declared(escape=",")).rows == [("1", "2"), ("3;x", "4")]
    with pytest.raises(Refusal, match=r"delimiter seems to be ',', in which the declared escape ',' stands"):
        read(b"a,b\n1,2\n3,4\n", declared(escape=","))
    with pytest.raises(Refusal, match=r"declared escape ',' stands"):
        read(b"order_id,customer,note\n1,Ada,x\n", declared("order_id", "customer", "note", escape=","))


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_line_in_which_excel_names_the_delimiter_is_obeyed_and_no_header(first: str, encoding: str) -> None:
    content = f"{first}\r\na;b\r\n1,5;2,5\r\n3,5;4,5\r\n".encode(encoding)
    for source in (UNDECLARED, declared("a", "b")):
        found = read(content, source)
        assert (found.names, found.rows) == (["a", "b"], [("1,5", "2,5"), ("3,5", "4,5")])
        assert (found.reading.counts.preamble, found.reading.counts.header) == (1, 1)
        assert found.reading.detected_by == "sep= in its first line"
    assert read(b"sep=|\n1,2|3\n4,5|6\n", declared(delimiter=",", header_row="0")).rows == [("1", "2|3"), ("4", "5|6")]
    assert read(b"sep=\tx\nsep=a\n1\n", UNDECLARED).reading.counts.preamble == 0


ODD_NAMES = [
    "{files}",
    "FILE_INDEX",
    "filename",
    "rowid",
    "a'b",
    "$1",
    "?",
    "é",
    "É",
    "ss",
    "ß",
    "*",
    "-- x",
    "/*",
    "a;b",
]


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_no_name_of_a_column_keeps_a_file_out(settings: Settings, file_format: str) -> None:
    for place, name in enumerate(ODD_NAMES):
        text = f'"{name}"|other\n{place}|x\n' if file_format == "csv" else json.dumps({name: f"{place}", "other": "x"})
        put(settings, f"{place:02}.{file_format}", text)
    assert run_ingest(settings, UNDECLARED).problems == ()
    assert ask(settings, "select count(*), count(distinct _file_id) from raw.shop__orders where other = 'x'") == [
        (len(ODD_NAMES), len(ODD_NAMES))
    ]
    assert ask(settings, 'select _file_id from raw.shop__orders where "é" is not null order by all') == [(8,), (9,)]


def test_names_that_tidemill_keeps_for_itself_are_refused_in_any_case() -> None:
    with pytest.raises(Refusal, match="'_FILE_ID', which Tidemill keeps"):
        read(b"_FILE_ID,b\n1,2\n", UNDECLARED)


@pytest.mark.parametrize("broken", ["flows.ingest.land.exactly", "flows.ingest.prepare.replace"])
def test_a_bug_that_one_file_meets_is_its_own_failure_with_the_traceback_and_the_others_land(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    put(settings, "a.csv", "a,b\n1,2\n")
    put(settings, "b.csv", "bug,b\n1,2\n")
    real = exactly if broken.endswith("exactly") else replace

    def meets_a_bug(*arguments: Any, **changes: Any) -> Any:
        if "file_name='bug'" in f"{arguments[:2]}{changes}":
            raise BinderException("Binder Error: ours\nmore") if broken.endswith("exactly") else TypeError("ours")
        return real(*arguments, **changes)

    monkeypatch.setattr(broken, meets_a_bug)
    (problem,) = run_ingest(settings, UNDECLARED).problems
    assert "b.csv: Tidemill itself failed on it" in problem
    assert "ours" in problem
    assert "meets_a_bug" in caplog.text
    assert ask(settings, "select action, loaded_records from records.file_loads order by 1") == [
        ("failed", 0),
        ("loaded", 1),
    ]
    monkeypatch.undo()
    assert run_ingest(settings, UNDECLARED).problems == ()


NAME = "Zoë 山"
TEXTS = {
    "jsonl": f'{{"order_id": "{NAME}"}}\r\n  {{"order_id": "{NAME}"  \r\n[1]\n{{"order_id": "3"}}\n',
    "json": f'[{{"order_id": "{NAME}"}},\n  {{"order_id": "{NAME}", "order_id": "2"}},\r\n [1]]\n',
    "xml": f"<orders>\n<order><id>{NAME}</id></order>\n"
    f'  <order id="{NAME}"><id>{NAME}</id></order>\n<order id="1"><id/></order></orders>',
    "fixed_width": f"order_id  customer\n{NAME:<10}Ada     \n{NAME}     \n3         Bob\n"
    + "".join(f"{number:<10}Cy      \n" for number in range(4, 9)),
}
BAD = {
    "jsonl": [(2, f'{{"order_id": "{NAME}"'), (3, "[1]")],
    "json": [(2, f'{{"order_id": "{NAME}", "order_id": "2"}}'), (3, "[1]")],
    "xml": [(3, f'<order id="{NAME}"><id>{NAME}</id></order>'), (4, '<order id="1"><id/></order>')],
    "fixed_width": [(3, f"{NAME}     "), (4, "3         Bob")],
}


def read_as(file_format: str, content: bytes, source: Source, folder: Path) -> Reading:
    path = Path(tempfile.mkdtemp(dir=folder)) / "file"
    path.write_bytes(content)
    (path.parent / "scratch").mkdir()
    part = Part(path, file_format, None, "0" * 64, len(content))
    reading = READERS[file_format](part, source, Declaration("shop", (source,), ()), path.parent / "scratch")
    cells(reading)
    for bad in reading.bad_records:
        assert content[bad.byte_offset : (bad.byte_offset or 0) + len(bad.content)] == bad.content
    return reading


@pytest.mark.parametrize("file_format", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030", "cp1252"])
def test_bad_records_of_every_text_format_are_the_original_bytes(
    file_format: str, encoding: str, tmp_path: Path
) -> None:
    name = NAME.replace("山", "ü") if encoding == "cp1252" else NAME
    content = TEXTS[file_format].replace(NAME, name).encode(encoding)
    options = {"encoding": encoding, **({"widths": "10,8"} if file_format == "fixed_width" else {})}
    source = declared("id" if file_format == "xml" else "order_id", **options)
    reading = read_as(file_format, content, source, tmp_path)
    bare = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    assert [(bad.line, bad.content.decode(bare)) for bad in reading.bad_records] == [
        (line, text.replace(NAME, name)) for line, text in BAD[file_format]
    ]


def test_the_first_lines_and_old_mac_lines_bad_records_are_the_original_bytes(tmp_path: Path) -> None:
    marked = read_as("jsonl", b'\xef\xbb\xbf {"a": \n{"a": 1}\n', UNDECLARED, tmp_path)
    assert [(bad.byte_offset, bad.content) for bad in marked.bad_records] == [(4, b'{"a":')]
    text = "order_id  customer\r1         Zoë     \r2\r3         Bob     \r4         Cy      \r"
    old_mac = read_as("fixed_width", text.encode("cp1252"), declared(widths="10,8", encoding="cp1252"), tmp_path)
    assert [(bad.line, bad.byte_offset, bad.content) for bad in old_mac.bad_records] == [(3, 38, b"2")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_zero_byte_spoils_its_record_in_every_text_format(encoding: str, tmp_path: Path) -> None:
    texts = {
        "csv": "order_id,customer\n1,A\0a\n2,Bob\n3,Cy\n",
        "jsonl": '{"order_id": "1\0"}\n{"order_id": "2\\u0000"}\n{"order_id": "3"}\n',
        "fixed_width": "order_id  customer\n1         A\0a     \n2         Bob     \n3         Cy      \n",
    }
    source = declared("order_id", "customer", encoding=encoding)
    for file_format, text in texts.items():
        reading = read_as(file_format, text.encode(encoding), source, tmp_path)
        assert [(bad.row_number, bad.error_code) for bad in reading.bad_records] == [(1, "encoding-error")]
        assert reading.counts.loaded == 2
    for file_format, text in {"json": '[{"order_id": "1\0"}]', "xml": "<a><order_id>\0</order_id></a>"}.items():
        with pytest.raises(Refusal, match="damaged"):
            read_as(file_format, text.encode(encoding), source, tmp_path)


def test_bytes_that_are_no_text_in_a_declared_encoding_spoil_their_record_or_name_their_place(tmp_path: Path) -> None:
    reading = read_as("jsonl", b'{"a": "\x81"}\n{"a": "\xe9"}\n', declared(encoding="cp1252"), tmp_path)
    assert [(bad.error_code, bad.content) for bad in reading.bad_records] == [("encoding-error", b'{"a": "\x81"}')]
    xml = "<a><b>山山山</b>".encode("gb18030") + b"<b>\x81</b></a>"
    with pytest.raises(Refusal, match=f"at byte {xml.index(0x81, 19)}"):
        read_as("xml", xml, declared(encoding="gb18030"), tmp_path)


def test_one_word_above_a_text_of_fixed_widths_is_its_title(tmp_path: Path) -> None:
    table = "order_id  customer\n1         Ada     \n2         Bob     \n"
    for title in ("Orders\n", "Orders\n\n", "\n Orders_of_2024\n"):
        reading = read_as("fixed_width", (title + table).encode(), UNDECLARED, tmp_path)
        assert [column.name for column in reading.columns] == ["order_id", "customer"]
        assert (reading.counts.loaded, reading.counts.preamble) == (2, title.count("\n"))
    with pytest.raises(Refusal, match="show no columns"):
        read_as("fixed_width", b"name\nAda\nBob\nCy\n", UNDECLARED, tmp_path)
    with pytest.raises(Refusal, match="show no columns"):
        read_as("fixed_width", b"1\n2   Bob\n3   Cy\n", UNDECLARED, tmp_path)
