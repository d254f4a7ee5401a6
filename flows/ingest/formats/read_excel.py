"""Reads one sheet of a workbook: title rows above the header are preamble, cells land as text.

A sheet is read to its last cell that holds something; `workbook_scan.py` says first whether that is near enough.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice, repeat
from math import isfinite
from pathlib import Path
from typing import Any

import orjson
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from flows.amounts import amount
from flows.declaration import Declaration, Source
from flows.ingest.columns import HEADER_SEARCH_ROWS, columns_of, find_header, no_header
from flows.ingest.formats.other_tables import not_of_this_source, resembles
from flows.ingest.formats.sheet_scan import SheetScan
from flows.ingest.formats.texts import write_texts
from flows.ingest.formats.workbook_scan import scan_sheet
from flows.ingest.parts import BadRecord, Counts, Part, Reading, Refusal, made

Row = list[str]


@dataclass
class _Tally:
    """What became of the rows behind the header."""

    rows: int = 0
    blank: int = 0
    bad: list[BadRecord] = field(default_factory=list)


def sheets_of(part: Part, source: Source) -> Iterator[Part]:
    """Yield one part per sheet, hidden ones too, or the declared sheet alone.

    Raises
    ------
    Refusal
        When the workbook is broken, encrypted, or lacks the declared sheet.
    """
    scan_sheet(part.path, None)
    names = _open(part.path).sheet_names
    wanted = source.options.get("sheet")
    if wanted is not None and wanted not in names:
        raise Refusal(f"it has no sheet '{wanted}' (has: {', '.join(names)}); mend external.options.sheet")
    if len(set(names)) < len(names):
        raise Refusal("two sheets of the workbook have one name; rename one")
    for name in names if wanted is None else [wanted]:
        yield replace(part, sheet=name)


@contextmanager
def _refused_when_broken(what: str) -> Iterator[None]:
    try:
        yield
    except PasswordError as error:
        raise Refusal("the workbook is encrypted; save it without a password") from error
    except OverflowError as error:
        raise Refusal(f"{what} holds a duration of too many {error}; mend the cell, or save it as text") from error
    except (CalamineError, OSError) as error:
        if getattr(error, "errno", None) is not None:  # the machine's; calamine's own have no number
            raise
        raise Refusal(f"{what} is broken or cut off ({error}); save or fetch the workbook again") from error
    except BaseException as error:
        # pyo3 derives a panic in Rust from BaseException, and exports no name for it.
        if type(error).__name__ != "PanicException":
            raise
        raise Refusal(f"{what} is broken ({error}); save or fetch the workbook again") from error


def _open(path: Path) -> CalamineWorkbook:
    """Open a workbook by its content: given a path, calamine would go by its ending."""
    with path.open("rb") as stream, _refused_when_broken("the workbook"):
        return CalamineWorkbook.from_filelike(stream)


def read_excel(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand one sheet and return the query that delivers its rows.

    Raises
    ------
    Refusal
        When the sheet cannot be read or holds no header of this source.
    """
    assert part.sheet is not None
    workbook = _open(part.path)
    scan = scan_sheet(part.path, workbook.sheet_names.index(part.sheet))
    rows = _rows(scan, workbook, part.sheet)
    leading = list(islice(rows, max(HEADER_SEARCH_ROWS, int(source.options.get("header_row", 0)))))
    header = find_header(source, leading)
    if header is None:
        return _without_header(part, source, declaration, workbook, [*leading, *rows])
    columns = columns_of(source, _without_empty_end(leading[header]))
    if not columns:
        raise no_header(source, declaration, leading)
    path, tally = made(scratch) / "sheet.parquet", _Tally()
    data = chain(leading[header + 1 :], rows)
    write_texts(path, columns, _good(data, len(columns), header + 1, scan.formulas, tally))
    counts = Counts(header + 1 + tally.rows, 1, header, tally.blank, quarantined=len(tally.bad))
    dialect = {"header_record": header + 1}
    return Reading(path, "read_parquet({files})", columns, counts, bad_records=tuple(tally.bad), dialect=dialect)


def _rows(scan: SheetScan, workbook: CalamineWorkbook, name: str) -> Iterator[Row]:
    """Yield every row of a sheet as text, from its first one on, empty or not."""
    height, width = scan.extent_of_unseen
    with _refused_when_broken(f"sheet {name}"):
        sheet = workbook.get_sheet_by_name(name)
        before = [""] * (sheet.start[1] if sheet.start else 0)
        last_row, last_column = sheet.end or (-1, -1)
        # calamine ends a sheet before cells that hold nothing but an error or a formula without a value.
        beyond: Iterator[list[Any]] = repeat([], max(0, height - last_row - 1))
        for place, cells in enumerate(chain(sheet.iter_rows(), beyond)):
            row = before + _texts(cells, place + 1)
            row += [""] * (max(width, last_column + 1) - len(row))
            for column, number in scan.numbers.get(place, {}).items():
                if isinstance(cells[column - len(before)], float):
                    row[column] = number
            for column, number in scan.negatives.get(place, {}).items():
                if isinstance(cells[column - len(before)], time):
                    row[column] = _number(float(number))
            for column, unseen in (*scan.errors.get(place, {}).items(), *scan.formulas.get(place, {}).items()):
                row[column] = row[column] or unseen
            yield row


def _texts(cells: Iterable[object], row: int) -> Row:
    try:
        return [_text(cell) for cell in cells]
    except OverflowError as error:
        raise Refusal(f"row {row} holds {error}; mend the cell, or store it as text") from error


def _without_header(
    part: Part, source: Source, declaration: Declaration, workbook: CalamineWorkbook, rows: Sequence[Row]
) -> Reading:
    """Return a reading that loads nothing: of an empty sheet, or of one that is no part of this source's data."""
    if not any(map(any, rows)):
        return Reading(part.path, "", (), Counts(len(rows), blank=len(rows)))
    others = (name for name in workbook.sheet_names if name != part.sheet)
    if resembles(source, rows) or not any(_fits(part.path, workbook, name, source) for name in others):
        raise no_header(source, declaration, rows[:HEADER_SEARCH_ROWS])
    return not_of_this_source(part, source, records=len(rows), blank=sum(not any(row) for row in rows))


def _fits(path: Path, workbook: CalamineWorkbook, name: str, source: Source) -> bool:
    try:
        rows = _rows(scan_sheet(path, workbook.sheet_names.index(name)), workbook, name)
        return find_header(source, list(islice(rows, HEADER_SEARCH_ROWS))) is not None
    except Refusal:
        return False


def _good(
    rows: Iterable[Row], width: int, before: int, formulas: Mapping[int, Mapping[int, str]], tally: _Tally
) -> Iterator[Row]:
    """Yield the good rows, and keep account of the others."""
    for row in rows:
        tally.rows += 1
        line = before + tally.rows
        fault = _fault(row, width, formulas.get(line - 1))
        if fault:
            tally.bad.append(BadRecord(tally.rows - tally.blank, line, None, orjson.dumps(row), *fault))
        elif any(row):
            yield row
        else:
            tally.blank += 1


def _fault(row: Row, width: int, formulas: Mapping[int, str] | None) -> tuple[str, str] | None:
    """Return why a row cannot be taken, as code and message."""
    if any(row[width:]):
        return "extra-cell", f"a cell is filled beyond the header's {amount(width, 'column')}"
    if formulas:
        first = next(iter(formulas.values()))
        return "row-error", f"nobody calculated the formula {first}; open the workbook in its program and save it"
    return None


def _without_empty_end(cells: Row) -> Row:
    last = max((place for place, cell in enumerate(cells) if cell), default=-1)
    return cells[: last + 1]


def _text(cell: object) -> str:
    """Write a cell as text: numbers in full and without a needless point, dates, times and durations in ISO form."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return _duration(cell) if isinstance(cell, timedelta) else str(cell)


def _number(number: float) -> str:
    if not isfinite(number):
        raise OverflowError(f"a number that is not finite ({number})")
    if number.is_integer() and abs(number) < 2**53:
        return str(int(number))
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def _duration(duration: timedelta) -> str:
    seconds, fraction = divmod(abs(duration), timedelta(seconds=1))
    sign, part = "-" if duration < timedelta() else "", f".{fraction.microseconds:06}".rstrip("0").rstrip(".")
    return f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}{part}S"
