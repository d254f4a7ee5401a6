"""Cells of an xlsx that its reader would lose or change: errors, however they are written, and long numbers."""

from pathlib import Path

import pytest
import xlsxwriter

from flows.ingest.parts import Reading
from tests import workbooks
from tests.reading import cells
from tests.test_workbooks import HEADER, read, xlsx

HEADER_CELLS = "".join(f"<c t='inlineStr'><is><t>{name}</t></is></c>" for name in HEADER)


def cells_of(folder: Path, rows: str) -> list[tuple[object, ...]]:
    """What lands from an xlsx with these rows below its header, as they stand in the XML."""
    return cells(read(folder, workbooks.xlsx_of(f"<row>{HEADER_CELLS}</row>{rows}"))["A"])


def test_errors_of_an_xlsx_stay_however_they_are_written(tmp_path: Path) -> None:
    written = "<c\n r = 'A2'\n\tt = 'e' ><v>#N/A</v></c><c t='e'><v>#REF!</v></c><c><v>1</v></c>"
    assert cells_of(tmp_path, f"<row\nr='2'>{written}</row>") == [("#N/A", "#REF!", "1")]


@pytest.mark.parametrize("cell", ["<c t='e'/>", "<c t='e'></c>", "<c t='e'><v/></c>", "<c t='e'><v></v></c>"])
def test_an_error_of_an_xlsx_without_a_value_is_an_error_too(tmp_path: Path, cell: str) -> None:
    rows = f"<row r='2'>{cell}<c><v>1</v></c></row><row r='4'><c r='B4' t='e'/></row>"
    assert cells_of(tmp_path, rows) == [("#N/A", "1", ""), ("", "#N/A", "")]
    alone = workbooks.xlsx_of(f"<row r='2'>{HEADER_CELLS}</row><row r='3'><c r='E3' t='e'/></row>")
    reading = read(tmp_path, alone)["A"]
    assert isinstance(reading, Reading)
    assert [bad.error_code for bad in reading.bad_records] == ["extra-cell"]


LONG_NUMBERS = {
    "9007199254740993": "9007199254740993",
    "-12345678901234567890123": "-12345678901234567890123",
    "1152921504606846976": "1152921504606846976",
    "1.2345678901234567E+18": "1234567890123456700",
    "1234567890123456000": "1234567890123456000",
    "0.1234567890123456789012": "0.1234567890123456789012",
    "0.10000000000000001": "0.1",
    "0.30000000000000004": "0.30000000000000004",
    "0.1000000000000000055511151231257827": "0.1000000000000000055511151231257827",
    "0000000000000000.5": "0.5",
    "1.000000000000000E-999999999999": "1.000000000000000E-999999999999",
    "0.000000000000000E-999999999999": "0",
}


@pytest.mark.parametrize("written", LONG_NUMBERS)
def test_a_number_that_no_float_keeps_lands_as_it_is_written_in_an_xlsx(tmp_path: Path, written: str) -> None:
    rows = f"<row r='2'><c r='B2' t='n'><f>1</f><v>{written}</v></c><c t='str'><v>{written}</v></c></row>"
    assert cells_of(tmp_path, rows) == [("", LONG_NUMBERS[written], written)]


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>"])
def test_a_row_with_a_formula_that_nobody_calculated_is_rejected_with_the_formula(tmp_path: Path, value: str) -> None:
    other = (
        "<row r='2'><c r='A2'><v>1</v></c><c t='str'><f>B1</f><v></v></c><c><f t='shared' si='0'/><v>2</v></c></row>"
    )
    alone = f"<row r='3'><c r='C3'><f>A1&amp;&quot;x&quot;</f>{value}</c></row>"

    reading = read(tmp_path, workbooks.xlsx_of(f"<row>{HEADER_CELLS}</row>{other}{alone}"))["A"]

    assert isinstance(reading, Reading)
    assert cells(reading) == [("1", "", "2")]
    (bad,) = reading.bad_records
    assert (bad.row_number, bad.line, bad.error_code, bad.content) == (2, 3, "row-error", b'["","","=A1&\\"x\\""]')
    assert '=A1&"x"' in bad.message and reading.counts.blank == 0


def test_a_number_below_0_that_is_written_as_a_time_lands_as_the_number(tmp_path: Path) -> None:
    def add(book: xlsxwriter.Workbook) -> None:
        formats = [book.add_format({"num_format": each}) for each in ("yyyy-mm-dd", "hh:mm:ss", "[h]:mm:ss")]
        sheet = book.get_worksheet_by_name("A")
        for row, numbers in enumerate([(-1.5, -0.25, -0.25), (0.25, 0.25, -1)], 1):
            for column, number in enumerate(numbers):
                sheet.write_number(row, column, number, formats[column])
        sheet.write_formula(3, 1, "=B2-0.5", formats[1], -1e-6)

    assert cells(read(tmp_path, xlsx({"A": [HEADER]}, add))["A"]) == [
        ("-1.5", "-0.25", "-PT6H0M0S"),
        ("06:00:00", "06:00:00", "-PT24H0M0S"),
        ("", "-0.000001", ""),
    ]


def test_a_duration_of_more_days_than_there_are_refuses_its_sheet(tmp_path: Path) -> None:
    def add(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("A").write_number(1, 0, 1e10, book.add_format({"num_format": "[h]:mm:ss"}))

    assert "save" in str(read(tmp_path, xlsx({"A": [HEADER]}, add))["A"])
