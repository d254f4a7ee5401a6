"""The two samples that are compared: the rows a version was trained on, and published rows that it was not.

Knows SQL only. What a difference means, `measures.py` says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows import targets, training_rows
from flows.declaration import Classifier, Feature
from flows.drift.measures import Bins
from flows.sql import count_rows, literal, quoted

TENTHS = [place / 10 for place in range(1, 10)]
# A category with a smaller share of all rows is in one bin with the other rare ones.
MINIMUM_CATEGORY_SHARE = 0.01
RARE, ABOVE = "(rare)", "(above)"
SAMPLE = "drift_sample"
BUCKETS = 1_000_000
# A category has no such name by accident: a zero byte.
RARE_BIN = "chr(0)"


@dataclass(frozen=True)
class Places:
    """Where the rows are found: the published table, the training rows' file, and the predictions if there are any."""

    published: str
    trained_on: Path
    predictions: str | None = None


def prepare(connection: duckdb.DuckDBPyConnection, classifier: Classifier, places: Places) -> tuple[Feature, ...]:
    """Put both samples into one temporary table and return the features they have in common.

    A row whose key was trained on is not among those of now: as its own copy it would hide a drift, and its
    prediction was learned. Rows of one entity share a weight of 1, because they are no independent evidence. Of more
    rows than `rows_in_memory` about that many are taken, by a hash of their key.
    """
    in_file = {
        name for name, *_ in connection.execute(f"describe from {training_rows.saved(places.trained_on)}").fetchall()
    }
    features = tuple(each for each in classifier.features if each.name in in_file)
    weight = "1.0 / count(*) over (partition by _entity)" if classifier.gate.entity else "1.0"
    sides = {"false": _then(classifier, places, features), "true": _now(classifier, places, features)}
    selected = (
        f"select * exclude (_key, _entity), {weight} as _weight, {is_now} as _is_now "
        f"from ({_at_most(connection, side, classifier.training.rows_in_memory)})"
        for is_now, side in sides.items()
    )
    connection.execute(f"create or replace temp table {SAMPLE} as {' union all by name '.join(selected)}")
    return features


def entity_expression(classifier: Classifier, row: str) -> str:
    """Return the entity of a published row as a text; a row without one is an entity of its own."""
    columns = [*([classifier.gate.entity] if classifier.gate.entity else []), classifier.key]
    return f"coalesce({', '.join(f'cast({row}.{quoted(each)} as varchar)' for each in columns)})"


def _then(classifier: Classifier, places: Places, features: tuple[Feature, ...]) -> str:
    """Select the training rows; of which entity they are, the published rows of the same keys say."""
    _, kind = _scored(classifier)
    names = "".join(f"{quoted(each.name)}, " for each in features)
    key = f"cast({quoted(classifier.key)} as varchar) as _key"
    entity = f"any_value({entity_expression(classifier, 'row')}) as _entity"
    entities = f"select {key}, {entity} from {places.published} as row group by all"
    return (
        f"select {names}_target, null::{kind} as _probability, _key, coalesce(_entity, _key) as _entity "
        f"from {training_rows.saved(places.trained_on)} left join ({entities}) using (_key)"
    )


def _now(classifier: Classifier, places: Places, features: tuple[Feature, ...]) -> str:
    names = "".join(f"{training_rows.feature_expression(each)} as {quoted(each.name)}, " for each in features)
    return (
        f"select {names}_target, _probability, _key, {entity_expression(classifier, 'row')} as _entity "
        f"from ({untrained(classifier, places)}) as row"
    )


def _scored(classifier: Classifier) -> tuple[str, str]:
    """Return the column of the predictions that holds the probability, or that of each class, and its type."""
    return ("probabilities", "map(varchar, double)") if classifier.is_multi_class else ("probability", "double")


def untrained(classifier: Classifier, places: Places) -> str:
    """Select the published rows a version was not trained on, each with its `_probability`, `_target` and `_key`."""
    column, kind = _scored(classifier)
    key, target = quoted(classifier.key), targets.expression(classifier, "published")
    predictions = places.predictions or f"(select null as {key}, null::{kind} as {column} limit 0)"
    return (
        f"select published.*, {target} as _target, scored.{column} as _probability, "
        f"cast(published.{key} as varchar) as _key from {places.published} as published "
        f"left join {predictions} as scored({key}) on scored.{key} = published.{key} where not exists (select 1 from "
        f"{training_rows.saved(places.trained_on)} as trained where trained._key = cast(published.{key} as varchar))"
    )


def _at_most(connection: duckdb.DuckDBPyConnection, side: str, at_most: int) -> str:
    rows = count_rows(connection, f"({side})")
    bucket = f"md5_number_upper(_key) % {BUCKETS}"
    return side if rows <= at_most else f"select * from ({side}) where {bucket} < {BUCKETS * at_most // rows}"


def feature_bins(connection: duckdb.DuckDBPyConnection, feature: Feature) -> Bins:
    """Count both samples in bins: tenths of all rows, or the categories among them, and one for no value.

    Both samples together make the bins: made by one of them, they would fit that one better, and stable rows would
    seem to have moved (a category that happens to be missing in one sample makes a bin that is empty in it).
    """
    name = quoted(feature.name)
    if feature.kind == "categorical":
        return _in_categories(connection, name)
    return in_ends(connection, name, _tenths(connection, name))


def _tenths(connection: duckdb.DuckDBPyConnection, column: str) -> list[float]:
    """Return the ends of the tenths of a number, each once; many rows of one value leave fewer."""
    row = connection.execute(
        f"select list_sort(list_distinct(quantile_disc({_number(column)}, {TENTHS}))) from {SAMPLE}"
    ).fetchone()
    assert row is not None
    return list(row[0] or [])


def in_ends(connection: duckdb.DuckDBPyConnection, column: str, ends: list[float]) -> Bins:
    """Count both samples of a number in the bins with these ends."""
    value, listed = _number(column), f"{ends}::double[]"
    place = f"if({value} is null, null, len(list_filter({listed}, lambda each: each < {value})))"
    names = [*map(repr, ends), ABOVE]
    return _counted(connection, place, lambda place: None if place is None else names[place])


def _number(column: str) -> str:
    return f"nullif({column}, 'nan'::double)"


def _in_categories(connection: duckdb.DuckDBPyConnection, name: str) -> Bins:
    """Count each category that is not rare, and the others together."""
    common = (
        f"select {name} from {SAMPLE} where {name} is not null group by {name} "
        f"having count(*) >= {MINIMUM_CATEGORY_SHARE} * (select count(*) from {SAMPLE})"
    )
    place = f"if({name} is null or {name} in ({common}), {name}, {RARE_BIN})"
    return _counted(connection, place, lambda place: RARE if place == "\0" else place)


def _counted(connection: duckdb.DuckDBPyConnection, place: str, named: Callable[[Any], str | None]) -> Bins:
    rows = connection.execute(
        f"select {place} as bin, coalesce(sum(_weight) filter (not _is_now), 0), "
        f"coalesce(sum(_weight) filter (_is_now), 0) from {SAMPLE} group by bin order by bin nulls last"
    ).fetchall()
    return Bins(
        [named(bin_) for bin_, *_ in rows],
        [float(then) for _, then, _ in rows],
        [float(now) for *_, now in rows],
    )


def labels(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier
) -> dict[str | None, tuple[tuple[float, float], tuple[float, float]]]:
    """Return how many events there are among how many rows with a known target, then and now.

    Of several classes, each is an event; else there is one kind of event, which has no name.
    """
    if not classifier.is_multi_class:
        return {None: _label(connection, "1")}
    named = f"select distinct _target from {SAMPLE} where _target is not null order by 1"
    return {name: _label(connection, literal(name)) for (name,) in connection.execute(named).fetchall()}


def _label(connection: duckdb.DuckDBPyConnection, event: str) -> tuple[tuple[float, float], tuple[float, float]]:
    then, now = (
        connection.execute(
            f"select coalesce(sum(_weight) filter (_target = {event}), 0), coalesce(sum(_weight), 0) "
            f"from {SAMPLE} where _is_now = {is_now} and _target is not null"
        ).fetchone()
        for is_now in (False, True)
    )
    assert then is not None and now is not None
    return (float(then[0]), float(then[1])), (float(now[0]), float(now[1]))
