"""Decides what format a file has by its content: its first bytes, and where they are text, its first characters.

Knows nothing of compression and archives; `containers` opens those first.
"""

import codecs
import json
import re
import struct
import zipfile
from pathlib import Path

from flows.ingest.parts import Refusal

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC = {
    b"PAR1": "parquet",
    b"PARE": "parquet",  # an encrypted footer
    b"ARROW1": "arrow",
    b"FEA1": "arrow",
    b"\xff\xff\xff\xff": "arrow",  # a stream begins with the continuation marker
    b"ORC": "orc",
    b"Obj\x01": "avro",
    b"SQLite format 3\0": "sqlite",
    OLE: "excel",
    ZIP: "excel",
}
NO_TABLE = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"{\\rtf": "an RTF document",
}
# The longer mark first: UTF-32's begins with UTF-16's.
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# A header such as `<id>;<name>` is no XML: there, a tag or a blank follows the root's name.
XML_START = re.compile(r"<\?xml\s|<!--|<!DOCTYPE\s|<[^\W\d][\w:.-]*(\s[^<>]*=|\s*/?>\s*(<|$))")
LIST_OF_OBJECTS = re.compile(r":\s*\[\s*\{")
SAMPLE_BYTES, LONGEST_FIRST_LINE = 64 * 1024, 32 * 2**20


def detect_format(path: Path) -> tuple[str, str]:
    """Return a file's format, and by what it was recognised.

    Raises
    ------
    Refusal
        When it is something else than a table, such as a web page saved in its place.
    """
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    for magic, what in NO_TABLE.items():
        if sample.startswith(magic):
            raise Refusal(f"it is {what}, not a table; export its data as a table, or move it away")
    for magic, file_format in MAGIC.items():
        if sample.startswith(magic) and _is_binary(sample[len(magic) : 256]):
            return file_format, f"magic {_printable(magic)}"
    return _format_of_text(path, sample)


def encoding_of(sample: bytes) -> str:
    """Return the codec of a text that begins with ASCII: by its byte order mark, or by where its zero bytes stand."""
    for mark, encoding in MARKS.items():
        if sample.startswith(mark):
            return encoding
    zeros = [byte == 0 for byte in sample[:2]]
    if zeros == [False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False] else "utf-8"


def is_workbook(path: Path) -> bool:
    """Tell whether a zip is a workbook; one too damaged to say is taken by its name."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        return path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods")
    return "[Content_Types].xml" in names or ("mimetype" in names and "content.xml" in names)


def _is_binary(rest: bytes) -> bool:
    """Tell a magic number from a header that begins with the same letters, such as ORCID."""
    return not rest or not rest.isascii() or any(byte < 9 for byte in rest)


def _printable(magic: bytes) -> str:
    text = magic.decode("latin-1").rstrip("\0")
    return text if text.isprintable() and text.isascii() else magic.hex()


def _format_of_text(path: Path, sample: bytes) -> tuple[str, str]:
    text = _decoded(sample)
    start = text[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        raise Refusal("it is a web page, not a table, perhaps an error message; fetch the file again")
    if XML_START.match(text):
        return "xml", f"first characters {text[:5]}"
    if start.startswith("{"):
        return _lines_or_document(path), "first character {"
    if start.startswith("[") and (start[1:].lstrip()[:1] in ("{", "[", "]") or _is_json(text.split("\n", 1)[0])):
        return "json", "first character ["
    return "csv", "text"


def _decoded(sample: bytes) -> str:
    return sample.decode(encoding_of(sample), errors="replace").lstrip("\ufeff \t\r\n\0")


def _lines_or_document(path: Path) -> str:
    """Tell JSON lines from a document: the first line is an object of its own, or damaged while the second is one.

    One line alone that holds a list of objects may be either; the declared columns decide when it is read.
    """
    with path.open("rb") as stream:
        lines = _decoded(stream.read(SAMPLE_BYTES) + stream.readline(LONGEST_FIRST_LINE)).split("\n")
    lines = [line for line in lines if line.strip()][:3]
    if len(lines) == 1 and LIST_OF_OBJECTS.search(lines[0]):
        return "json"
    return "jsonl" if any(_is_json(line) for line in lines[:2]) else "json"


def _is_json(line: str) -> bool:
    try:
        json.loads(line, parse_int=str)  # not orjson: a number too large for a float is no reason to refuse the line
    except (ValueError, RecursionError):
        return False
    return True
