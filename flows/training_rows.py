"""Reads a classifier's rows from the published table: training and held-out rows, in one fixed order.

Which side a row is on, `split.py` says.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pandas as pd

from flows import split, targets
from flows.declaration import Classifier, Feature
from flows.errors import DeclarationError
from flows.sql import count_rows, literal, parquet, quoted

HASH_BATCH_ROWS = 10_000
GROUP = "_group_"
SAMPLE_BUCKETS = 1_000_000
TYPES = {"numeric": "double", "boolean": "double", "categorical": "varchar"}


@dataclass(frozen=True)
class Side:
    """Which rows are meant: those of one side, by these cuts (see `split.py`), and never one of the files' rows.

    Of more than `at_most` rows, about that many are taken, by a hash of the key: the same ones in every run. With
    `folds`, each row has its fold in a cross-validation: in the order of time where a time column is declared, so that
    only later rows are tried, else by a hash of the entity or the key.
    """

    is_held_out: bool
    cuts: Sequence[str] = ()
    unlike: Sequence[Path] = ()
    at_most: int | None = None
    folds: int = 0


@dataclass(frozen=True)
class Rows:
    """Some rows of the training table: feature columns as numbers and texts, and the target as 0 and 1.

    With `classes`, the target is the place of each row's class among them. `folds`, where asked for, has the fold of
    each row in a cross-validation; `groups` the columns by which the gate groups held-out rows, as texts; `sha256` is
    known of frozen rows only.
    """

    features: pd.DataFrame
    target: pd.Series
    folds: pd.Series | None = None
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    sha256: str | None = None
    classes: tuple[str, ...] = ()

    def among(self, classes: tuple[str, ...]) -> "Rows":
        """Return the same rows with their target as a place among these classes, which hold their own."""
        if classes == self.classes:
            return self
        return replace(self, target=targets.renumbered(self.target, self.classes, classes), classes=classes)


def relation(classifier: Classifier) -> str:
    """Return the training table's name."""
    return f"{classifier.schema}.{classifier.table}"


def feature_query(classifier: Classifier) -> str:
    """Select the features as the pipeline takes them: numbers and booleans as DOUBLE, categories as text."""
    return ", ".join(f"{feature_expression(each)} as {quoted(each.name)}" for each in classifier.features)


def feature_expression(feature: Feature) -> str:
    """Return one feature as the pipeline takes it."""
    column = quoted(feature.date_column or feature.name)
    if feature.date_part:
        # ISO: Monday is 1.
        part = {"weekday": "isodow"}.get(feature.date_part, feature.date_part)
        column = f"date_part('{part}', {column})"
    return f"cast({column} as {TYPES[feature.kind]})"


def read(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side) -> Rows:
    """Read the training or the held-out rows; rows whose target is unknown are neither.

    Raises
    ------
    DeclarationError
        When the target has values that cannot be learned (see `targets.wrong`).
    """
    problem = targets.wrong(connection, classifier)
    if problem:
        raise DeclarationError(f"{classifier.declared_in}: exposure {classifier.name}: {problem}")
    frame = connection.execute(query(connection, classifier, side)).df()
    folds = frame.pop("_fold").astype("int64") if side.folds else None
    return replace(rows_of(classifier, frame), folds=folds)


def rows_of(classifier: Classifier, frame: pd.DataFrame) -> Rows:
    """Take the frame that `selected_columns` gives apart."""
    frame.pop(classifier.key)
    groups = pd.DataFrame({name: frame.pop(GROUP + name) for name in classifier.gate.groups if GROUP + name in frame})
    return replace(_taken_apart(frame, classifier.is_multi_class), groups=groups)


def _with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Let a column of texts be one also where no row has any.

    DuckDB gives it as objects, where missing is None and not NaN: to an encoder, two categories.
    """
    return frame.astype({str(name): "str" for name, each in frame.dtypes.items() if each.name == "object"})


def _taken_apart(frame: pd.DataFrame, is_multi_class: bool) -> Rows:
    """Part features from target, whose classes are those of these rows, sorted."""
    target = frame.pop("_target")
    classes = targets.classes_of(target) if is_multi_class else ()
    return Rows(_with_texts(frame), targets.numbered(target, classes), classes=classes)


def saved(path: Path) -> str:
    """Select the rows that `save` wrote, their key as the text `_key`: the declaration may have renamed it since."""
    return f"(select * replace (cast(_key as varchar) as _key) from {parquet(path)} as saved(_key))"


def read_saved(path: Path, key: str, is_multi_class: bool) -> Rows:
    """Read rows that `save` wrote."""
    return of_saved(duckdb.sql(f"from {parquet(path)}").df(), key, is_multi_class)


def of_saved(frame: pd.DataFrame, key: str, is_multi_class: bool) -> Rows:
    """Take some of the rows that `save` wrote apart."""
    return _taken_apart(frame.drop(columns=key), is_multi_class)


def classes(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side) -> tuple[str, ...]:
    """Return the classes of one side's rows, sorted; none of a target that is true or false."""
    if not classifier.is_multi_class:
        return ()
    rows = unordered(connection, classifier, side)
    return tuple(sorted(name for (name,) in connection.execute(f"select distinct _target from ({rows})").fetchall()))


def count(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side) -> int:
    """Count the rows of one side."""
    return count_rows(connection, f"({unordered(connection, classifier, side)})")


def save(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side, path: Path) -> None:
    """Write the training rows to a Parquet file, with their key and in the order in which they are fitted."""
    training = query(connection, classifier, side)
    connection.execute(f"copy ({training}) to {literal(path)} (format parquet)")


def query(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side) -> str:
    """Select key, features and target, ordered by all of them, so that rows of one key have one order too."""
    return f"select * from ({unordered(connection, classifier, side)}) order by all"


def unordered(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side) -> str:
    """Select key, features and target of one side."""
    selected = (
        f"select {selected_columns(classifier, side.is_held_out)}{_fold(classifier, side.folds)} "
        f"from ({split.marked(classifier, side.cuts)}) where _is_held_out = {side.is_held_out}"
    )
    if side.at_most is not None:
        selected = sampled(connection, classifier, selected, side.at_most)
    for path in side.unlike:
        same = _same_row(connection, classifier, path)
        selected = f"select mine.* from ({selected}) as mine where not exists ({same})"
    return selected


def selected_columns(classifier: Classifier, with_groups: bool) -> str:
    """List what is selected: key, features, target, and for held-out rows the columns that group them."""
    target = f"{targets.expression(classifier)} as _target"
    groups = [f"cast({quoted(each)} as varchar) as {quoted(GROUP + each)}" for each in classifier.gate.groups]
    return ", ".join([quoted(classifier.key), feature_query(classifier), target, *(groups if with_groups else [])])


def _fold(classifier: Classifier, folds: int) -> str:
    if not folds:
        return ""
    if classifier.time_column is None:
        return f", md5_number_upper({split.kept_together(classifier)}) % {folds} as _fold"
    # One more than are tried: the first is learned from only. Rows of one time share their fold.
    return f", ceil(cume_dist() over (order by {quoted(classifier.time_column)}) * {folds + 1}) - 1 as _fold"


def sampled(connection: duckdb.DuckDBPyConnection, classifier: Classifier, selected: str, at_most: int) -> str:
    """Select about `at_most` of the rows that a query gives, by a hash of their key; all of fewer."""
    rows = count_rows(connection, f"({selected})")
    if rows <= at_most:
        return selected
    bucket = f"md5_number_upper(cast({quoted(classifier.key)} as varchar)) % {SAMPLE_BUCKETS}"
    return f"select * from ({selected}) where {bucket} < {SAMPLE_BUCKETS * at_most // rows}"


def _same_row(connection: duckdb.DuckDBPyConnection, classifier: Classifier, path: Path) -> str:
    """Select from a version's training rows the same row: key, target, and whatever features both have, are equal."""
    in_file = {name for name, *_ in connection.execute(f"describe from {parquet(path)}").fetchall()}
    names = ["_target", *(each.name for each in classifier.features if each.name in in_file)]
    pairs = {"_key": classifier.key} | dict(zip(names, names, strict=True))
    same = (
        f"cast(trained.{quoted(then)} as varchar) is not distinct from cast(mine.{quoted(now)} as varchar)"
        for then, now in pairs.items()
    )
    return f"select 1 from {saved(path)} as trained where {' and '.join(same)}"


def training_sha256(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side) -> str:
    """Return the sha256 of the training rows as JSON texts, one a line, in the order of their key."""
    digest = hashlib.sha256()
    for line in _training_lines(connection, classifier, side):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _training_lines(connection: duckdb.DuckDBPyConnection, classifier: Classifier, side: Side) -> Iterator[str]:
    training = query(connection, classifier, side)
    connection.execute(f"select to_json(each)::varchar from ({training}) as each")
    while batch := connection.fetchmany(HASH_BATCH_ROWS):
        yield from (line for (line,) in batch)
