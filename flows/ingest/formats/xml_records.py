"""Cuts an XML file into its records while it streams through expat; memory holds one record at a time.

Names lose their namespaces. Entities of a file's own are refused: a few lines of them can expand to gigabytes, or name
other files.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from flows.ingest.formats.encodings import Text
from flows.ingest.parts import Refusal

CHUNK_BYTES = 2**20
OWN_ENTITIES = "it declares entities of its own; expand them and write the file without a DTD"
UNKNOWN_ENTITY = "it uses an entity that it does not declare; write the character itself"
SEPARATOR = "}"
NIL = "http://www.w3.org/2001/XMLSchema-instance}nil"
XSI = NIL.removesuffix("nil")
# The others of its namespace speak of the schema, not of the data.
XSI_TYPE = f"{XSI}type"


@dataclass(slots=True)
class Element:
    """An element that was begun: `children` holds a list where a name came more than once.

    `fault` says why it, or an element in it, cannot be told as columns.
    """

    name: str
    attributes: dict[str, str]
    is_nil: bool = False
    children: dict[str, Any] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    fault: str | None = None

    def value(self) -> Any:
        """Return a text, or a dictionary with `@` before attributes and `#text` for text among them."""
        text = "".join(self.texts)
        if not self.attributes and not self.children:
            return None if self.is_nil and not text.strip() else text
        attributes = {f"@{name}": value for name, value in self.attributes.items()}
        return attributes | self.children | ({"#text": text} if text.strip() else {})

    def add(self, name: str, value: Any) -> None:
        """Add a child; from its second appearance on, a name has a list."""
        if name not in self.children:
            self.children[name] = value
        elif name in self.repeated:
            self.children[name].append(value)
        else:
            self.repeated.add(name)
            self.children[name] = [self.children[name], value]


@dataclass(frozen=True)
class Document:
    """An XML file as expat reads it: in its own encoding, or as the `text` that it is in UTF-8."""

    path: Path
    text: Text | None = None

    def parser(self) -> expat.XMLParserType:
        """Return a parser of this file that refuses what could not be read as it stands."""
        parser = expat.ParserCreate("utf-8" if self.text else None, SEPARATOR)
        parser.buffer_text = True
        parser.EntityDeclHandler = _refuse(OWN_ENTITIES)
        parser.SkippedEntityHandler = _refuse(UNKNOWN_ENTITY)
        return parser

    def original(self, start: int) -> int:
        """Return where in the original file stands what expat says is here."""
        return self.text.original(start, start)[0] if self.text else start


@dataclass(frozen=True, slots=True)
class Record:
    """A record element, and where it stands: from `start` on, its end tag from `end_tag` on."""

    element: Element
    line: int
    start: int
    end_tag: int


class Cutter:
    """Collects the outermost elements of one name; `beside` counts the elements that are in none of them."""

    def __init__(self, record: str, parser: expat.XMLParserType) -> None:
        self.record, self._parser = record, parser
        self.done: list[Record] = []
        self.beside: dict[str, int] = {}
        self._stack: list[Element] = []
        self._place = (0, 0)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        name = local(name)
        if not self._stack:
            if name != self.record:
                self.beside[name] = self.beside.get(name, 0) + 1
                return
            self._place = (self._parser.CurrentLineNumber, self._parser.CurrentByteIndex)
        element = Element(name, {})
        if attributes:
            own = [each for each in attributes if each == XSI_TYPE or not each.startswith(XSI)]
            element.attributes = {local(each): attributes[each] for each in own}
            if len(element.attributes) < len(own):
                element.fault = f"two attributes of {name} have one name without their namespaces"
            element.is_nil = attributes.get(NIL) in ("true", "1")
        self._stack.append(element)

    def text(self, text: str) -> None:
        """Add text to the element it stands in."""
        if self._stack:
            self._stack[-1].texts.append(text)

    def end(self, _name: str) -> None:
        """End an element."""
        if not self._stack:
            return
        element = self._stack.pop()
        if self._stack:
            self._stack[-1].add(element.name, element.value())
            self._stack[-1].fault = self._stack[-1].fault or element.fault
        else:
            self.done.append(Record(element, *self._place, self._parser.CurrentByteIndex))


@lru_cache(10_000)
def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(SEPARATOR)[2]


def records(document: Document, name: str, beside: dict[str, int]) -> Iterator[Record]:
    """Yield every outermost element of a name; the others are counted in `beside`.

    Raises
    ------
    Refusal
        When the file is damaged, cut off, or declares entities.
    """
    parser = document.parser()
    cutter = Cutter(name, parser)
    cutter.beside = beside
    parser.StartElementHandler, parser.EndElementHandler = cutter.start, cutter.end
    parser.CharacterDataHandler = cutter.text
    for _ in chunks(document, parser):
        yield from cutter.done
        cutter.done.clear()


def _refuse(why: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise Refusal(why)

    return refuse


def chunks(document: Document, parser: expat.XMLParserType) -> Iterator[int]:
    """Feed the file to the parser; yields after each chunk.

    Raises
    ------
    Refusal
        When the file is damaged or cut off.
    """
    try:
        with document.path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                parser.Parse(chunk)
                yield len(chunk)
        parser.Parse(b"", True)
        yield 0
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Refusal(
            f"the XML is damaged or cut off at byte {document.original(parser.ErrorByteIndex):,} ({error}); nothing of "
            "it is loaded, mend it or fetch it again"
        ) from error
