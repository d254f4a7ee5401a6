"""Rewrites JSON objects so that no reader can change their values: numbers and nested values become JSON strings.

Works on text that is known to be valid, one object a line, many lines at once: where the strings and brackets lie is
found by numpy, so that no value passes through a parser that knows floats.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# What an empty key is called while DuckDB reads it; no column of a file can have this name.
EMPTY_KEY = "_tidemill_empty_key"
# Stands between the keys of a path in flattened text; JSON's own text has no raw control characters.
PATH_SEPARATOR, PATH_SEPARATOR_ESCAPED = "\x1f", b"\\u001f"
QUOTE, BACKSLASH, OPEN, CLOSE = b'"\\{}'
SPACE = np.uint8(ord(" "))
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Where the keys and values of the outermost objects stand; `quotes` marks every quote that is not escaped."""

    text: NDArray[np.uint8]
    quotes: NDArray[np.bool_]
    colons: Places
    starts: Places
    ends: Places

    def key_ends(self) -> Places:
        """Return the places of the keys' closing quotes."""
        return self.skip_blanks(self.colons - 1, -1)

    def skip_blanks(self, places: Places, step: int) -> Places:
        """Move each place over the blanks before or behind it."""
        while (blank := BLANK[self.text[places]]).any():
            places = places + np.where(blank, step, 0)
        return places


def _table(characters: bytes) -> bytes:
    """Return a table for bytes.translate, several times as fast as numpy's own look-up."""
    return bytes(each in characters for each in range(256))


BLANK = np.frombuffer(_table(b" \t\r\n"), np.bool_)
TOKEN = _table(b"{}[]:,")
STEP = np.zeros(256, np.int8)
STEP[[*b"{["]], STEP[[*b"}]"]] = 1, -1


def find_pairs(text: bytes) -> Pairs:
    """Find every pair of a key and a value in the outermost objects."""
    array = np.frombuffer(text, np.uint8)
    quotes = _quotes(text, array)
    is_inside = np.bitwise_xor.accumulate(quotes.view(np.uint8)).view(np.bool_)
    tokens = np.flatnonzero(np.frombuffer(text.translate(TOKEN), np.bool_) > is_inside)
    kinds = array[tokens]
    steps = STEP[kinds]
    depth = np.cumsum(steps, dtype=np.int32)
    # Of an outermost object: its colons and commas, and its end.
    own = ((depth == 1) & (steps == 0)) | ((depth == 0) & (steps < 0))
    tokens, kinds = tokens[own], kinds[own]
    is_colon = kinds == ord(":")
    colons, behind = tokens[is_colon], tokens[1:][is_colon[:-1]]
    pairs = Pairs(array, quotes, colons, colons, behind)
    return Pairs(array, quotes, colons, pairs.skip_blanks(colons + 1, 1), pairs.skip_blanks(behind - 1, -1) + 1)


def _quotes(text: bytes, array: NDArray[np.uint8]) -> NDArray[np.bool_]:
    quotes: NDArray[np.bool_] = array == QUOTE
    if b"\\" in text:
        slashes = np.flatnonzero(array == BACKSLASH)
        is_break = np.diff(slashes) != 1
        first = slashes[np.r_[True, is_break]]
        behind = slashes[np.r_[is_break, True]] + 1
        quotes[behind[(behind - first) % 2 == 1]] = False
    return quotes


def count_pairs(pairs: Pairs) -> Places:
    """Return the number of pairs in each line."""
    ends = np.flatnonzero(pairs.text == ord("\n"))
    return np.diff(np.searchsorted(pairs.colons, ends), prepend=0)


def as_strings(pairs: Pairs) -> bytes:
    """Return the text with every number and every nested value written as a JSON string of its exact text."""
    first = pairs.text[pairs.starts]
    is_nested = (first == OPEN) | (first == ord("["))
    is_quoted = is_nested | (first == ord("-")) | ((first >= ord("0")) & (first <= ord("9")))
    text, escapes = pairs.text, np.empty(0, np.int64)
    if is_nested.any():
        nested = _inside(len(text), pairs.starts[is_nested], pairs.ends[is_nested])
        text = np.where(nested & (text < SPACE), SPACE, text)
        escapes = np.flatnonzero(nested & ((text == QUOTE) | (text == BACKSLASH)))
    around = np.concatenate([pairs.starts[is_quoted], pairs.ends[is_quoted]])
    return _inserted(text, around, escapes)


def _inserted(text: NDArray[np.uint8], quotes: Places, backslashes: Places) -> bytes:
    """Insert quotes and backslashes before these places."""
    places = np.concatenate([quotes, backslashes])
    is_quote = np.arange(len(places)) < len(quotes)
    order = np.argsort(places, kind="stable")
    new = places[order] + np.arange(len(places))
    result = np.empty(len(text) + len(places), np.uint8)
    is_old = np.ones(len(result), np.bool_)
    is_old[new] = False
    result[new] = np.where(is_quote[order], np.uint8(QUOTE), np.uint8(BACKSLASH))
    result[is_old] = text
    return result.tobytes()


def _inside(length: int, starts: Places, ends: Places) -> NDArray[np.bool_]:
    edges = np.zeros(length + 1, np.int8)
    edges[starts] += 1
    edges[ends] -= 1
    inside: NDArray[np.bool_] = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)
    return inside


def name_empty_keys(text: bytes) -> bytes:
    """Return the text with a name for each empty key of the outermost objects."""
    pairs = find_pairs(text)
    ends = pairs.key_ends()
    empty = ends[pairs.quotes[ends - 1]]
    return _with(text, ((int(place), EMPTY_KEY.encode()) for place in empty))


def _with(text: bytes, insertions: Iterator[tuple[int, bytes]]) -> bytes:
    pieces, done = [], 0
    for place, piece in insertions:
        pieces += [text[done:place], piece]
        done = place
    return b"".join([*pieces, text[done:]])


def flattened(text: bytes) -> bytes:
    """Return the text with the pairs of nested objects lifted out, under the path of their keys; arrays stay."""
    while True:
        pairs = find_pairs(text)
        is_object = (pairs.text[pairs.starts] == OPEN) & (pairs.text[pairs.skip_blanks(pairs.starts + 1, 1)] != CLOSE)
        if not is_object.any():
            return text
        text = b"".join(_lifted(text, pairs, np.flatnonzero(is_object).tolist()))


def _lifted(text: bytes, pairs: Pairs, nested: list[int]) -> Iterator[bytes]:
    """Yield the pieces of the text in which these pairs are replaced by the pairs of their values."""
    key_ends, done = pairs.key_ends(), 0
    openings = np.flatnonzero(pairs.quotes)
    for each in nested:
        key_end, start, end = int(key_ends[each]), int(pairs.starts[each]), int(pairs.ends[each])
        key_start = int(openings[np.searchsorted(openings, key_end) - 1])
        prefix = text[key_start + 1 : key_end] + PATH_SEPARATOR_ESCAPED
        yield text[done:key_start]
        inner = find_pairs(text[start:end])
        quotes = np.flatnonzero(inner.quotes)
        keys = quotes[np.searchsorted(quotes, inner.key_ends()) - 1] + 1
        yield _with(text[start:end], ((int(place), prefix) for place in keys))[1:-1]
        done = end
    yield text[done:]
