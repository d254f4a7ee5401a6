"""Reads JSON: lines, an array of objects, an object with such an array inside, or objects one after another.

Lines are read in blocks. A document is held in memory and cut into its records, which are then read as lines are.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from flows.declaration import Declaration, Source
from flows.ingest.columns import declared_share
from flows.ingest.formats.json.document import Document, Span
from flows.ingest.formats.json.reading import encoding_in, in_original, read_lines, text_in
from flows.ingest.parts import BadRecord, Part, Reading, Refusal, made

MAX_DOCUMENT_BYTES = 256 * 2**20


def read_json(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand JSON lines or a document and return the query that delivers its good records.

    Raises
    ------
    Refusal
        When it is too large, damaged, or does not tell which of its lists holds the records.
    """
    encoding = encoding_in(part.path, source)
    text = text_in(part.path, encoding, scratch)
    is_lines = part.format == "jsonl" and "records" not in source.options
    read = read_lines if is_lines else _read_document
    reading = read(text.path, encoding, source, declaration, scratch)
    return replace(reading, bad_records=tuple(in_original(reading.bad_records, text)))


def _read_document(path: Path, encoding: str, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise Refusal(f"a JSON document has at most {MAX_DOCUMENT_BYTES:,} bytes; write its records as JSON lines")
    content = path.read_bytes()
    mark = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    document = Document(" " * mark + content[mark:].decode("latin-1"))
    records, dialect = _path(document, source)
    lines, starts = made(scratch) / "records.jsonl", array("q")
    with lines.open("wb") as target:
        for start, end in _spans(document, records):
            starts.append(start)
            target.write(content[start:end].replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
    reading = read_lines(lines, encoding, source, declaration, scratch)
    bad_records = tuple(_in_document(reading.bad_records, content, starts))
    return replace(reading, bad_records=bad_records, dialect=dialect)


def _in_document(bad_records: Sequence[BadRecord], content: bytes, starts: "array[int]") -> Iterator[BadRecord]:
    """Yield the bad records as they stood in the document."""
    line, counted = 1, 0
    for bad in bad_records:
        start = starts[bad.row_number - 1]
        line, counted = line + content.count(b"\n", counted, start), start
        yield replace(bad, line=line, byte_offset=start, content=content[start : start + len(bad.content)])


def _path(document: Document, source: Source) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """Return the keys that lead to the records, and what the record of the load says of them."""
    declared = source.options.get("records")
    first_two = list(islice(document.roots(), 2))
    if declared is None and (len(first_two) != 1 or document.at(first_two[0]) != "{"):
        return (), {}
    path = tuple(declared.split(".")) if declared else _chosen(document, first_two[0], source)
    if not path:
        return (), {}
    beside = [key for key in document.keys(first_two[0]) if key != path[0]] if document.at(first_two[0]) == "{" else []
    return path, {"records": ".".join(path), "beside": beside}


def _chosen(document: Document, root: int, source: Source) -> tuple[str, ...]:
    """Choose between the object itself and the lists of objects in it: by the declared columns, if there are any."""
    lists = dict(document.lists(root))
    if not lists or (not source.columns and "\n" not in document.text.strip()):
        return ()
    shares = {path: declared_share(source, document.first_keys(place)) for path, place in lists.items()}
    best = max(shares.values())
    if source.columns and declared_share(source, document.keys(root)) >= best:
        return ()
    paths = [path for path, share in shares.items() if share == best]
    if len(paths) > 1:
        named = ", ".join(".".join(path) for path in paths)
        raise Refusal(
            f"it has several lists of objects ({named}); declare the right one as external.options.records "
            f"in {source.declared_in}"
        )
    return paths[0]


def _spans(document: Document, path: tuple[str, ...]) -> Iterator[Span]:
    """Yield where each record begins and ends."""
    for root in document.roots():
        place = _found(document, root, path)
        if document.at(place) == "[":
            yield from document.elements(place)
        elif path:
            raise Refusal(f"'{'.'.join(path)}' is no list in this document; mend external.options.records")
        else:
            yield place, document.end_of(place)


def _found(document: Document, place: int, path: tuple[str, ...]) -> int:
    for key in path:
        pairs = list(document.members(place)) if document.at(place) == "{" else []
        members = dict(pairs)
        if key not in members:
            has = ", ".join(members) or "no keys, because it is no object"
            raise Refusal(f"it has no '{key}' of external.options.records '{'.'.join(path)}' (has: {has})")
        if sum(each == key for each, _ in pairs) > 1:
            raise Refusal(f"it names the key '{key}' twice, on the way to its records; rename one, or merge its lists")
        place = members[key]
    return place
