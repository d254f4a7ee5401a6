"""Reads one sheet of a workbook: title rows above the header are preamble, cells land as text."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from flows.declaration import Declaration, Source
from flows.ingest.columns import columns_of, find_header, no_header
from flows.ingest.parts import Column, Counts, Part, Reading, Refusal

BATCH_ROWS = 50_000


def sheets_of(part: Part, source: Source) -> Iterator[Part]:
    """Yield one part per sheet, or the declared sheet alone.

    Raises
    ------
    Refusal
        When the workbook is broken, encrypted, or lacks the declared sheet.
    """
    names = _open(part.path).sheet_names
    wanted = source.options.get("sheet")
    if wanted is not None and wanted not in names:
        raise Refusal(f"it has no sheet '{wanted}' (has: {', '.join(names)}); mend external.options.sheet")
    for name in names if wanted is None else [wanted]:
        yield replace(part, sheet=name)


def _open(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise Refusal("the workbook is encrypted; save it without a password") from error
    except (CalamineError, OSError) as error:
        raise Refusal(f"the workbook is broken, encrypted or cut off ({error}); save or fetch it again") from error


def read_excel(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand one sheet and return the query that delivers its rows.

    Raises
    ------
    Refusal
        When the sheet cannot be read or holds no header of this source.
    """
    assert part.sheet is not None
    try:
        rows = _open(part.path).get_sheet_by_name(part.sheet).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise Refusal(f"sheet {part.sheet} is broken ({error}); save or fetch the workbook again") from error
    texts = [[_text(cell) for cell in row] for row in rows]
    header = find_header(source, texts)
    if header is None:
        raise no_header(source, declaration, texts)
    cells = _without_empty_end(texts[header])
    columns = columns_of(source, cells)
    data = [row[: len(cells)] for row in texts[header + 1 :]]
    filled = [row for row in data if any(row)]
    counts = Counts(len(texts), header=1, preamble=header, blank=len(data) - len(filled))
    path = scratch / f"sheet-{part.content_sha256[:8]}.parquet"
    _write(path, columns, filled)
    return Reading(path, "read_parquet({files})", columns, counts, dialect={"header_record": header + 1})


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    last = max((place for place, cell in enumerate(cells) if cell), default=-1)
    return list(cells[: last + 1])


def _text(cell: object) -> str:
    """Write a cell as text: whole numbers without point, dates in ISO form."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _write(path: Path, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    schema = pa.schema([(column.name, pa.string()) for column in columns])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            arrays = [pa.array([row[place] for row in batch], pa.string()) for place in range(len(columns))]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
