"""What `tidemill trace` prints: the way of one row, as text or as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from flows import warehouse
from flows.commands.donations import Donation
from flows.commands.lineage import Fate, Row, Trace, trace
from flows.settings import Settings


def show_trace(file: str, row_number: int, as_json: bool) -> None:
    """Print what stood in a row of a file, what was changed, and what became of it.

    Raises
    ------
    TidemillError
        When a run holds the warehouse, or the file has no such row.
    """
    with warehouse.read_warehouse(Settings()) as connection:
        found = trace(connection, file, row_number)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
    else:
        for title, text in _lines(found):
            print(f"{title:<10} {text}".rstrip())


def _lines(found: Trace) -> Iterator[tuple[str, str]]:
    yield "file", f"{found.file.name} (file_id {found.file.file_id}, {found.file.source})"
    yield "row", str(found.row_number)
    if found.raw:
        yield "stood", _cells(found.raw)
    for rejected in found.rejected:
        yield from _rejected(rejected)
    for change in found.changes:
        yield "changed", f"{change.column}: {_value(change.raw)} -> {_value(change.cleaned)} ({change.rule})"
    for fate in found.fates:
        yield "fate", _fate(fate, found)
    for donation in found.donations:
        yield "value", _donation(donation, found)
    if found.raw and not found.fates:
        yield "fate", "none yet; run `tidemill transform`"
    for name, row in found.layers.items():
        yield "layer", f"{name}: {_cells(row)}"
    for name, rows in found.ended_in.items():
        for row in rows:
            yield "ended in", f"{name}: {_cells(row)}"


def _rejected(row: Row) -> Iterator[tuple[str, str]]:
    where = f"line {row['line']}, byte {row['byte_offset']}"
    yield "rejected", f"{row['error_code']} in {where}: {row['message']}: {row['raw_text']}"
    if row["replay_status"]:
        yield "", f"{row['replay_status']} by load {row['replay_load_id']}"


def _cells(row: Row) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in row.items() if not name.startswith("_"))


def _value(value: str | None) -> str:
    return "NULL" if value is None else f"'{value}'"


def _fate(fate: Fate, found: Trace) -> str:
    text = f"row {fate.row_number} of file {fate.file_id} is {fate.fate}"
    text += f" ({fate.stage}: {fate.rule})" if fate.stage else ""
    if fate.winner_file_id is None:
        return text
    row = f"row {fate.winner_row_number} of " if fate.winner_row_number is not None else ""
    return f"{text}; it lost to {row}{_named(fate.winner_file_id, found)}"


def _named(file_id: int, found: Trace) -> str:
    return f"file {file_id} ({found.files[file_id]})" if file_id in found.files else f"file {file_id}"


def _donation(donation: Donation, found: Trace) -> str:
    place = found.file.file_id, found.row_number
    donor = f"row {donation.row_number} of {_named(donation.file_id, found)}"
    kept = f"row {donation.kept_row_number} of {_named(donation.kept_file_id, found)}"
    if donation.donor == place:
        return f"{donation.column} went to {kept}"
    if (donation.kept_file_id, donation.kept_row_number) == place:
        return f"{donation.column} comes from {donor}"
    return f"{donation.column} went from {donor} to {kept}"
