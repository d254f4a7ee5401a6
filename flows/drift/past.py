"""Past predictions: kept until their label is known, to measure how they turned out.

`marts.<classifier>_past_predictions` holds, per version and key, the first prediction of a row whose label was not
known when it was made, or which arrived after the version's first predictions: the rows on which the version was
decided stay out. docs/decisions/0008 says why so.
"""

import duckdb

from flows import decisions, targets
from flows.declaration import Classifier
from flows.drift import measures, samples
from flows.drift.measures import Measure
from flows.drift.samples import Places
from flows.evaluate.calibration import SMALLEST_PROBABILITY
from flows.sql import literal, quoted

# Of fewer rows with a label the loss says too little; the standard error of a mean loss is then around 0.05 nats.
MINIMUM_ROWS = 100


def table(classifier: Classifier) -> str:
    """Return the name of the table of a classifier's past predictions."""
    return f"marts.{classifier.name}_past_predictions"


def exists(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Tell whether there is such a table; the name may begin with that of an attached database."""
    schema, name = relation.split(".")[-2:]
    database = relation.split(".")[0] if relation.count(".") == 2 else None
    of = literal(database) if database else "current_database()"
    found = connection.execute(
        f"select 1 from duckdb_tables() where database_name = {of} and schema_name = {literal(schema)} "
        f"and table_name = {literal(name)}"
    ).fetchone()
    return found is not None


def keep(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, version: int, places: Places, before: str | None
) -> None:
    """Add the predictions just made that are worth keeping, and drop those that nothing more can be learned from.

    `before` is the table of the predictions published last, None before there was one.
    """
    past = table(classifier)
    connection.execute(
        f"create table if not exists {past} as select {quoted(classifier.key)}, version, probability, scored_at "
        f"from {places.predictions} limit 0"
    )
    _follow_the_key(connection, classifier, places)
    if classifier.is_multi_class:
        connection.execute(f"alter table {past} add column if not exists probabilities map(varchar, double)")
    _drop(connection, classifier, version, places)
    _add(connection, classifier, version, places, before)


def _drop(connection: duckdb.DuckDBPyConnection, classifier: Classifier, version: int, places: Places) -> None:
    """Drop the predictions of rows that are gone, and those of other versions whose label is known."""
    same = f"past.{quoted(classifier.key)} = row.{quoted(classifier.key)}"
    connection.execute(
        f"delete from {table(classifier)} as past "
        f"where not exists (select 1 from {places.published} as row where {same}) "
        f"or (version <> {version} and exists (select 1 from {places.published} as row "
        f"where {same} and {quoted(classifier.target)} is not null))"
    )


def _add(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, version: int, places: Places, before: str | None
) -> None:
    """Add the version's first prediction of each row without a label, or that came after its first predictions."""
    past, key = table(classifier), quoted(classifier.key)
    probabilities = "scored.probabilities, " if classifier.is_multi_class else ""
    or_came_later = f" or {_came_later(before, key, version)}" if before else ""
    connection.execute(
        f"insert into {past} by name select scored.{key}, scored.version, scored.probability, {probabilities}"
        "scored.scored_at "
        f"from {places.predictions} as scored inner join ({samples.untrained(classifier, places)}) as row "
        f"on row.{key} = scored.{key} where (row._target is null{or_came_later}) "
        f"and not exists (select 1 from {past} as past where past.{key} = row.{key} and past.version = {version})"
    )


def _came_later(before: str, key: str, version: int) -> str:
    """Return whether the version's last predictions, where it had some, lack a row."""
    scored = f"select 1 from {before} as past({key}) where cast(past.{key} as varchar) = row._key"
    return (
        f"exists (select 1 from {before} where version = {version}) and not exists ({scored} and version = {version})"
    )


def _follow_the_key(connection: duckdb.DuckDBPyConnection, classifier: Classifier, places: Places) -> None:
    """Give the table its key as the predictions have it: in the declaration it may have another name or type now."""
    past = table(classifier)
    then, now = (connection.execute(f"describe {each}").fetchall()[0][:2] for each in (past, places.predictions))
    if then != now:
        key = f"try_cast({quoted(then[0])} as {now[1]}) as {quoted(now[0])}"
        connection.execute(f"create or replace table {past} as select {key}, * exclude ({quoted(then[0])}) from {past}")


def measured(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, published: str, limit: float
) -> list[Measure]:
    """Return how much higher the log loss (nats) of each version's past predictions is than when it was decided on.

    Versions with fewer labels than `MINIMUM_ROWS` (entities, where one is declared), or without a recorded log loss,
    are left out. How it was decided on is uncertain too: the test takes both standard errors.
    """
    if not exists(connection, table(classifier)) or not _has_the_target(connection, classifier):
        return []
    found = []
    for version, rows, loss, error in connection.execute(_losses(classifier, published)).fetchall():
        promised = decisions.recorded_loss(connection, classifier.name, version)
        if promised and rows >= MINIMUM_ROWS:
            then_error = measures.standard_error(promised.lower, promised.upper, promised.confidence)
            statistic, p_value = measures.worse(promised.loss, then_error, loss, error)
            size, counted = loss - promised.loss, (promised.rows, rows)
            found.append(
                Measure("loss", None, size, limit, p_value, *counted, statistic, promised.loss, loss, version=version)
            )
    return found


def _has_the_target(connection: duckdb.DuckDBPyConnection, classifier: Classifier) -> bool:
    """Tell whether the predictions kept are of a target as it is declared now."""
    columns = {name for name, *_ in connection.execute(f"describe {table(classifier)}").fetchall()}
    return ("probabilities" in columns) == classifier.is_multi_class


def _losses(classifier: Classifier, published: str) -> str:
    key, target = quoted(classifier.key), targets.expression(classifier, "row")
    chance, known = f"if({target} = 1, probability, 1 - probability)", f"{target} is not null"
    if classifier.is_multi_class:
        chance, known = f"map_extract_value(probabilities, {target})", f"{known} and probabilities is not null"
    return (
        f"with outcomes as (select past.version, {samples.entity_expression(classifier, 'row')} as entity, "
        f"-ln(greatest({chance}, {SMALLEST_PROBABILITY})) as loss from {table(classifier)} as past(_key) "
        f"inner join {published} as row on cast(row.{key} as varchar) = cast(past._key as varchar) where {known}), "
        "entities as (select version, avg(loss) as loss from outcomes group by version, entity) "
        "select version, count(*), avg(loss), coalesce(stddev_samp(loss), 0) / sqrt(count(*)) "
        "from entities group by version order by version"
    )
