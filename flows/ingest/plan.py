"""Decides what happens with each part of a prepared file, and writes down the records that will say so.

Runs before anything is written, file after file in their order. Asks the warehouse what is known; changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import duckdb

from flows import records
from flows.amounts import amount
from flows.declaration import Declaration, Source
from flows.ingest.drift import Drift, Drifts
from flows.ingest.parts import Part, Reading
from flows.ingest.pending import declaration_sha256
from flows.ingest.prepare import Prepared
from flows.sql import literal, literals

# The loaded file with each content, whatever its name, unless a newer version replaced it.
CURRENT_FILES = """
    select files.source, content_sha256, sheet, max(file_id)
    from records.files
    inner join records.file_loads using (file_id)
    where
        list_contains({hashes}, content_sha256)
        and action = 'loaded'
        and file_id not in (select file_id from records.file_loads where action = 'superseded')
    group by all
"""

# The file that last lay at each place.
EARLIER_VERSIONS = """
    select file_loads.uri, member, sheet, arg_max(file_id, load_id)
    from records.files
    inner join records.file_loads using (file_id)
    where
        files.source = {source}
        and list_contains({uris}, file_loads.uri)
        and action in ('loaded', 'skipped_same_content')
    group by all
"""


@dataclass(frozen=True)
class Landing:
    """A part that is to be landed, with every record of it."""

    reading: Reading
    file: records.File
    load: records.FileLoad
    drift: Drift

    @property
    def is_loaded(self) -> bool:
        """Tell whether rows are to be inserted; a refused part leaves its records only."""
        return self.load.action == "loaded" and bool(self.reading.columns)


@dataclass(frozen=True)
class FilePlan:
    """What happens with one file.

    Attributes
    ----------
    attempt
        The record to write where that fails.
    superseding_ids
        A load id for each older version of it that its landing may supersede.
    held
        The loaded files whose content was found again beside this one: they stay.
    """

    source: Source
    prepared: Prepared
    attempt: records.FileLoad
    loads: tuple[records.FileLoad, ...]
    landings: tuple[Landing, ...]
    superseding_ids: tuple[int, ...]
    held: frozenset[int]

    @property
    def is_new_version(self) -> bool:
        """Tell whether it lands where an older version lay."""
        return bool(self.superseding_ids) and any(each.load.action == "loaded" for each in self.landings)


class Planner:
    """Plans file after file; hands out the ids of one run, of which the warehouse's one writer is the only giver."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, run: records.Run, declaration: Declaration) -> None:
        self._connection, self._run = connection, run
        self._declared = {source.name: declaration_sha256(source) for source in declaration.sources}
        self._drifts: dict[str, Drifts] = {}
        self._held: frozenset[int] = frozenset()
        self._file_ids = count(records.next_id(connection, "files", "file_id"))
        self._load_ids = count(records.next_id(connection, "file_loads", "load_id"))

    def mark_known(self, batches: Sequence[Sequence[Prepared]]) -> list[list[Prepared]]:
        """Mark the parts whose content is loaded already."""
        hashes = {each.content[0] for batch in batches for prepared in batch for each in prepared.parts}
        rows = self._connection.execute(CURRENT_FILES.format(hashes=literals(sorted(hashes)))).fetchall()
        known = {(source, sha256, sheet): file_id for source, sha256, sheet, file_id in rows}

        def marked(prepared: Prepared) -> Prepared:
            source = prepared.found.source
            parts = (replace(each, loaded_file_id=known.get((source, *each.content))) for each in prepared.parts)
            return replace(prepared, parts=tuple(parts))

        self._held = frozenset(known.values())
        return [[marked(prepared) for prepared in batch] for batch in batches]

    def plan(self, source: Source, batch: Sequence[Prepared]) -> list[FilePlan]:
        """Plan a batch of one source's files."""
        if source.name not in self._drifts:
            self._drifts[source.name] = Drifts(self._connection, self._run, source)
        uris = [prepared.found.uri for prepared in batch]
        versions = EARLIER_VERSIONS.format(source=literal(source.name), uris=literals(uris))
        earlier: dict[str, dict[tuple[str | None, str | None], int]] = {uri: {} for uri in uris}
        for uri, member, sheet, file_id in self._connection.execute(versions).fetchall():
            earlier[uri][member, sheet] = file_id
        return [self._plan_file(source, prepared, earlier[prepared.found.uri]) for prepared in batch]

    def _plan_file(
        self, source: Source, prepared: Prepared, earlier: dict[tuple[str | None, str | None], int]
    ) -> FilePlan:
        loads: list[records.FileLoad] = []
        landings: list[Landing] = []
        own: dict[tuple[str, str | None], int] = {}
        for each in prepared.parts:
            loaded_file_id = each.loaded_file_id or own.get(each.content)
            if each.error or each.reading is None or each.part is None or loaded_file_id:
                action = "quarantined" if each.error else "skipped_same_content"
                loads.append(self._attempt(prepared, action, loaded_file_id, each.error))
                continue
            before = earlier.get((each.part.member, each.part.sheet))
            landing = self._landing(source, prepared, each.part, each.reading, before)
            if landing.load.action == "loaded":
                own[each.content] = landing.file.file_id
                self._drifts[source.name].accept(each.reading.columns, landing.drift)
            landings.append(landing)
        if prepared.outcome:
            loads.append(self._attempt(prepared, prepared.outcome, None, prepared.error))
        attempt = self._attempt(prepared, "failed", None, None)
        superseding_ids = tuple(next(self._load_ids) for _ in earlier) if source.is_superseding else ()
        return FilePlan(source, prepared, attempt, tuple(loads), tuple(landings), superseding_ids, self._held)

    def _attempt(self, prepared: Prepared, action: str, file_id: int | None, error: str | None) -> records.FileLoad:
        """Return the record of an attempt that lands nothing."""
        return records.FileLoad(
            load_id=next(self._load_ids),
            run_id=self._run.run_id,
            file_id=file_id,
            source=prepared.found.source,
            uri=prepared.found.uri,
            action=action,
            started_at=prepared.started_at,
            ended_at=records.now(),
            size_bytes=prepared.found.size_bytes,
            modified_at=prepared.found.modified_at,
            version=prepared.found.version,
            container_sha256=prepared.container_sha256,
            declaration_sha256=self._declared[prepared.found.source],
            error=error,
        )

    def _landing(
        self,
        source: Source,
        prepared: Prepared,
        part: Part,
        reading: Reading,
        earlier: int | None,
    ) -> Landing:
        file = self._file(prepared, part, earlier)
        load = self._load(prepared, part, reading, file.file_id)
        drift = self._drifts[source.name].compare(reading, file.file_id)
        refusal = _too_many_bad(source, reading) or drift.refusal
        if refusal:
            return Landing(reading, file, _refused(load, refusal), drift.refused(refusal))
        return Landing(reading, file, load, drift)

    def _file(self, prepared: Prepared, part: Part, earlier: int | None) -> records.File:
        found = prepared.found
        return records.File(
            file_id=next(self._file_ids),
            source=found.source,
            uri=found.uri,
            name=found.name,
            location=found.location,
            member=part.member,
            sheet=part.sheet,
            content_sha256=part.content_sha256,
            container_sha256=prepared.container_sha256 or part.content_sha256,
            size_bytes=part.size_bytes,
            modified_at=found.modified_at,
            first_seen_at=prepared.started_at,
            supersedes_file_id=earlier,
        )

    def _load(self, prepared: Prepared, part: Part, reading: Reading, file_id: int) -> records.FileLoad:
        counts = reading.counts
        return replace(
            self._attempt(prepared, "loaded", file_id, None),
            format=part.format,
            format_detected_by=part.format_detected_by,
            compression=part.compression,
            encoding=reading.encoding,
            encoding_confidence=reading.encoding_confidence,
            dialect=reading.dialect,
            columns=[column.file_name for column in reading.columns],
            detected_by=reading.detected_by,
            records_read=counts.records_read,
            header_records=counts.header,
            preamble_records=counts.preamble,
            blank_records=counts.blank,
            comment_records=counts.comment,
            footer_records=counts.footer,
            loaded_records=counts.loaded,
            quarantined_records=counts.quarantined,
        )


def _refused(load: records.FileLoad, why: str) -> records.FileLoad:
    """Return the record of a file that is refused whole: every data record of it is quarantined."""
    data = load.loaded_records + load.quarantined_records
    return replace(load, action="quarantined", loaded_records=0, quarantined_records=data, error=why)


def _too_many_bad(source: Source, reading: Reading) -> str | None:
    data = reading.counts.loaded + reading.counts.quarantined
    if reading.counts.quarantined - reading.beyond <= source.max_rejected * (data - reading.beyond):
        return None
    first = reading.bad_records[0]
    return (
        f"{reading.counts.quarantined} of {amount(data, 'record')} cannot be taken, more than the declared share "
        f"{source.max_rejected} (max_rejected); the first stands in line {first.line}: {first.message}. Mend the file, "
        f"or raise max_rejected in {source.declared_in}"
    )
