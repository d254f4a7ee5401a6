"""Looks at a workbook's cells independently of the reader that loads them: how far they reach, and what it changes.

calamine reserves memory for every cell up to the last one: one cell in the last corner, and the process is gone. It
also reads an error such as #N/A as an empty cell. Both stand in the bytes of xlsx, xlsb and xls; ods has neither fault.
In an xlsx, a formula whose value no program has calculated is an empty cell to it, too, and -0.25 as a time is 18:00.
An xlsx holds numbers as text, of which calamine keeps about 16 digits; the other formats hold no more than that.
"""

import html
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from flows.ingest.containers.archives import refused_when_broken
from flows.ingest.formats.biff import CELLS, compound_stream, is_possible_extent, xls_cell, xls_records, xlsb_records
from flows.ingest.formats.long_numbers import LONG_NUMBER, own_text
from flows.ingest.formats.sheet_scan import MAX_COLUMNS, UNKNOWN_ERROR, SheetScan, within_limits
from flows.ingest.formats.time_formats import negative_time
from flows.ingest.parts import Refusal

CHUNK_BYTES = 2**20
MAX_TEXT_BYTES, MAX_LIST_BYTES = 2**31, 2**24
IS_ERROR, IS_NO_NUMBER = rb"""\st\s*=\s*["']e["']""", rb"""\st\s*=\s*["'](?!n["'])"""
# A formula that gives an empty text has a value: this one.
IS_TEXT = rb"""\st\s*=\s*["']str["']"""
OLE = b"\xd0\xcf\x11\xe0"


def scan_sheet(path: Path, place: int | None) -> SheetScan:
    """Scan the sheet at a place of the workbook's list; no place asks only whether the workbook may be opened.

    Raises
    ------
    Refusal
        When the workbook is broken, or has cells too far out or too many to be read.
    """
    with path.open("rb") as stream:
        is_compound = stream.read(4) == OLE
    with refused_when_broken("the workbook"):
        if is_compound:
            scans = _scan_xls(path)
            return scans[place] if place is not None and place < len(scans) else SheetScan()
        with zipfile.ZipFile(path) as archive:
            return _scan_zip(archive, place)


def _scan_zip(archive: zipfile.ZipFile, place: int | None) -> SheetScan:
    names = set(archive.namelist())
    for name in names & {"content.xml", "xl/sharedStrings.xml", "xl/sharedStrings.bin"}:
        for _ in _chunks(archive, name, MAX_TEXT_BYTES):
            pass
    if place is None or "content.xml" in names:
        return SheetScan()
    workbook = "xl/workbook.bin"
    if workbook not in names:
        (workbook,) = (target for kind, target in _related(archive, "").values() if kind.endswith("/officeDocument"))
    related = _related(archive, workbook)
    listed = _listed_xlsb if workbook.endswith(".bin") else _listed_xlsx
    _, sheet = related[listed(archive, workbook)[place]]
    if sheet.endswith(".bin"):
        return _scan_xlsb(archive, sheet)
    styles = [path for kind, path in related.values() if kind.endswith("/styles") and path in names]
    parts = (part for path in styles for part in _chunks(archive, path, MAX_TEXT_BYTES))
    return _scan_xlsx(archive, sheet, negative_time(b"".join(parts)))


def _chunks(archive: zipfile.ZipFile, name: str, limit: int) -> Iterator[bytes]:
    """Yield a member's bytes, as many as its size says, or refuse it: calamine reads on, whatever the size says."""
    size = 0
    with archive.open(name) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            size += len(chunk)
            if size > limit:
                raise Refusal(f"the workbook's {name} holds more than {limit:,} bytes; save its sheets as CSV")
            yield chunk


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    return b"".join(_chunks(archive, name, MAX_LIST_BYTES))


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(_read(archive, name))
    except ElementTree.ParseError as error:
        raise Refusal(f"the workbook's {name} is broken ({error}); save or fetch it again") from error


def _related(archive: zipfile.ZipFile, name: str) -> Mapping[str, tuple[str, str]]:
    """Return kind and path of everything that a part of the workbook refers to, by its id."""
    folder = PurePosixPath(name).parent
    root = _xml(archive, str(folder / "_rels" / f"{PurePosixPath(name).name}.rels"))
    return {
        each.get("Id", ""): (each.get("Type", ""), str(folder / each.get("Target", "")).lstrip("/")) for each in root
    }


def _listed_xlsx(archive: zipfile.ZipFile, workbook: str) -> list[str]:
    sheets = [each for each in _xml(archive, workbook).iter() if each.tag.rpartition("}")[2] == "sheet"]
    return [value for each in sheets for key, value in each.items() if key.endswith("}id")]


def _listed_xlsb(archive: zipfile.ZipFile, workbook: str) -> list[str]:
    listed = []
    for kind, body in xlsb_records(_read(archive, workbook)):
        if kind == 156:
            length = int.from_bytes(body[8:12], "little")
            listed.append(body[12 : 12 + 2 * length].decode("utf-16-le"))
    return listed


def _scan_xlsx(archive: zipfile.ZipFile, name: str, negative: re.Pattern[bytes]) -> SheetScan:
    scan, rest, prefix = SheetScan(), b"", None
    for chunk in _chunks(archive, name, 2**40):
        content = rest + chunk
        if prefix is None:
            root = re.search(rb"<(\w+:)worksheet\b", content)
            prefix = root[1] if root else b""
        whole, end, rest = content.rpartition(b"</" + prefix + b"row>")
        if whole:
            _scan_rows(scan, whole + end, prefix, negative)
    _scan_rows(scan, rest, prefix or b"", negative)
    return within_limits(scan)


def _scan_rows(scan: SheetScan, content: bytes, prefix: bytes, negative: re.Pattern[bytes]) -> None:
    """Count the cells of some whole rows; calamine keeps the last of two rows or cells in one place."""
    cell = b"<" + prefix + rb"c(?=[\s/>])"
    place = re.compile(cell + rb"""(?:[^>]*?\sr\s*=\s*["']([A-Za-z]+)(\d+))?""")
    for row in re.split(b"<" + prefix + rb"row(?=[\s/>])", content)[1:]:
        said = re.match(rb"""[^>]*?\sr\s*=\s*["'](\d+)""", row)
        number = int(said[1]) if said else scan.rows + 1
        if number <= scan.rows:
            raise Refusal(f"row {number} stands twice, or behind a later row; save the workbook again")
        columns = _columns(place.findall(row), number)
        scan.rows, scan.columns = number, max(scan.columns, *columns, 0)
        scan.cells += len(columns)
        if re.search(IS_ERROR, row) or LONG_NUMBER.search(row) or b"<" + prefix + b"f" in row:
            value, formula = (re.compile(b"<" + prefix + tag + rb"(?=[\s/>])[^>]*>([^<]*)<") for tag in (b"v", b"f"))
            _note(scan, number - 1, zip(re.split(cell, row)[1:], columns, strict=True), value, formula)
        if negative.search(row):
            found = zip(map(negative.search, re.split(cell, row)[1:]), columns, strict=True)
            scan.negatives[number - 1] = {column - 1: each[1].decode() for each, column in found if each}


def _columns(places: Sequence[tuple[bytes, bytes]], row: int) -> list[int]:
    """Return the column of each cell, from 1; one that does not say where it is follows the one before."""
    columns, column = [], 0
    for letters, _ in places:
        column = _column(letters) if letters else column + 1
        columns.append(column)
    if len(set(columns)) < len(columns):
        raise Refusal(f"a cell of row {row} stands twice; save the workbook again")
    if any(int(number) != row for number in {number for _, number in places} - {b""}):
        raise Refusal(f"row {row} holds a cell of another row; save the workbook again")
    return columns


def _note(
    scan: SheetScan,
    row: int,
    cells: Iterable[tuple[bytes, int]],
    value: re.Pattern[bytes],
    formula: re.Pattern[bytes],
) -> None:
    """Keep the errors of a row, the numbers that no float keeps, and the formulas without a value."""
    for cell, column in cells:
        head, found = cell.partition(b">")[0], value.search(cell)
        text = found[1].decode() if found else ""
        if re.search(IS_ERROR, head):
            scan.errors.setdefault(row, {})[column - 1] = text or UNKNOWN_ERROR
        elif not re.search(IS_NO_NUMBER, head) and (own := own_text(text)):
            scan.numbers.setdefault(row, {})[column - 1] = own
        elif not text and not re.search(IS_TEXT, head) and (written := formula.search(cell)):
            scan.formulas.setdefault(row, {})[column - 1] = f"={html.unescape(written[1].decode())}"


@lru_cache(MAX_COLUMNS)
def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _scan_xlsb(archive: zipfile.ZipFile, name: str) -> SheetScan:
    scan, row = SheetScan(), 0
    for kind, body in xlsb_records(b"".join(_chunks(archive, name, MAX_TEXT_BYTES))):
        if kind == 0:
            row = int.from_bytes(body[:4], "little")
        elif 1 <= kind <= 11:
            scan.add(row, int.from_bytes(body[:4], "little"), body[8] if kind in (3, 11) else None)
    return within_limits(scan)


def _scan_xls(path: Path) -> list[SheetScan]:
    """Scan every sheet: calamine reads them all when it opens the workbook."""
    stream = compound_stream(path.read_bytes(), ("Workbook", "Book"))
    scans: dict[int, SheetScan] = {}
    current, depth = None, 0
    for offset, kind, body in xls_records(stream):
        if kind == 0x85:
            scans[int.from_bytes(body[:4], "little")] = SheetScan()
        elif kind == 0x809:
            current, depth = (scans.get(offset), 1) if depth == 0 else (current, depth + 1)
        elif kind == 0x0A:
            depth -= 1
        elif kind == 0x200 and not is_possible_extent(body):  # calamine reserves memory for all of it
            raise Refusal("the workbook is broken: a sheet claims an impossible extent; save or fetch it again")
        elif current and depth == 1 and kind in CELLS:
            current.add(*xls_cell(kind, body))
    return [within_limits(scan) for scan in scans.values()]
