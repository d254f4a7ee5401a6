"""Reads and writes the rows of a classifier's anchor set, and keeps them out of every other reading."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from flows import anchor_set, split, training_rows, warehouse
from flows.anchor_set import AnchorSet
from flows.declaration import Classifier
from flows.errors import TidemillError
from flows.settings import Settings
from flows.sql import literal, parquet, quoted
from flows.training_rows import Rows


@contextmanager
def published(settings: Settings, classifier: Classifier) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file, the keys of the classifier's anchor set being set for `split.marked` to leave out.

    Raises
    ------
    TidemillError
        When nothing is published yet, or the anchor set is not what was set aside.
    """
    anchor = anchor_set.find(settings, classifier.name)
    with warehouse.read_published(settings) as connection:
        if anchor:
            key = f"cast({quoted(_key(connection, classifier, anchor))} as varchar)"
            keys = f"select list({key}) from {parquet(anchor.file)}"
            connection.execute(f"set variable {split.ANCHORED} = ({keys})")
        yield connection


def _key(connection: duckdb.DuckDBPyConnection, classifier: Classifier, anchor: AnchorSet) -> str:
    if classifier.key not in _columns(connection, anchor):
        table = training_rows.relation(classifier)
        raise TidemillError(
            f"{anchor.file}: has no column '{classifier.key}', the key of {table} now; remove the folder "
            f"and set another anchor set aside with `tidemill anchor {classifier.name}`"
        )
    return classifier.key


def _columns(connection: duckdb.DuckDBPyConnection, anchor: AnchorSet) -> list[str]:
    described = connection.execute(f"describe select * from {parquet(anchor.file)}").fetchall()
    return [str(name) for name, *_ in described]


def read_anchor(connection: duckdb.DuckDBPyConnection, classifier: Classifier, anchor: AnchorSet) -> Rows:
    """Read the anchor set as held-out rows; a column that was not there when it was set aside is unknown in all."""
    there = _columns(connection, anchor)
    needed = [*(each.date_column or each.name for each in classifier.features), *classifier.gate.groups]
    absent = [f"null::timestamp as {quoted(name)}" for name in dict.fromkeys(needed) if name not in there]
    rows = f"select {', '.join(['*', *absent])} from {parquet(anchor.file)}"
    return replace(_read(connection, classifier, rows), sha256=anchor.sha256)


def _read(connection: duckdb.DuckDBPyConnection, classifier: Classifier, rows: str) -> Rows:
    columns = training_rows.selected_columns(classifier, with_groups=True)
    return training_rows.rows_of(classifier, connection.execute(f"select {columns} from ({rows}) order by all").df())


def read_share(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, cuts: Sequence[str], share: float
) -> Rows:
    """Read a share of the held-out rows, chosen by a hash of their key."""
    return _read(connection, classifier, _share(classifier, cuts, share))


def save_share(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, cuts: Sequence[str], share: float, path: Path
) -> None:
    """Write a share of the held-out rows, with all columns of the table, to a Parquet file."""
    rows = f"{_share(classifier, cuts, share)} order by all"
    connection.execute(f"copy ({rows}) to {literal(path)} (format parquet)")


def _share(classifier: Classifier, cuts: Sequence[str], share: float) -> str:
    chosen = f"md5_number_lower(cast({quoted(classifier.key)} as varchar) || 'anchor') % 10000"
    return (
        f"select * exclude (_is_held_out) from ({split.marked(classifier, cuts)}) "
        f"where _is_held_out and {chosen} < {round(share * 10000)}"
    )
