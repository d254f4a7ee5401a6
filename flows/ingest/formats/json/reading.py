"""Prepares JSON lines for DuckDB: every value lands as the text it has in the file, nested ones too, or flattened.

What a missing key, `null` and `""` become: NULL, NULL and the empty text.
"""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from flows.declaration import Declaration, Source
from flows.ingest.columns import MINIMUM_SHARE, columns_of, declared_share, each_name_once, no_header
from flows.ingest.formats.detect import SAMPLE_BYTES, encoding_of
from flows.ingest.formats.encodings import Text, detect_encoding
from flows.ingest.formats.json.lines import Tally, separate
from flows.ingest.formats.json.text import EMPTY_KEY, PATH_SEPARATOR
from flows.ingest.parts import BadRecord, Column, Counts, Reading, made
from flows.sql import literal, quoted

# DuckDB's own limit for one object, raised only where a file needs it: it sizes the reader's buffers.
USUAL_OBJECT_BYTES = 16 * 2**20


def encoding_in(path: Path, source: Source) -> str:
    """Return the encoding a text file is read in: declared, marked, or UTF-8."""
    if "encoding" in source.options:
        return codecs.lookup(source.options["encoding"]).name
    with path.open("rb") as stream:
        return encoding_of(stream.read(SAMPLE_BYTES))


def text_in(path: Path, encoding: str, scratch: Path) -> Text:
    """Return the same text in UTF-8.

    Raises
    ------
    Refusal
        When it is no text in this encoding.
    """
    return Text(path, detect_encoding(path, encoding), scratch)


def in_original(bad_records: Iterable[BadRecord], text: Text) -> Iterator[BadRecord]:
    """Yield the bad records of a text in UTF-8 as they stood in the original file."""
    for bad in bad_records:
        start = bad.byte_offset or 0
        offset, content = text.original(start, start + len(bad.content))
        yield replace(bad, byte_offset=offset, content=content)


def read_lines(path: Path, encoding: str, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Return how the good ones of a UTF-8 file's JSON lines are read.

    Raises
    ------
    Refusal
        When its keys are those of another source, or two keys would have one name.
    """
    good = made(scratch) / "good_records.jsonl"
    tally = separate(path, good, source.options.get("flatten") == "true")
    return reading_of(good, tally, encoding, source, declaration)


def reading_of(good: Path, tally: Tally, encoding: str, source: Source, declaration: Declaration) -> Reading:
    """Return how JSON lines are read in which every value is a text.

    Raises
    ------
    Refusal
        When the keys are those of another source, or two keys would have one name.
    """
    names = [key.replace(PATH_SEPARATOR, "_") for key in tally.keys]
    if names and source.columns and declared_share(source, names) < MINIMUM_SHARE:
        raise no_header(source, declaration, [names])
    each_name_once([Column(name, name) for name in names])
    keys = [key or EMPTY_KEY for key in tally.keys]
    return Reading(
        path=good,
        function=_function(keys, tally),
        columns=columns_of(source, names),
        counts=Counts(tally.records, blank=tally.blank, quarantined=len(tally.bad)),
        values=tuple(quoted(key) for key in keys),
        bad_records=tuple(tally.bad),
        encoding=encoding,
    )


def _function(keys: list[str], tally: Tally) -> str:
    types = ", ".join(f"{literal(key)}: 'VARCHAR'" for key in keys)
    largest = f", maximum_object_size = {tally.longest}" if tally.longest > USUAL_OBJECT_BYTES else ""
    return f"read_json({{files}}, format = 'newline_delimited', columns = {{{types}}}{largest})"
