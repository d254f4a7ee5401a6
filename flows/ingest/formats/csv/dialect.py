"""Decides from a sample how a CSV file is written: its delimiter, quote, escape and line ends.

What is declared holds. The declared columns settle the delimiter where they appear under one; else DuckDB's sniffer and
CleverCSV each give an answer: where they differ, the one that keeps more of the sample's records consistent (of one
width, more than one field) wins, and where neither keeps half of them so, the usual delimiter that keeps most.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import duckdb

from flows.declaration import Source
from flows.ingest.columns import HEADER_SEARCH_ROWS, MINIMUM_SHARE, declared_share
from flows.ingest.formats.csv.records import Record, Syntax, parser
from flows.ingest.parts import Refusal
from flows.sql import literal

SCORED_BYTES, SNIFFED_BYTES, LONGEST_HEADER = 64 * 1024, 32 * 1024, 2**20
USUAL_DELIMITERS = (",", ";", "\t", "|")
# Looked for only under the declared columns: without them, text could be taken apart at them too easily.
RARE_DELIMITERS = ("\x01", "^", "~", "||", "::", ":", " ", "\x1f", "¦", "§", "#", "@")
# Separates nothing: a file of one column.
NO_DELIMITER = "\x1f"
SEPARATING_CONTROLS = "\t\x01\x1c\x1d\x1e\x1f"
# The line by which Excel is told the delimiter; it is not part of the table.
SEPARATOR_LINE = re.compile(rb"""(?i)"?sep=([^\w"'\\\r\n\x80-\xff]|[\xc2-\xf4][\x80-\xbf]+)"?\r?(\n|\r|\Z)""")


@dataclass(frozen=True)
class Detected:
    """A syntax, and who found it."""

    syntax: Syntax
    detected_by: str


def detect_syntax(sample: bytes, source: Source) -> Detected:
    """Return how the sample is written.

    Raises
    ------
    Refusal
        When the declared quote or escape stands in the delimiter that was found.
    """
    options, scored = source.options, whole_lines(sample, SCORED_BYTES)
    guess = Syntax(",", options.get("quote", '"'), options.get("escape", ""), newline_of(sample))
    delimiter, detected_by = _delimiter(sample, source, guess)
    for option in ("quote", "escape"):
        if options.get(option) and options[option] in delimiter:
            raise Refusal(
                f"its delimiter seems to be '{delimiter}', in which the declared {option} '{options[option]}' stands; "
                f"mend external.options.{option}, or declare the delimiter"
            )
    return Detected(_quoting(scored, replace(guess, delimiter=delimiter), options), detected_by)


def _delimiter(sample: bytes, source: Source, guess: Syntax) -> tuple[str, str]:
    """Return the delimiter that is declared, named, shows the declared columns, or is arbitrated; and how."""
    if "delimiter" in source.options:
        return source.options["delimiter"], "declaration"
    if named := SEPARATOR_LINE.match(sample):
        return named[1].decode(errors="replace"), "sep= in its first line"
    options = dict(source.options)
    if guess.escape in (*USUAL_DELIMITERS, *RARE_DELIMITERS):
        # It would hide that delimiter, and a text of one column would seem to be left.
        guess, options["escape"] = replace(guess, escape=""), ""
    for delimiter in _by_columns(sample, source, guess):
        return delimiter, "declared columns"
    return _arbitrated(whole_lines(sample, SCORED_BYTES), guess, options)


def whole_lines(sample: bytes, limit: int) -> bytes:
    """Return the beginning of a sample, whole lines where it is longer; all of it where one line is."""
    end = max(sample.rfind(b"\n", 0, limit), sample.rfind(b"\r", 0, limit)) + 1
    return sample if len(sample) <= limit else sample[: end or LONGEST_HEADER]


def without_rest(sample: bytes) -> bytes:
    """Return a sample without the line that it was cut in, unless that is all it holds."""
    end = max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1
    return sample[:end] or sample


def newline_of(sample: bytes) -> str:
    """Return what ends every line: a line feed, also behind a CR, and a CR only where no line feed is."""
    return "\n" if b"\n" in sample or b"\r" not in sample else "\r"


def line_starts(sample: bytes, newline: str) -> Iterator[int]:
    """Yield where the leading lines begin, empty ones and the one that names the delimiter left out."""
    named = SEPARATOR_LINE.match(sample)
    position, found = named.end() if named else 0, 0
    while position < len(sample) and found < HEADER_SEARCH_ROWS:
        end = sample.find(newline.encode(), position)
        end = end if end >= 0 else len(sample)
        if sample[position:end].strip(b"\r"):
            yield position
            found += 1
        position = end + 1


def cells_at(sample: bytes, position: int, syntax: Syntax) -> list[str]:
    """Return the cells of the record that begins at a position; none where it is broken."""
    return [cell.decode(errors="replace") for cell in parser(syntax).record(sample, position).cells]


def _by_columns(sample: bytes, source: Source, guess: Syntax) -> Iterator[str]:
    """Yield the delimiter under which most of the declared columns stand in one line, if at least half of them do."""
    found: dict[str, tuple[float, int]] = {}
    for delimiter in (*USUAL_DELIMITERS, *RARE_DELIMITERS) if source.columns else ():
        syntax = replace(guess, delimiter=delimiter)
        rows = (cells_at(sample, start, syntax) for start in line_starts(sample, guess.newline))
        # Of two that show the same columns, the one without empty ones between them: `||`, not `|`.
        found[delimiter] = max(((declared_share(source, row), -len(row)) for row in rows), default=(0.0, 0))
    best = max(found, key=lambda each: found[each], default="")
    if best and found[best][0] >= MINIMUM_SHARE:
        yield best if found[best][1] < -1 else _of_one_column(sample, guess)


def _of_one_column(sample: bytes, guess: Syntax) -> str:
    """Return a delimiter that stands in no record, under which every one has the one column the header has."""
    free = (each for each in (*USUAL_DELIMITERS, NO_DELIMITER) if each.encode() not in sample)
    return next(free, NO_DELIMITER)


def widths(sample: bytes, syntax: Syntax) -> Counter[int]:
    """Count the sample's records by their number of fields; broken ones have none."""
    return Counter(len(record.cells) for record in records_of(sample, syntax))


def records_of(sample: bytes, syntax: Syntax) -> Iterator[Record]:
    """Yield the sample's records, empty lines left out."""
    position = 0
    while position < len(sample):
        record = parser(syntax).record(sample, position)
        if record.end > position + 1 or sample[position : record.end].strip(b"\r"):
            yield record
        position = record.end + 1


def consistency(sample: bytes, syntax: Syntax) -> int:
    """Count the records that share the most frequent number of fields, if that is more than one."""
    return max((count for width, count in widths(sample, syntax).items() if width > 1), default=0)


def _keeps_half(sample: bytes, syntax: Syntax) -> bool:
    """Tell whether most records are consistent, or half of them and more than one."""
    consistent, every = consistency(sample, syntax), widths(sample, syntax).total()
    return 2 * consistent > every or (2 * consistent == every and consistent > 1)


def _arbitrated(sample: bytes, guess: Syntax, options: Mapping[str, str]) -> tuple[str, str]:
    """Return the delimiter that both detectors name, or that keeps most records consistent; and how it was found."""
    text = whole_lines(sample, SNIFFED_BYTES).decode(errors="replace")
    said = {"duckdb": _duckdb_says(text), "clevercsv": _clevercsv_says(text)}

    def score(delimiter: str) -> int:
        syntax = replace(guess, delimiter=delimiter)
        return consistency(sample, _quoting(sample, syntax, options)) if _keeps_half(sample, syntax) else 0

    scores = {each: score(each) for each in said.values() if each}
    best = max(scores, key=lambda each: scores[each], default="")
    if best and scores[best]:
        if len(scores) == 1 and None not in said.values():
            return best, "duckdb and clevercsv"
        winner = next(name for name, answer in said.items() if answer == best)
        return best, f"{winner}, which keeps more records consistent"
    usual = {each: score(each) for each in USUAL_DELIMITERS}
    best = max(usual, key=lambda each: usual[each])
    return (best, "most records consistent") if usual[best] else (NO_DELIMITER, "one column")


def _clevercsv_says(text: str) -> str | None:
    # It goes through all of Unicode when it is imported, for 0.1 s: only those wait who ask it.
    import clevercsv

    try:
        dialect = clevercsv.Detector().detect(text)
    except clevercsv.Error:
        return None
    return _plausible(dialect.delimiter) if dialect else None


def _duckdb_says(text: str) -> str | None:
    with (
        tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file,
        duckdb.connect(config={"threads": 1}) as connection,
    ):
        file.write(text)
        file.flush()
        try:
            row = connection.execute(f"select delimiter from sniff_csv({literal(file.name)})").fetchone()
        except duckdb.Error:
            return None
    return _plausible(str(row[0])) if row else None


def _plausible(delimiter: str | None) -> str | None:
    """Leave out what the detectors say where they found none, and what separates nothing."""
    if not delimiter or delimiter == "(empty)" or delimiter.isalnum() or delimiter in "\"'\\":
        return None
    return delimiter if delimiter.isprintable() or delimiter in SEPARATING_CONTROLS else None


def _quoting(sample: bytes, syntax: Syntax, options: Mapping[str, str]) -> Syntax:
    """Return the quote and escape that keep most records consistent; the usual double quote where all do the same."""
    quotes = [options["quote"]] if "quote" in options else list(_quotes(sample, syntax))
    escapes = [options["escape"]] if "escape" in options else ["", "\\"]
    escapes = [each for each in escapes if each in ("", options.get("escape")) or each.encode() in sample]
    found = [replace(syntax, quote=quote, escape=escape) for escape in escapes for quote in quotes]
    if len(found) == 1 or not (b'"' in sample or b"'" in sample or len(escapes) > 1):
        return found[0]
    scores = [(consistency(sample, each), _quotes_header(sample, each)) for each in found]
    return found[scores.index(max(scores))]


def _quotes(sample: bytes, syntax: Syntax) -> Iterator[str]:
    """Yield the quotes there may be: none only where double quotes break more records than they enclose."""
    yield '"'
    if b"'" in sample:
        yield "'"
    if b'"' in sample:
        records = list(records_of(sample, replace(syntax, quote='"')))
        if sum(record.fault is not None for record in records) > sum(record.is_quoted for record in records):
            yield ""


def _quotes_header(sample: bytes, syntax: Syntax) -> bool:
    """Tell whether some line among the first is quoted from end to end with this quote."""
    quote = syntax.quote.encode()
    if not quote:
        return False
    line = sample.split(syntax.newline.encode(), 1)[0].rstrip(b"\r")
    return len(line) > 1 and line.startswith(quote) and line.endswith(quote)
