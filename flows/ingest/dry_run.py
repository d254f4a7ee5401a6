"""What `tidemill ingest` would do: the same steps on a sketch of the warehouse in memory, without the rows.

A value that does not fit its typed column shows only when it is loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from flows import records
from flows.declaration import Declaration, Source
from flows.ingest.land import note
from flows.ingest.load import Loader
from flows.ingest.parts import FoundFile
from flows.ingest.pending import find_files, pending
from flows.ingest.raw_table import create_raw_table
from flows.ingest.sketch import sketch
from flows.ingest.supersede import UNHELD
from flows.settings import Settings

NO_PART = (None, None)


@dataclass(frozen=True)
class Planned:
    """What would become of one part of a file, or of a file that cannot be opened."""

    load: records.FileLoad
    member: str | None
    sheet: str | None
    supersedes: tuple[int, ...]


@dataclass(frozen=True)
class DryRun:
    """All that an ingest would do now."""

    found: Sequence[FoundFile]
    new: Sequence[FoundFile]
    planned: Sequence[Planned]


def dry_run(settings: Settings, declaration: Declaration) -> DryRun:
    """Open, read and plan every new file of every declared source, and write nothing.

    Raises
    ------
    TidemillError
        When a run holds the warehouse.
    """
    run = records.Run("dry run", "ingest", "command", records.now())
    with sketch(settings) as connection:
        for source in declaration.sources:
            create_raw_table(connection, source)
        found = find_files(settings, declaration)
        new = pending(connection, found, declaration)
        loads = list(Loader(connection, run, declaration, settings.threads, note).load(new)) if new else []
        files = connection.execute("select file_id, member, sheet from records.files").fetchall()
        replaced = [pair for source in declaration.sources for pair in _replaced(connection, source)]
    parts = {file_id: (member, sheet) for file_id, member, sheet in files}
    return DryRun(found, new, tuple(_planned(load, parts, replaced) for load in loads))


def _replaced(connection: duckdb.DuckDBPyConnection, source: Source) -> list[tuple[int, int]]:
    if not source.is_superseding:
        return []
    rows = connection.execute(UNHELD, {"source": source.name}).fetchall()
    return [(older_id, newer_id) for older_id, _, newer_id, _ in rows]


def _planned(
    load: records.FileLoad,
    parts: Mapping[int, tuple[str | None, str | None]],
    replaced: Sequence[tuple[int, int]],
) -> Planned:
    member, sheet = parts[load.file_id] if load.file_id else NO_PART
    return Planned(load, member, sheet, tuple(older for older, newer in replaced if newer == load.file_id))
