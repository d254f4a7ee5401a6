"""Workbooks written byte by byte, in the formats no library here writes: ods, xls (BIFF8) and xlsb.

A sheet is rows of cells; a cell is text, a number, a boolean, `None` for nothing, or an error such as `#N/A`.
"""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

Cell = str | float | bool | None
Sheets = Mapping[str, Sequence[Sequence[Cell]]]
ERRORS = {"#N/A": 42, "#DIV/0!": 7, "#REF!": 23}


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return buffer.getvalue()


def pointing_before(content: bytes) -> bytes:
    """A zip whose list claims to begin a million bytes further on, so that its members begin before the file."""
    end = content.rindex(b"PK\x05\x06") + 16
    offset = int.from_bytes(content[end : end + 4], "little") + 10**6
    return content[:end] + offset.to_bytes(4, "little") + content[end + 4 :]


def xlsx_of(rows: str) -> bytes:
    """An xlsx whose one sheet, A, holds these rows as they stand."""
    main, office = (
        f"http://schemas.openxmlformats.org/{each}/2006/{end}"
        for each, end in (("spreadsheetml", "main"), ("officeDocument", "relationships"))
    )
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = "<Relationships xmlns='{}'><Relationship Id='r1' Type='{}/{}' Target='{}'/></Relationships>"
    sheets = "<sheets><sheet name='A' sheetId='1' r:id='r1'/></sheets>"
    return zipped(
        {
            "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
            "_rels/.rels": link.format(links, office, "officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f"<workbook xmlns='{main}' xmlns:r='{office}'>{sheets}</workbook>",
            "xl/_rels/workbook.xml.rels": link.format(links, office, "worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{main}'><sheetData>{rows}</sheetData></worksheet>",
        }
    )


def ods(sheets: Sheets) -> bytes:
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{_ods_rows(rows)}</table:table>' for name, rows in sheets.items()
    )
    return ods_of(tables)


def ods_of(tables: str) -> bytes:
    names = " ".join(
        f'xmlns:{each}="urn:oasis:names:tc:opendocument:xmlns:{each}:1.0"' for each in ("office", "table", "text")
    )
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    content = (
        f'<?xml version="1.0"?><office:document-content {names} {calc} office:version="1.3"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_rows(rows: Sequence[Sequence[Cell]]) -> str:
    return "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        kind, value = "boolean", f'office:boolean-value="{str(cell).lower()}"'
    elif isinstance(cell, float | int):
        kind, value = "float", f'office:value="{cell}"'
    else:
        kind, value = "string", f'calcext:value-type="{"error" if cell in ERRORS else "string"}"'
    text = f"<text:p>{escape(str(cell))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}" {value}>{text}</table:table-cell>'


def _biff(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls(sheets: Sheets) -> bytes:
    begin = {kind: _biff(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6)) for kind in (5, 16)}
    end = _biff(0x0A, b"")
    fonts = _biff(0x42, struct.pack("<H", 1200)) + _biff(0xE0, bytes(20))
    names = [struct.pack("<BB", len(name), 0) + name.encode("latin-1") for name in sheets]
    offset = len(begin[5] + fonts + end) + sum(4 + 6 + len(name) for name in names)
    streams, listed = b"", b""
    for name, rows in zip(names, sheets.values(), strict=True):
        listed += _biff(0x85, struct.pack("<IBB", offset + len(streams), 0, 0) + name)
        streams += begin[16] + _xls_dimensions(rows) + b"".join(_xls_cells(rows)) + end
    return compound({"Workbook": begin[5] + fonts + listed + end + streams})


def _xls_dimensions(rows: Sequence[Sequence[Cell]]) -> bytes:
    width = max((len(row) for row in rows), default=0)
    return _biff(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))


def _xls_cells(rows: Sequence[Sequence[Cell]]) -> list[bytes]:
    return [
        _xls_cell(struct.pack("<HHH", row_place, place, 0), cell)
        for row_place, row in enumerate(rows)
        for place, cell in enumerate(row)
        if cell is not None
    ]


def _xls_cell(where: bytes, cell: Cell) -> bytes:
    if isinstance(cell, bool):
        return _biff(0x205, where + bytes([cell, 0]))
    if isinstance(cell, float | int):
        return _biff(0x203, where + struct.pack("<d", cell))
    if cell in ERRORS:
        return _biff(0x205, where + bytes([ERRORS[str(cell)], 1]))
    return _biff(0x204, where + struct.pack("<HB", len(str(cell)), 1) + str(cell).encode("utf-16-le"))


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE compound file with these streams, each padded so that none is small enough for the ministream."""
    sector, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
    contents = [content.ljust(max(4096, -(-len(content) // sector) * sector), b"\0") for content in streams.values()]
    chains, entries, place = [], [_entry("Root Entry", 5, end, 0, 1 if streams else free)], 2
    for number, (name, content) in enumerate(zip(streams, contents, strict=True), start=1):
        count = len(content) // sector
        right = number + 1 if number < len(streams) else free
        entries.append(_entry(name, 2, place, len(content), free, right))
        chains += [*range(place + 1, place + count), end]
        place += count
    fat = [0xFFFFFFFD, end, *chains]
    assert len(fat) <= 128 and len(entries) <= 4
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += (
        struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
        + struct.pack("<I", 0)
        + struct.pack("<I", free) * 108
    )
    table = struct.pack(f"<{len(fat)}I", *fat) + struct.pack("<I", free) * (128 - len(fat))
    return header + table + b"".join(entries).ljust(sector, b"\0") + b"".join(contents)


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int = 0xFFFFFFFF) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def xlsb(sheets: Sheets) -> bytes:
    relations = "".join(
        f'<Relationship Id="rId{place}" Type="worksheet" Target="worksheets/sheet{place}.bin"/>'
        for place in range(1, len(sheets) + 1)
    )
    listed = b"".join(
        _record(156, struct.pack("<II", 0, place) + _wide(f"rId{place}") + _wide(name))
        for place, name in enumerate(sheets, start=1)
    )
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/_rels/workbook.bin.rels": f'<?xml version="1.0"?><Relationships>{relations}</Relationships>',
        "xl/workbook.bin": _record(131) + _record(143) + listed + _record(144) + _record(132),
    }
    for place, rows in enumerate(sheets.values(), start=1):
        members[f"xl/worksheets/sheet{place}.bin"] = _xlsb_sheet(rows)
    return zipped(members)


def _xlsb_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    width = max((len(row) for row in rows), default=1)
    body = (
        _record(129) + _record(148, struct.pack("<IIII", 0, max(len(rows) - 1, 0), 0, max(width - 1, 0))) + _record(145)
    )
    for place, row in enumerate(rows):
        body += _record(0, struct.pack("<IIHBBBI", place, 0, 300, 0, 0, 0, 0))
        body += b"".join(_xlsb_cell(column, cell) for column, cell in enumerate(row) if cell is not None)
    return body + _record(146) + _record(130)


def _xlsb_cell(column: int, cell: Cell) -> bytes:
    where = struct.pack("<II", column, 0)
    if isinstance(cell, bool):
        return _record(4, where + bytes([cell]))
    if isinstance(cell, float | int):
        return _record(5, where + struct.pack("<d", cell))
    if cell in ERRORS:
        return _record(3, where + bytes([ERRORS[str(cell)]]))
    return _record(6, where + _wide(str(cell)))


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(body), b""
    while size > 127:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return head + length + bytes([size]) + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
