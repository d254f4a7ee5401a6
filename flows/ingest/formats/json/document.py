"""Walks through a JSON document's text and finds where its values begin and end, without building what is large."""

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flows.ingest.parts import Refusal

# Lists of records are looked for below this many keys.
MAX_DEPTH = 4
BLANKS = re.compile(r"[ \t\r\n]*")
SCAN: Any = json.JSONDecoder(parse_int=str, parse_float=str).scan_once  # type: ignore[attr-defined]  # C, undocumented
Span = tuple[int, int]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A document's bytes, one character each: JSON's own characters are ASCII, and places are places of bytes.

    Every method raises a `Refusal` that names the place where the text is no JSON.
    """

    text: str

    def at(self, place: int) -> str:
        """Return the character that stands here, nothing at the end."""
        return self.text[place : place + 1]

    def skip(self, place: int) -> int:
        """Return the place of the next character that is no blank."""
        match = BLANKS.match(self.text, place)
        return match.end() if match else place

    def roots(self) -> Iterator[int]:
        """Yield the place of each value that stands one after another."""
        place = self.skip(0)
        while self.at(place):
            yield place
            place = self.skip(self.end_of(place))

    def end_of(self, place: int, depth: int = 0) -> int:
        """Return the place behind the value that begins here."""
        if depth < MAX_DEPTH and self.at(place) == "[":
            return _last(self.elements(place))
        if depth < MAX_DEPTH and self.at(place) == "{":
            return _last(self.members(place, depth + 1))
        return self._value(place)[1]

    def elements(self, place: int) -> Generator[Span, None, int]:
        """Yield the values of the list that begins here; returns the place behind it."""
        place = self.skip(place + 1)
        while self.at(place) != "]":
            _, end = self._value(place)
            yield place, end
            place = self._next(end, "]")
        return place + 1

    def members(self, place: int, depth: int = 1) -> Generator[tuple[str, int], None, int]:
        """Yield each key of the object that begins here and the place of its value; returns the place behind it."""
        place = self.skip(place + 1)
        while self.at(place) != "}":
            key, end = self._value(place)
            colon = self.skip(end)
            if self.at(colon) != ":" or not isinstance(key, str):
                raise self._damaged(colon)
            place = self.skip(colon + 1)
            yield key.encode("latin-1", errors="replace").decode(errors="replace"), place
            place = self._next(self.end_of(place, depth), "}")
        return place + 1

    def lists(self, place: int, path: Path = ()) -> Iterator[tuple[Path, int]]:
        """Yield the outermost lists of objects within the object that begins here."""
        for key, value in self.members(place):
            if self.at(value) == "[" and self.at(self.skip(value + 1)) == "{":
                yield (*path, key), value
            elif self.at(value) == "{" and len(path) < MAX_DEPTH:
                yield from self.lists(value, (*path, key))

    def keys(self, place: int) -> list[str]:
        """Return the keys of the object that begins here."""
        return [key for key, _ in self.members(place)]

    def first_keys(self, place: int) -> list[str]:
        """Return the keys of the first object of the list that begins here."""
        return [key for start, _ in islice(self.elements(place), 1) for key in self.keys(start)]

    def _next(self, place: int, closing: str) -> int:
        place = self.skip(place)
        if self.at(place) == closing:
            return place
        behind = self.skip(place + 1)
        if self.at(place) != "," or self.at(behind) == closing:
            raise self._damaged(place)
        return behind

    def _value(self, place: int) -> tuple[Any, int]:
        try:
            value, end = SCAN(self.text, place)
        except RecursionError:
            raise Refusal(f"the value at byte {place:,} of the document is nested too deep; mend the file") from None
        except StopIteration as error:
            raise self._damaged(int(error.value)) from None
        except json.JSONDecodeError as error:
            raise self._damaged(error.pos) from None
        return value, int(end)

    def _damaged(self, place: int) -> Refusal:
        if self.skip(place) >= len(self.text):
            return Refusal("the JSON document is cut off; nothing of it is loaded, fetch it again")
        return Refusal(f"the JSON document is damaged at byte {place:,}; nothing of it is loaded, mend it")


def _last(walk: Generator[object, None, int]) -> int:
    while True:
        try:
            next(walk)
        except StopIteration as stop:
            return int(stop.value)
