"""Workbooks: every cell of every sheet comes out as text, in whichever of Excel's formats, or is named."""

import datetime
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from flows.declaration import Declaration, Source
from flows.ingest.parts import Counts, Reading, Refusal
from flows.ingest.prepare import _parts, read_part
from flows.settings import Settings
from tests import workbooks
from tests.ingesting import ORDERS, TWO_ROWS, ask, put, rows, run_ingest
from tests.reading import cells
from tests.test_containers import mangled
from tests.workbooks import Cell, Sheets

HEADER = ["order_id", "customer", "note"]
DATA: list[list[Cell]] = [HEADER, ["1", "Ada", "first"], ["2", "Bob", "second"]]


def xlsx(sheets: Sheets, change: Callable[[xlsxwriter.Workbook], object] = lambda book: None) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as book:
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(table):
                for column, cell in enumerate(cells):
                    if cell in workbooks.ERRORS:
                        sheet.write_formula(row, column, "=1/0", None, cell)
                    elif cell is not None:
                        (sheet.write_string if isinstance(cell, str) else sheet.write)(row, column, cell)
        change(book)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[Sheets], bytes]] = {
    "xlsx": xlsx,
    "xls": workbooks.xls,
    "xlsb": workbooks.xlsb,
    "ods": workbooks.ods,
}


def read(folder: Path, content: bytes, source: Source = ORDERS) -> dict[str | None, Reading | str]:
    """What became of each sheet; under None, why the workbook could not be opened."""
    scratch = Path(tempfile.mkdtemp(dir=folder))
    path = scratch / "file"
    path.write_bytes(content)
    found: dict[str | None, Reading | str] = {}
    try:
        for each in _parts(path, source, scratch, "sha256"):
            each = read_part(each, source, Declaration("shop", (source,), ()), scratch)
            name = each.part.sheet if each.part else None
            found[name] = each.reading or str(each.error)
    except Refusal as refusal:
        found[None] = str(refusal)
    return found


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("ending", ["xlsx", "xls", "xlsb", "ods", "csv"])
def test_the_same_rows_come_out_of_every_format_whatever_its_name(settings: Settings, writer: str, ending: str) -> None:
    put(settings, f"a.{ending}", WRITERS[writer]({"Orders": DATA}))
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS


@pytest.mark.parametrize("writer", WRITERS)
def test_cells_keep_what_they_say(tmp_path: Path, writer: str) -> None:
    table = [
        HEADER,
        [0.1, 1e20, 1e-7],
        ["#N/A", True, False],
        [1234567890123456000, -3, "007"],
        ["#DIV/0!", None, " ä "],
    ]
    assert cells(read(tmp_path, WRITERS[writer]({"A": table}))["A"]) == [
        ("0.1", "100000000000000000000", "0.0000001"),
        ("#N/A", "true", "false"),
        ("1234567890123456000", "-3", "007"),
        ("#DIV/0!", "", " ä "),
    ]


def test_dates_times_and_durations_land_in_iso_form(tmp_path: Path) -> None:
    def add(book: xlsxwriter.Workbook) -> None:
        formats = [book.add_format({"num_format": each}) for each in ("yyyy-mm-dd", "hh:mm:ss", "[h]:mm:ss")]
        day, sheet = datetime.datetime(2024, 2, 29, 1, 2, 3, 500000), book.get_worksheet_by_name("A")
        sheet.write_datetime(1, 0, day.date(), formats[0])
        sheet.write_datetime(1, 1, day.time(), formats[1])
        sheet.write_number(1, 2, 1.5 + 1 / 86400, formats[2])
        sheet.write_datetime(2, 0, day, formats[0])

    assert cells(read(tmp_path, xlsx({"A": [HEADER]}, add))["A"]) == [
        ("2024-02-29", "01:02:03.500000", "PT36H0M1S"),
        ("2024-02-29 01:02:03.500000", "", ""),
    ]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_cell_beyond_the_header_makes_a_bad_record_even_alone(tmp_path: Path, writer: str) -> None:
    table = [
        ["Title"],
        *DATA,
        ["3", "Cy", "third", "too much"],
        [None],
        [None, None, None, None, "alone"],
        ["4", "Di", "fourth"],
    ]
    reading = read(tmp_path, WRITERS[writer]({"A": table}))["A"]
    assert isinstance(reading, Reading)
    assert cells(reading) == [*TWO_ROWS, ("4", "Di", "fourth")]
    assert [(bad.row_number, bad.line, bad.error_code) for bad in reading.bad_records] == [
        (3, 5, "extra-cell"),
        (4, 7, "extra-cell"),
    ]
    assert json.loads(reading.bad_records[0].content) == ["3", "Cy", "third", "too much", ""]
    assert reading.counts == Counts(8, header=1, preamble=1, blank=1, quarantined=2)


def test_merged_cells_leave_their_value_in_the_first_and_hidden_sheets_are_read(settings: Settings) -> None:
    def change(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("A")
        sheet.merge_range(0, 0, 0, 2, "Orders of January")
        sheet.merge_range(3, 1, 4, 1, "Ada")
        sheet.write_row(3, 0, ["1"]), sheet.write_row(4, 0, ["2"])
        book.get_worksheet_by_name("hidden").hide()

    put(settings, "a.xlsx", xlsx({"A": [[], [], HEADER], "hidden": [HEADER, ["3", "Cy", "x"]], "empty": []}, change))
    assert run_ingest(settings).problems == ()
    assert rows(settings) == [("1", "Ada", ""), ("2", "", ""), ("3", "Cy", "x")]
    query = "select sheet, records_read, header_records, preamble_records, blank_records, loaded_records "
    assert ask(settings, f"{query} from records.file_loads join records.files using (file_id) order by file_id") == [
        ("A", 5, 1, 2, 0, 2),
        ("hidden", 2, 1, 0, 0, 1),
        ("empty", 0, 0, 0, 0, 0),
    ]


def test_a_chart_sheet_holds_nothing_and_fails_nothing(settings: Settings) -> None:
    def change(book: xlsxwriter.Workbook) -> None:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=A!$A$2:$A$3"})
        book.add_chartsheet("Chart").set_chart(chart)

    put(settings, "a.xlsx", xlsx({"A": DATA}, change))
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS


@pytest.mark.parametrize("writer", WRITERS)
def test_a_cover_sheet_is_accounted_for_as_comments_and_fails_nothing(settings: Settings, writer: str) -> None:
    put(settings, "a", WRITERS[writer]({"Cover": [["Our orders"], [None], ["as of", "January"]], "A": DATA}))
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS
    query = "select comment_records, blank_records, dialect ->> 'not_loaded' from records.file_loads order by load_id"
    assert ask(settings, query)[0] == (
        2,
        1,
        "'Cover' has no header of shop.orders; another sheet or table of the file has, and is loaded",
    )


def test_a_sheet_whose_header_went_wrong_is_refused_beside_the_good_one(settings: Settings) -> None:
    wide = replace(
        ORDERS, columns=tuple(replace(ORDERS.columns[0], name=name) for name in [*HEADER, "d", "e", "f", "g"])
    )
    good: list[list[Cell]] = [[*HEADER, "d"], ["1", "Ada", "first", "x"]]
    put(settings, "a.xlsx", xlsx({"A": good, "B": [["order_id", "customer", "nte"], ["2", "Bob", "x"]]}))
    (problem,) = run_ingest(settings, wide).problems
    assert "fewer than half the columns" in problem
    assert [row[0] for row in rows(settings)] == ["1"]


def test_the_declared_sheet_alone_is_read_and_a_missing_one_is_named(tmp_path: Path) -> None:
    content = xlsx({"A": DATA, "B": DATA})
    assert list(read(tmp_path, content, replace(ORDERS, options={"sheet": "B"}))) == ["B"]
    (why,) = read(tmp_path, content, replace(ORDERS, options={"sheet": "C"})).values()
    assert "no sheet 'C' (has: A, B)" in str(why)


REFUSED = {
    "encrypted": (workbooks.compound({"EncryptedPackage": b"x"}), "encrypted"),
    "a letter": (workbooks.compound({"WordDocument": b"x"}), "no workbook"),
    "cut off": (xlsx({"A": DATA})[:-100], "broken or cut off"),
    "too far": (xlsx({"A": DATA}, lambda book: book.get_worksheet_by_name("A").write(1048575, 16383, 1)), "stray"),
    "too far xlsb": (workbooks.xlsb({"A": [[None] * 16383 + [1]] + [[]] * 9999 + [[1]]}), "stray"),
    "too far xls": (
        workbooks.xls({"A": [[1, 2]]}).replace(b"\x03\x02\x0e\0" + bytes(6), b"\x03\x02\x0e\0\xff\xff\xff\xff\0\0"),
        "stray",
    ),
    "too wide xlsb": (workbooks.xlsb({"A": [[None] * 2**14 + [1]]}), "stray"),
    "a list that points before the file": (workbooks.pointing_before(workbooks.ods({"A": DATA})), "broken"),
    "impossible extent": (
        workbooks.xls({"A": DATA}).replace(b"\0\2\x0e\0\0\0\0\0\3\0\0\0", b"\0\2\x0e\0\0\0\0\0\xff\xff\xff\xff"),
        "impossible extent",
    ),
    "a row twice": (workbooks.xlsx_of('<row r="2"/><row r="2"/>'), "row 2 stands twice"),
    "a cell twice": (workbooks.xlsx_of('<row r="2"><c r="A2"/><c r="A2"/></row>'), "a cell of row 2 stands twice"),
    "another row's cell": (workbooks.xlsx_of('<row r="2"><c r="A3"/></row>'), "row 2 holds a cell of another row"),
    "not finite": (workbooks.xlsx_of("<row><c><v>1E400</v></c></row>"), "row 1 holds a number that is not finite"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_workbook_that_cannot_be_read_is_refused_with_a_word(tmp_path: Path, name: str) -> None:
    content, reason = REFUSED[name]
    (why,) = read(tmp_path, content).values()
    assert reason in str(why)


VALID = [write({"A": [["Title"], *DATA, ["3", "Cy", 1.5, "too much"]], "B": DATA}) for write in WRITERS.values()]


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(content=mangled(VALID))
def test_whatever_happens_to_a_workbook_ends_in_accounted_rows_or_refusals(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    excel = replace(ORDERS, file_format="excel")
    for reading in read(tmp_path_factory.mktemp("mangled"), content, excel).values():
        if isinstance(reading, Reading):
            cells(reading)
