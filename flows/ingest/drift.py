"""How the columns of a source's files drift: added, missing, renamed, reordered, of another type; and what follows.

Knows one source for one run. Decides and writes down; the raw table itself is altered by whoever loads the file.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from flows import records
from flows.declaration import Source
from flows.ingest.column_types import common_type, holds
from flows.ingest.parts import Column, Reading
from flows.ingest.raw_table import losses, name_of, raw_columns
from flows.sql import literal, quoted

# A new column is proposed as the missing one when at least half of its values stand there already, two or more.
SAMPLED_RECORDS, SAMPLED_ROWS = 1_000, 100_000
MINIMUM_OVERLAP, MINIMUM_COMMON = 0.5, 2
FROZEN = {"added": "brings", "missing": "lacks", "type_conflict": "has another type for"}


@dataclass(frozen=True)
class Drift:
    """The differences of one file, the columns the raw table must get for it, and why it is refused, if it is."""

    changes: tuple[records.SchemaChange, ...] = ()
    alterations: tuple[Column, ...] = ()
    refusal: str | None = None

    def refused(self, why: str) -> "Drift":
        """Return what is left of it when the file is refused: the differences, without consequence."""
        return Drift(tuple(replace(each, decision="the file is refused") for each in self.changes), (), why)


class Drifts:
    """Compares the files of one source, one after the other, with its raw table as it will be then."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, run: records.Run, source: Source) -> None:
        self._connection, self._run, self._source = connection, run, source
        self._there = raw_columns(connection, source)
        self._without_drift: set[tuple[Column, ...]] = set()
        declared = [column.name for column in source.columns]
        self._orders = [declared or [each.name for each in self._there.values()], *_recorded_orders(connection, source)]

    def compare(self, reading: Reading, file_id: int) -> Drift:
        """Return how this file differs from what is declared and known."""
        if not reading.columns or reading.columns in self._without_drift:
            return Drift()
        added = [column for column in reading.columns if column.name.casefold() not in self._there]
        types = self._types(reading, file_id)
        columns = tuple(self._change(file_id, *each) for each in self._columns(reading, added))
        drift = Drift((*columns, *types.changes), (*added, *types.alterations), types.refusal)
        if not drift.changes:
            # It stays so: the raw table only ever gets wider.
            self._without_drift.add(reading.columns)
        refusal = drift.refusal or _frozen(self._source, drift.changes)
        return drift.refused(refusal) if refusal else drift

    def accept(self, columns: Sequence[Column], drift: Drift) -> None:
        """Go on from here: the file is to be landed."""
        self._there |= {column.name.casefold(): column for column in drift.alterations}
        if any(change.change == "reordered" for change in drift.changes):
            self._orders.append([column.name for column in columns])

    def _change(
        self, file_id: int, change: str, column: str, file_column: str | None, decision: str
    ) -> records.SchemaChange:
        return records.SchemaChange(self._run.run_id, self._source.name, file_id, column, change, file_column, decision)

    def _columns(self, reading: Reading, added: Sequence[Column]) -> Iterator[tuple[str, str, str | None, str]]:
        """Yield each difference in the names and the order of the columns, and what is decided about it."""
        present = {column.name for column in reading.columns}
        missing = [column.name for column in self._source.columns if column.name not in present]
        for column in added:
            yield "added", column.name, column.file_name, "column added to the raw table"
        for name in missing:
            yield "missing", name, None, "NULL"
        for column in reading.columns:
            if column.file_name.casefold() != column.name.casefold():
                yield "renamed", column.name, column.file_name, "declared alias"
        yield from self._proposed(reading, added, missing)
        yield from self._reordered(reading.columns)

    def _types(self, reading: Reading, file_id: int) -> Drift:
        """Return the conflicts of types: widened where nothing is declared, else proven value by value or refused."""
        changes, alterations, refusals = [], [], []
        declared = {column.name for column in self._source.columns}
        for column in reading.columns:
            there = self._there.get(column.name.casefold())
            is_text = column.data_type == "VARCHAR" and column.name in declared
            if there is None or is_text or holds(there.data_type, column.data_type):
                continue
            wide = common_type(there.data_type, column.data_type)
            if column.name not in declared:
                alterations.append(replace(column, name=there.name, data_type=wide))
                decision = f"raw column widened from {there.data_type} to {wide} for {column.data_type}"
            else:
                loss = self._loss(reading, column, there)
                refusals += [loss] if loss else []
                decision = f"every {column.data_type} is a {there.data_type} exactly"
            changes.append(self._change(file_id, "type_conflict", column.name, column.file_name, decision))
        return Drift(tuple(changes), tuple(alterations), "; ".join(refusals) or None)

    def _loss(self, reading: Reading, column: Column, there: Column) -> str | None:
        """Say which value the declared type cannot hold, if there is one."""
        rows = self._ask(losses(f"({reading.select([reading.path])})", column, there.data_type))
        if not rows:
            return None
        value, becomes = rows[0]
        return (
            f"column {column.name} is declared {there.data_type}, in which its value {value} would become "
            f"{becomes or 'nothing'}; declare `data_type: {common_type(there.data_type, column.data_type).lower()}` "
            f"in {self._source.declared_in}, or mend the file"
        )

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask a file; one that cannot be read has no answer here, and is refused with the reason when it lands."""
        try:
            return self._connection.execute(query).fetchall()
        except duckdb.Error:
            return []

    def _proposed(
        self, reading: Reading, added: Sequence[Column], missing: Sequence[str]
    ) -> Iterator[tuple[str, str, str, str]]:
        """Propose the added column whose values are known best as another name of a missing one."""
        for name in missing:
            overlaps = {column.file_name: self._overlap(reading, column, name) for column in added}
            new = max(overlaps, key=lambda each: overlaps[each], default=None)
            if new and overlaps[new] >= (MINIMUM_OVERLAP, MINIMUM_COMMON):
                decision = (
                    f"proposed: declare alias '{new}' for {name} ({overlaps[new][0]:.0%} of its values stand there)"
                )
                yield "renamed", name, new, decision

    def _overlap(self, reading: Reading, column: Column, name: str) -> tuple[float, int]:
        """Return the share and the number of a new column's sampled values that a raw column has."""
        new, old = quoted(column.name), quoted(name)
        rows = self._ask(
            f"with new_values as (select distinct trim({new}::varchar) as value from "
            f"(select {new} from ({reading.select([reading.path])}) limit {SAMPLED_RECORDS})), old_values as (select "
            f"trim({old}::varchar) as value from (select {old} from {name_of(self._source)} limit {SAMPLED_ROWS})) "
            "select count(*), count(*) filter (value in (from old_values)) from new_values where value <> ''"
        )
        values, common = rows[0] if rows else (0, 0)
        return (common / values if values else 0.0, common) if common >= MINIMUM_COMMON else (0.0, common)

    def _reordered(self, columns: Sequence[Column]) -> Iterator[tuple[str, str, str, str]]:
        """Tell of an order that no file of this source had before; columns are read by name in any order."""
        order = [column.name for column in columns]
        if not any(_in_order(order, known) for known in self._orders):
            first = next(name for name, known in zip(*_common(order, self._orders[0]), strict=True) if name != known)
            yield "reordered", first, json.dumps(order), "read by name"


def _in_order(order: Sequence[str], known: Sequence[str]) -> bool:
    one, other = _common(order, known)
    return one == other


def _common(order: Sequence[str], known: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names both have, in the order of each."""
    return [name for name in order if name in known], [name for name in known if name in order]


def _recorded_orders(connection: duckdb.DuckDBPyConnection, source: Source) -> list[list[str]]:
    rows = connection.execute(
        "select distinct file_column_name from records.schema_changes "
        f"where source = {literal(source.name)} and change = 'reordered'"
    ).fetchall()
    return [json.loads(order) for (order,) in rows]


def _frozen(source: Source, changes: Sequence[records.SchemaChange]) -> str | None:
    """Say what a frozen source may not bring."""
    if source.schema_policy != "freeze":
        return None
    said = []
    for change, verb in FROZEN.items():
        names = [each.file_column_name or each.column_name for each in changes if each.change == change]
        said += [f"{verb} {', '.join(names)}"] if names else []
    if not said:
        return None
    return (
        f"it {' and '.join(said)}, but {source.name} is frozen; mend the file, or the columns in "
        f"{source.declared_in}, or set `schema: evolve`"
    )
