"""Reads JSON lines: every line is parsed once to find the bad ones and all keys, then DuckDB loads the good ones.

Texts land as they are, nested values as JSON text. A number lands as DuckDB writes it (1.10 becomes 1.1).
"""

from dataclasses import dataclass, field
from pathlib import Path

import orjson

from flows.declaration import Declaration, Source
from flows.ingest.columns import MINIMUM_SHARE, columns_of, declared_share, no_header
from flows.ingest.parts import BadRecord, Counts, Part, Reading
from flows.sql import literal, quoted


@dataclass
class _Tally:
    records: int = 0
    blank: int = 0
    keys: dict[str, None] = field(default_factory=dict)
    bad: list[BadRecord] = field(default_factory=list)


def read_jsonl(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand a JSON-lines part and return the query that delivers its good records.

    Raises
    ------
    Refusal
        When its keys are those of another source, or two keys would have one name.
    """
    good = scratch / "good_records.jsonl"
    tally = _separate(part.path, good)
    keys = list(tally.keys)
    if keys and source.columns and declared_share(source, keys) < MINIMUM_SHARE:
        raise no_header(source, declaration, [keys])
    columns = columns_of(source, keys)
    types = ", ".join(f"{literal(column.file_name)}: 'JSON'" for column in columns)
    return Reading(
        path=good,
        function=f"read_json({{files}}, format = 'newline_delimited', columns = {{{types}}})",
        columns=columns,
        counts=Counts(tally.records, blank=tally.blank, quarantined=len(tally.bad)),
        values=tuple(f"{quoted(column.file_name)} ->> '$'" for column in columns),
        bad_records=tuple(tally.bad),
        encoding="utf-8",
    )


def _separate(path: Path, good: Path) -> _Tally:
    tally, offset = _Tally(), 0
    with path.open("rb") as lines, good.open("wb") as target:
        for number, line in enumerate(lines, start=1):
            content = line.removeprefix(b"\xef\xbb\xbf").strip()
            tally.records += 1
            tally.blank += not content
            if content and _is_good(tally, content, number, offset):
                target.write(content + b"\n")
            offset += len(line)
    return tally


def _is_good(tally: _Tally, content: bytes, line: int, offset: int) -> bool:
    try:
        record = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        message = f"no JSON: {error}"
    else:
        if isinstance(record, dict):
            tally.keys.update(dict.fromkeys(record))
            return True
        message = "JSON, but no object"
    tally.bad.append(BadRecord(line - tally.blank, line, offset, content, "row-error", message))
    return False
