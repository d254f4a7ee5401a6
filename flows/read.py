"""The command `read`: shows what ingest would land from files and what it would reject, without the warehouse.

Knows where the input comes from (files, pipes, names of any bytes) and how the result is told. How a file is
understood, `flows/ingest/` knows.
"""

import json
import logging
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb

from flows import progress, warehouse
from flows.amounts import amount
from flows.declaration import Source
from flows.declaration.sources import source_of_file
from flows.errors import DeclarationError, TidemillError
from flows.ingest.extract import Extract, Extractor
from flows.ingest.outputs import Outputs, different
from flows.ingest.parts import FoundFile, modified_at
from flows.ingest.places.discover import discover
from flows.ingest.places.locations import DATABASES, masked, scheme
from flows.settings import Settings

log = logging.getLogger("tidemill.read")
STDIN = "-"


def read_files(
    names: Sequence[str], to: Path | None, as_json: bool, options: Sequence[str], file_format: str | None
) -> None:
    """Print the records of one file as CSV, write those of many into a folder, or print how they would be read.

    Parameters
    ----------
    names
        Paths, URLs of any place a source may have, or `-` for standard input.
    to
        Folder for `<file name>.csv` and `<file name>.rejected.jsonl`; a part of a file (an archive's member, a sheet)
        adds its name.
    as_json
        Print one JSON object per part, with how it was detected and its counts.
    options
        Reader options as `key=value`, those of `external.options`.
    file_format
        One of `external.file_format`, instead of what the content says.

    Raises
    ------
    TidemillError
        When at least one file could not be read; the others are done.
    DeclarationError
        When the call is wrong: several files or parts for one standard output, or an unknown option.
    """
    prints = to is None and not as_json
    if prints and len(names) > 1:
        raise DeclarationError(f"read: {len(names)} files do not fit into one output; give --to DIR, or --json")
    source = source_of_file(dict(map(_key_and_value, options)), file_format)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidemill-"))) if prints else to
        connection = stack.enter_context(duckdb.connect())
        warehouse.configure(connection, Settings())
        outputs = _outputs(folder, names) if folder else None
        failed = _read_all(Extractor(connection, source, outputs), names, as_json, prints)
    if failed:
        raise TidemillError(f"read: {failed} of {amount(len(names), 'file')} could not be read completely")


def _outputs(folder: Path, names: Sequence[str]) -> Outputs:
    try:
        return Outputs(folder, [Path(name) for name in names])
    except OSError as error:
        raise DeclarationError(f"read: --to {folder}: it cannot be made a folder ({error.strerror})") from error


def _key_and_value(option: str) -> tuple[str, str]:
    key, sign, value = option.partition("=")
    if not sign:
        raise DeclarationError(f"read: --option {option}: write key=value, such as delimiter=';'")
    return key, value


def _read_all(extractor: Extractor, names: Sequence[str], as_json: bool, prints: bool) -> int:
    """Read every file, several of them side by side, and tell of each in its turn; returns how many failed."""
    stems, failed = different(list(map(_last_word, names))), 0
    with ThreadPoolExecutor(Settings().threads) as pool:
        results = pool.map(lambda name, stem: _read(extractor, name, stem), names, stems)
        for done, (name, extracts) in enumerate(zip(names, results, strict=True), start=1):
            progress.report(f"read {masked(name)}", done, len(names))
            failed += any(each.error for each in extracts)
            _tell(masked(name), extracts, as_json, prints)
    return failed


def _last_word(name: str) -> str:
    return "stdin" if name == STDIN else Path(masked(name).removesuffix("?***")).name


def _read(extractor: Extractor, name: str, stem: str) -> list[Extract]:
    with tempfile.TemporaryDirectory(prefix="tidemill-") as scratch:
        try:
            source = at(extractor.source, name)
            return list(replace(extractor, source=source).extract(found(source, name, Path(scratch)), stem))
        except OSError as error:
            return [Extract(error=f"it could not be read ({error.strerror or error})")]
        except TidemillError as error:
            return [Extract(error=str(error))]
        except Exception as error:  # one file must not end the reading of thousands
            log.exception("read: %s: a bug of Tidemill; please report it with the file", name)
            return [Extract(error=f"{type(error).__name__}: {error}")]


def at(source: Source, name: str) -> Source:
    """Return a source whose place is where a name points to: a URL, or the disk.

    Raises
    ------
    DeclarationError
        When it is a database and the options do not say what to read there.
    """
    if scheme(name) in DATABASES and ("table" in source.options) == ("query" in source.options):
        raise DeclarationError(
            "of a database one table is read: tidemill read … --option table=NAME (or query='select …')"
        )
    return replace(source, location=name) if scheme(name) else source


def found(source: Source, name: str, scratch: Path) -> FoundFile:
    """Find a file; what comes through a pipe, or has a name that is no text, gets a place in the scratch folder.

    Raises
    ------
    OSError
        When there is none, or several.
    """
    return _far_away(source) if scheme(name) else _here(name, scratch)


def _far_away(source: Source) -> FoundFile:
    listing = discover(source, Path.cwd())
    if len(listing.files) != 1:
        raise OSError(listing.problem or f"{len(listing.files)} files lie there; name one")
    return listing.files[0]


def _here(name: str, scratch: Path) -> FoundFile:
    path = Path(name).absolute()
    place = scratch / "input"
    if name == STDIN:
        with place.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        path = place
    elif path.is_dir():
        raise OSError("it is a folder; name its files, such as FOLDER/*")
    elif not stat.S_ISREG(path.stat().st_mode):
        with path.open("rb") as pipe, place.open("wb") as copy:
            shutil.copyfileobj(pipe, copy)
        path = place
    elif not str(path).isprintable():
        place.symlink_to(path)
        path = place
    status = path.stat()
    return FoundFile("file", str(path), status.st_size, modified_at(status.st_mtime_ns))


def _tell(name: str, extracts: Sequence[Extract], as_json: bool, prints: bool) -> None:
    shown = name.encode(errors="surrogateescape").decode(errors="replace")
    for each in extracts:
        if each.error:
            log.error("read: %s: %s", _named(shown, each), each.error)
        elif not as_json and (each.reading is not None) and (not prints or each.reading.bad_records):
            _tell_counts(_named(shown, each), each)
        if as_json:
            print(json.dumps(described(name, each), default=str))
    whole = [each for each in extracts if each.output]
    if prints and len(whole) > 1:
        raise DeclarationError(f"read: {shown} holds {len(extracts)} parts; give --to DIR, or --json")
    for each in whole if prints else []:
        _print(each)


def _named(name: str, extract: Extract) -> str:
    part = extract.part
    return " ".join(filter(None, (name, part.member, part.sheet))) if part else name


def _tell_counts(name: str, extract: Extract) -> None:
    assert extract.reading is not None
    counts, bad = extract.reading.counts, extract.reading.bad_records
    log.info("read: %s %s, %s rejected", name, amount(counts.loaded, "row"), f"{counts.quarantined:,}")
    if bad:
        log.info("read: %s the first in line %s: %s, %s", name, bad[0].line, bad[0].error_code, bad[0].message)


def _print(extract: Extract) -> None:
    assert extract.output is not None
    try:
        with extract.output.open("rb") as content:
            shutil.copyfileobj(content, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def described(name: str, extract: Extract) -> Mapping[str, Any]:
    """Return how a part was understood, as `--json` prints it."""
    part, reading = extract.part, extract.reading
    description: dict[str, Any] = {"file": name, "error": extract.error}
    if part:
        of_part = ("member", "sheet", "format", "format_detected_by", "compression", "content_sha256", "size_bytes")
        description |= {key: getattr(part, key) for key in of_part}
    if reading:
        of_reading = ("encoding", "encoding_confidence", "dialect", "detected_by")
        description |= {key: getattr(reading, key) for key in of_reading}
        description["header_row"] = reading.dialect.get("header_record")
        description["columns"] = [column.name for column in reading.columns]
        description["counts"] = asdict(reading.counts) | {"loaded": reading.counts.loaded}
        description["output"], description["rejected_output"] = extract.output, extract.rejected_output
    return description
