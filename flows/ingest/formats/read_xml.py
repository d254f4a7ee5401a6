"""Reads XML: a repeated element is the record; its attributes and child elements are the columns.

Elements with elements or attributes of their own land as JSON text. A damaged or cut off file is refused whole, because
behind its fault nothing is certain.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from flows.declaration import Declaration, Source
from flows.ingest.columns import MINIMUM_SHARE, declared_share
from flows.ingest.formats.detect import SAMPLE_BYTES
from flows.ingest.formats.json.lines import Tally
from flows.ingest.formats.json.reading import encoding_in, in_original, reading_of, text_in
from flows.ingest.formats.xml_records import Document, Element, Record, chunks, local, records
from flows.ingest.parts import BadRecord, Part, Reading, Refusal, made

# What expat reads itself; it does not know the encodings of several bytes a character.
EXPATS_OWN = ("utf-8", "utf-8-sig", "utf-16", "us-ascii", "iso-8859-1")
ENCODING = re.compile(r"<\?xml[^>]*\sencoding\s*=\s*[\"']([\w.:-]+)")
# Repeated elements are looked for this deep, and described by this many names.
MAX_DEPTH, MAX_NAMES = 6, 1000
Names = tuple[str, ...]


def read_xml(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand an XML part and return the query that delivers its records.

    Raises
    ------
    Refusal
        When it is damaged, declares entities, or its records' columns are those of another source.
    """
    encoding = _encoding(part.path, source)
    is_recoded = "encoding" in source.options or encoding.lower() not in EXPATS_OWN
    text = text_in(part.path, encoding, scratch) if is_recoded else None
    document = Document(text.path if text else part.path, text)
    survey = _surveyed(document)
    name = source.options.get("record") or survey.record(source)
    good, tally, beside = made(scratch) / "records.jsonl", Tally(), dict[str, int]()
    with good.open("wb") as target:
        for record in records(document, name, beside):
            target.write(_line(tally, record, document.path))
    if not tally.records:
        has = ", ".join(sorted({path[-1] for path in survey.counts}))
        raise Refusal(f"it has no element '{name}' (has: {has}); mend external.options.record")
    dialect = {"record": name, "beside": beside, "namespaces": sorted(survey.namespaces)}
    reading = reading_of(good, tally, encoding, source, declaration)
    bad_records = tuple(in_original(tally.bad, text)) if text else reading.bad_records
    return replace(reading, bad_records=bad_records, dialect=dialect)


def _encoding(path: Path, source: Source) -> str:
    """Return the encoding: declared, marked, or written in the file's first line."""
    encoding = encoding_in(path, source)
    with path.open("rb") as stream:
        written = ENCODING.match(stream.read(SAMPLE_BYTES).decode("latin-1"))
    return written[1] if written and encoding == "utf-8" and "encoding" not in source.options else encoding


@dataclass
class _Survey:
    """How often each element appears under its parents' names, and which names stand in it."""

    counts: Counter[Names] = field(default_factory=Counter)
    names: dict[Names, dict[str, None]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)

    seen: set[tuple[str, ...]] = field(default_factory=set)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Count an element, and note it in its parent."""
        self.path.append(local(name))
        if len(self.path) <= MAX_DEPTH:
            path = tuple(self.path)
            self.counts[path] += 1
            known = (*path, "", *attributes)
            if known not in self.seen and len(self.seen) < MAX_NAMES:
                self.seen.add(known)
                self._note(path[:-1], path[-1:])
                self._note(path, tuple(map(local, attributes)))

    def _note(self, path: Names, names: Names) -> None:
        noted = self.names.setdefault(path, {})
        if len(noted) < MAX_NAMES:
            noted.update(dict.fromkeys(names))

    def end(self, _name: str) -> None:
        """Leave an element."""
        self.path.pop()

    def record(self, source: Source) -> str:
        """Return the record's name: by the declared columns, else the most frequent repeated element, outermost first.

        Raises
        ------
        Refusal
            When two elements are repeated equally often.
        """
        shares = {path: declared_share(source, list(self.names.get(path, {}))) for path in self.counts}
        best = max(shares.values())
        if source.columns and best >= MINIMUM_SHARE:
            return next(path[-1] for path, share in shares.items() if share == best)
        for depth in range(2, MAX_DEPTH + 1):
            level = Counter({path: count for path, count in self.counts.items() if len(path) == depth and count > 1})
            if level:
                return _most_frequent(level)
        root = next(iter(self.counts))
        children = [path for path in self.counts if len(path) == 2]
        return children[0][-1] if len(children) == 1 and self.names.get(children[0]) else root[-1]


def _most_frequent(level: Counter[Names]) -> str:
    (path, count), *others = level.most_common(2)
    if others and others[0][1] == count:
        named = f"{path[-1]}, {others[0][0][-1]}"
        raise Refusal(f"several elements are repeated {count} times ({named}); declare external.options.record")
    return path[-1]


def _surveyed(document: Document) -> _Survey:
    survey, parser = _Survey(), document.parser()
    parser.StartElementHandler, parser.EndElementHandler = survey.start, survey.end
    parser.StartNamespaceDeclHandler = lambda _prefix, uri: survey.namespaces.add(uri or "")
    for _ in chunks(document, parser):
        pass
    return survey


def _line(tally: Tally, record: Record, path: Path) -> bytes:
    """Return a record as a line of JSON in which every value is a text; a bad one as nothing."""
    tally.records += 1
    try:
        row = _row(record.element)
        line = orjson.dumps(row) + b"\n"
    except (ValueError, orjson.JSONEncodeError) as error:
        tally.bad.append(_bad(record, tally.records, path, str(error)))
        return b""
    tally.keys.update(dict.fromkeys(row))
    tally.longest = max(tally.longest, len(line))
    return line


def _row(element: Element) -> dict[str, str | None]:
    """Return a record's columns; its own text is named as the element."""
    if element.fault:
        raise ValueError(element.fault)
    text = "".join(element.texts)
    own = {element.name: text} if text.strip() or not (element.children or element.attributes) else {}
    row: dict[str, str | None] = {}
    for values in (element.attributes, element.children, own):
        for name, value in values.items():
            if name in row:
                raise ValueError(f"it has an attribute, a child element or a text of its own that are all named {name}")
            row[name] = value if isinstance(value, str | None) else orjson.dumps(value).decode()
    return row


def _bad(record: Record, row_number: int, path: Path, message: str) -> BadRecord:
    with path.open("rb") as stream:
        stream.seek(record.start)
        content = stream.read(record.end_tag - record.start)
        rest = stream.read(SAMPLE_BYTES)
    # Behind `<o/>`, expat says that the end tag stands where the next thing begins.
    if record.element.children or not content.replace(b"\0", b"").endswith(b"/>"):
        end = rest.find(b">") + 1
        content += rest[: end + content.startswith(b"<\0")]
    return BadRecord(row_number, record.line, record.start, content, "row-error", message)
