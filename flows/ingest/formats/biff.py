"""Walks the records of Excel's binary files: xls (BIFF, in an OLE compound file) and xlsb. Knows no more of them."""

from collections.abc import Callable, Iterator, Mapping
from struct import unpack_from

from flows.ingest.parts import Refusal

LAST_SECTOR = 0xFFFFFFFA
ENTRY_BYTES, SMALL_STREAM_BYTES = 128, 4096
# The records of an xls that are cells: numbers, texts, blanks, formulas, booleans and errors.
CELLS = {0x06, 0x7E, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E, 0x206, 0x406}
SHORT_EXTENT_BYTES, MAX_XLS_ROWS, MAX_XLS_COLUMNS = 10, 65536, 256
SEVERAL_CELLS = {0xBD, 0xBE}
FORMULA_ERROR = 2


def _formula_error(body: bytes) -> int | None:
    return body[8] if body[12:14] == b"\xff\xff" and body[6] == FORMULA_ERROR else None


ERROR_CELLS: Mapping[int, Callable[[bytes], int | None]] = {
    0x205: lambda body: body[6] if body[7] else None,
    0x06: _formula_error,
    0x206: _formula_error,
    0x406: _formula_error,
}


def xls_cell(kind: int, body: bytes) -> tuple[int, int, int | None]:
    """Return the row of a cell record, its column (of several cells the last), and the error it holds, if any."""
    row, column = unpack_from("<HH", body)
    if kind in SEVERAL_CELLS:
        column = int.from_bytes(body[-2:], "little")
    return row, column, ERROR_CELLS[kind](body) if kind in ERROR_CELLS else None


def is_possible_extent(body: bytes) -> bool:
    """Tell whether the extent a sheet of an xls claims, in BIFF8 or an older form, is one that a sheet can have."""
    first, last, left, right = unpack_from("<IIHH" if len(body) > SHORT_EXTENT_BYTES else "<HHHH", body)
    return bool(first <= last <= MAX_XLS_ROWS and left <= right <= MAX_XLS_COLUMNS)


def xls_records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset, kind and body of every record of a BIFF stream."""
    offset = 0
    while offset + 4 <= len(stream):
        kind, size = unpack_from("<HH", stream, offset)
        yield offset, kind, stream[offset + 4 : offset + 4 + size]
        offset += 4 + size


def xlsb_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and body of every record of a part of an xlsb."""
    offset = 0
    while offset < len(content):
        kind = content[offset]
        offset += 1
        if kind & 0x80:
            kind = kind & 0x7F | (content[offset] & 0x7F) << 7
            offset += 1
        size = 0
        for shift in (0, 7, 14, 21):
            byte = content[offset]
            offset += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield kind, content[offset : offset + size]
        offset += size


def compound_stream(content: bytes, names: tuple[str, ...]) -> bytes:
    """Return a stream of an OLE compound file, the first there is of these names.

    Raises
    ------
    Refusal
        When it has none of them: it is no workbook, or an encrypted one.
    """
    size = 1 << int.from_bytes(content[30:32], "little")
    table = _allocation(content, size)
    directory = _chain(content, table, unpack_from("<I", content, 48)[0], size)
    entries = {
        _name(directory[at : at + ENTRY_BYTES]): directory[at : at + ENTRY_BYTES]
        for at in range(0, len(directory), ENTRY_BYTES)
    }
    if "EncryptedPackage" in entries:
        raise Refusal("the workbook is encrypted; save it without a password")
    entry = next((entries[name] for name in names if name in entries), None)
    if entry is None:
        raise Refusal("it is an Office document, but no workbook; export its data as a table, or move it away")
    start, length = unpack_from("<IQ", entry, 116)
    if length >= SMALL_STREAM_BYTES:
        return _chain(content, table, start, size)[:length]
    root = unpack_from("<I", directory, 116)[0]
    small_table = _chain(content, table, unpack_from("<I", content, 60)[0], size)
    numbers = unpack_from(f"<{len(small_table) // 4}I", small_table)
    return _chain(bytes(64) + _chain(content, table, root, size), numbers, start, 64)[:length]


def _name(entry: bytes) -> str:
    length = int.from_bytes(entry[64:66], "little")
    return entry[: max(length - 2, 0)].decode("utf-16-le", "replace")


def _allocation(content: bytes, size: int) -> tuple[int, ...]:
    """Return the table that says which sector follows each; its own places stand in the header, and in a chain."""
    places = list(unpack_from("<109I", content, 76))
    following, more = unpack_from("<II", content, 68)
    for _ in range(min(more, len(content) // size)):
        *further, following = unpack_from(f"<{size // 4}I", content, (following + 1) * size)
        places += further
    table = b"".join(content[(place + 1) * size : (place + 2) * size] for place in places if place <= LAST_SECTOR)
    return unpack_from(f"<{len(table) // 4}I", table)


def _chain(content: bytes, table: tuple[int, ...], sector: int, size: int) -> bytes:
    """Return the sectors of a chain; one longer than the file runs in a circle."""
    found = bytearray()
    while sector < len(table) and len(found) <= len(content):
        found += content[(sector + 1) * size : (sector + 2) * size]
        sector = table[sector]
    return bytes(found)
