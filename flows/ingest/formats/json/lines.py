"""Separates JSON lines: counts them, finds the bad ones and every key, and writes the good ones to be read exactly.

Every line is parsed once to prove it. Values never pass through a parser that knows floats.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from flows.ingest.formats.json import text as json_text
from flows.ingest.parts import BadRecord, Refusal

BLOCK_BYTES = 2**20
# A line is held in memory several times over.
MAX_LINE_BYTES = 128 * 2**20
BLANKS = b" \t\r\n"
# A string, which is left alone, or what makes a number too large for a float.
STRING_OR_HUGE = re.compile(rb'"(?:[^"\\]|\\.)*"|(?<=\d)[eE]\+?\d+|\d{300,}')


@dataclass
class Tally:
    """What the lines held; no good line, as it was written, has more than `longest` bytes."""

    records: int = 0
    blank: int = 0
    longest: int = 0
    keys: dict[str, None] = field(default_factory=dict)
    bad: list[BadRecord] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    content: bytes
    number: int
    offset: int
    row_number: int


def separate(path: Path, good: Path, flatten: bool) -> Tally:
    """Write the good lines of a UTF-8 file to another one, numbers and nested values as JSON strings.

    Raises
    ------
    Refusal
        When a line is longer than can be held.
    """
    tally = Tally()
    with path.open("rb") as stream, good.open("wb") as target:
        offset = 0
        for block in _blocks(stream):
            written = None if flatten else _all_good(tally, block)
            target.write(
                _rewritten(tally, list(_proven(tally, block, offset)), flatten) if written is None else written
            )
            offset += len(block)
    tally.bad.sort(key=lambda bad: bad.row_number)
    return tally


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield blocks of whole lines."""
    pieces: list[bytes] = []
    while chunk := stream.read(BLOCK_BYTES):
        end = chunk.rfind(b"\n") + 1
        pieces.append(chunk[:end] if end else chunk)
        if end:
            yield b"".join(pieces)
            pieces = [chunk[end:]]
        elif sum(map(len, pieces)) > MAX_LINE_BYTES:
            raise Refusal(f"a line has more than {MAX_LINE_BYTES:,} bytes; write one record a line")
    if any(pieces):
        yield b"".join(pieces)


def _all_good(tally: Tally, block: bytes) -> bytes | None:
    """Return a block's lines as they are to be written, or nothing where any of them needs a closer look."""
    counts, usual, new = [], tuple(tally.keys), dict[str, None]()
    lines = block.removesuffix(b"\n").split(b"\n")
    try:
        for line in lines:
            record = orjson.loads(line)
            keys = tuple(record) if type(record) is dict else ()
            counts.append(len(keys))
            if keys != usual:
                new.update(dict.fromkeys(keys))
    except orjson.JSONDecodeError:
        return None
    pairs = json_text.find_pairs(block)
    if 0 in counts or not np.array_equal(json_text.count_pairs(pairs), counts):
        return None
    tally.records += len(lines)
    tally.keys.update(new)
    return _written(tally, block, pairs)


def _proven(tally: Tally, block: bytes, offset: int) -> Iterator[tuple[_Line, dict[str, Any]]]:
    """Yield the lines that hold one object, and the object."""
    for raw in block.removesuffix(b"\n").split(b"\n"):
        tally.records += 1
        content = raw.removeprefix(b"\xef\xbb\xbf") if tally.records == 1 else raw
        if not content.strip(BLANKS):
            tally.blank += 1
        else:
            start = offset + len(raw) - len(content)
            line = _Line(content, tally.records, start, tally.records - tally.blank)
            record = _parsed(tally, line)
            if record:
                yield line, record
        offset += len(raw) + 1


def _parsed(tally: Tally, line: _Line) -> dict[str, Any] | None:
    try:
        record = _loads(line.content)
    except orjson.JSONDecodeError as error:
        _reject(tally, line, *_reason(line, error))
        return None
    if not isinstance(record, dict):
        _reject(tally, line, "row-error", "JSON, but no object")
    elif not record:
        _reject(tally, line, "blank-row", "an object without any key")
    else:
        return record
    return None


def _loads(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if "infinity" not in str(error):
            raise
        # A number too large for a float is good JSON: the rest is proven with a smaller one in its place.
        orjson.loads(STRING_OR_HUGE.sub(_without_size, content))
        try:
            return json.loads(content, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            raise error from None


def _without_size(found: re.Match[bytes]) -> bytes:
    if found[0].startswith(b'"'):
        return found[0]
    return b"" if found[0][0] in b"eE" else b"1"


def _reason(line: _Line, error: orjson.JSONDecodeError) -> tuple[str, str]:
    try:
        line.content.decode()
    except UnicodeDecodeError as undecodable:
        return "encoding-error", f"its byte {undecodable.start + 1} is not UTF-8"
    if b"\0" in line.content:
        return "encoding-error", "it holds a zero byte"
    return "row-error", f"no JSON: {error}"


def _reject(tally: Tally, line: _Line, code: str, message: str) -> None:
    content = line.content.lstrip(BLANKS)
    start = line.offset + len(line.content) - len(content)
    tally.bad.append(BadRecord(line.row_number, line.number, start, content.rstrip(BLANKS), code, message))


def _rewritten(tally: Tally, proven: Sequence[tuple[_Line, dict[str, Any]]], flatten: bool) -> bytes:
    """Return the lines without those that repeat a key; every key of the others is noted."""
    if not proven:
        return b""
    text = b"".join(line.content + b"\n" for line, _ in proven)
    records = [record for _, record in proven]
    if flatten:
        text = json_text.flattened(text)
        records = [_loads(line) for line in text.removesuffix(b"\n").split(b"\n")]
    pairs = json_text.find_pairs(text)
    counts = json_text.count_pairs(pairs).tolist()
    is_twice = [count != len(record) for count, record in zip(counts, records, strict=True)]
    if any(is_twice):
        for line in (line for (line, _), twice in zip(proven, is_twice, strict=True) if twice):
            _reject(tally, line, "row-error", "it names a key twice")
        return _rewritten(tally, [each for each, twice in zip(proven, is_twice, strict=True) if not twice], flatten)
    for record in records:
        tally.keys.update(dict.fromkeys(record))
    return _written(tally, text, pairs)


def _written(tally: Tally, text: bytes, pairs: json_text.Pairs) -> bytes:
    if "" in tally.keys:
        pairs = json_text.find_pairs(json_text.name_empty_keys(text))
    written = json_text.as_strings(pairs)
    tally.longest = max(tally.longest, len(written))
    return written
