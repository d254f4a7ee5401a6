"""`finance.firms`: a workbook every quarter, two sheets, a title row above the header."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from flows.example.faults import arriving
from flows.example.population import YEAR, Population

HEADER = ("Firm ID", "Firm name", "Industry", "Employees", "Annual revenue", "Rated on")
SHEETS = ("Firms", "Partners")


def write(folder: Path, population: Population) -> Iterator[Path]:
    """Write the quarter's workbook when its first month is asked for; row by row, so that memory stays flat."""
    if population.month % 3 != 1:
        return
    path = folder / f"firms_{population.period}.xlsx"
    with arriving(path) as stream:
        book = xlsxwriter.Workbook(stream, {"constant_memory": True})
        # The creation time would make every file's bytes differ.
        book.set_properties({"created": datetime(YEAR, population.month, 1)})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, name in enumerate(SHEETS):
            _write_sheet(book.add_worksheet(name), day, population, place)
        book.close()
    yield path


def _write_sheet(
    sheet: xlsxwriter.worksheet.Worksheet, day: xlsxwriter.format.Format, population: Population, place: int
) -> None:
    sheet.write_row(0, 0, (f"Rated firms, {population.period}",))
    sheet.write_row(1, 0, HEADER)
    for row, number in enumerate(range(place, population.firm_count, len(SHEETS)), start=2):
        firm = population.firm(number)
        sheet.write_row(row, 0, (firm.firm_id, firm.name, firm.industry.title(), firm.employees, firm.revenue))
        sheet.write_datetime(row, 5, date(YEAR, population.month, 1), day)
