"""The rows that are linked: who they are (`record_id`), what decides about their pairs (`version`), which are new.

A record keeps its id when its row comes again in another file; another version of it is compared anew.
"""

import duckdb

from flows.declaration import Linkage, uses
from flows.declaration.checks import has
from flows.errors import DeclarationError, TidemillError, first_line
from flows.sql import literal, quoted

PLACE = ("_file_id", "_row_number")
# The columns of the result (docs/linkage.md). What begins with an underscore after the place is for the next run.
LINKED = """
    create table {table} (
        _file_id bigint,
        _row_number bigint,
        record_id varchar,
        entity_id varchar,
        stage varchar,
        rule varchar,
        winner_file_id bigint,
        winner_row_number bigint,
        match_probability double,
        cluster_id varchar,
        cluster_size bigint,
        pairs struct(
            record_id varchar, match_probability double, rule varchar, reason varchar, is_same boolean
        )[],
        _version varchar,
        _state varchar,
        _since bigint,
        _first_row_number bigint,
        _entity_since bigint,
        _entity_row_number bigint
    )
"""

# `_state` begins with that of the scores (`entities.state_of`). A record whose row has only moved keeps its pairs.
DIFFERENCES = """
    create table differences as
    with
        compared as (
            select
                coalesce(records._record_id, previous.record_id) as _record_id,
                records._record_id is null as is_gone,
                records._version is distinct from previous._version
                or split_part(previous._state, ':', 1) is distinct from {state} as is_other,
                records._file_id is distinct from previous._file_id
                or records._row_number is distinct from previous._row_number as has_moved,
            from records
            full join previous on records._record_id = previous.record_id
        )

    select _record_id, is_gone, is_other and not is_gone as is_new,
    from compared
    where is_gone or is_other or has_moved
"""


def collect(connection: duckdb.DuckDBPyConnection, query: str, linkage: Linkage, database: str) -> None:
    """Fill `records`: each row's place, id and version, and what is compared of it, as text.

    Raises
    ------
    DeclarationError
        When a column is missing, a blocking rule cannot be evaluated, or the key is not unique.
    """
    columns = [column[0] for column in connection.execute(f"select * from ({query}) limit 0").description or ()]
    _there(linkage, columns)
    texts = {column: f"nullif(trim(cast({quoted(column)} as varchar)), '')" for column in _needed(linkage, columns)}
    # A list is written with every value delimited, so that no two versions look alike.
    version = f"md5(to_json([{', '.join(texts.values())}])::varchar)"
    listed = "".join(f", {text} as {quoted(column)}" for column, text in texts.items())
    connection.execute(f"use {database}")
    connection.execute(
        f"create table records as select {_record_id(linkage)} as _record_id, {version} as _version, "
        f"_file_id, _row_number{listed} from ({query})"
    )
    _is_unique(connection, linkage)
    _rules_can_be_evaluated(connection, linkage)


def _needed(linkage: Linkage, columns: list[str]) -> list[str]:
    """Return the columns that decide about a row's pairs, in an order that is not the input's."""
    compared = [each.column for each in linkage.comparisons]
    only_blocked = (
        column
        for column in columns
        if column not in compared and any(uses(each, column) for each in linkage.blocking_rules.values())
    )
    return [*compared, *sorted(only_blocked)]


def _there(linkage: Linkage, columns: list[str]) -> None:
    needed = {
        **{column: "every linked row has" for column in PLACE},
        **{column: "config.meta.linkage.key names" for column in linkage.key},
        **{each.column: "config.meta.linkage.comparisons names" for each in linkage.comparisons},
    }
    for column, why in needed.items():
        if column not in columns:
            raise DeclarationError(
                f"model {linkage.name}: {why} '{column}', which is no column of its input{has(column, columns)}"
            )


def _record_id(linkage: Linkage) -> str:
    """Return the key as text; a row without one is known by its place, and so not known again in another file.

    A key that begins as such a place does gets one more of its signs, so that no key is taken for a place.
    """
    place = "_file_id || '-' || _row_number"
    if not linkage.key:
        return place
    keys = [f"cast({quoted(column)} as varchar)" for column in linkage.key]
    text = keys[0] if len(keys) == 1 else f"to_json([{', '.join(keys)}])::varchar"
    is_null = " or ".join(f"{key} is null" for key in keys)
    return f"case when {is_null} then '#' || {place} when {text} like '#%' then '#' || {text} else {text} end"


def _is_unique(connection: duckdb.DuckDBPyConnection, linkage: Linkage) -> None:
    twice = connection.execute(
        "select _record_id, count(*) from records group by 1 having count(*) > 1 order by 1 limit 1"
    ).fetchall()
    if twice:
        raise DeclarationError(
            f"model {linkage.name}: {twice[0][1]} rows of its input have the key '{twice[0][0]}'; "
            "de-duplicate by key first, or name more columns in config.meta.linkage.key"
        )


def _rules_can_be_evaluated(connection: duckdb.DuckDBPyConnection, linkage: Linkage) -> None:
    for name, expressions in linkage.blocking_rules.items():
        for expression in expressions:
            try:
                connection.execute(f"select {expression} from records limit 0")
            except duckdb.Error as error:
                raise DeclarationError(
                    f"model {linkage.name}: config.meta.linkage.blocking_rules.{name}: '{expression}' cannot be "
                    f"evaluated on its input as text ({first_line(error)})"
                ) from error


def recall(connection: duckdb.DuckDBPyConnection, previous: str | None) -> None:
    """Make the last result known as `previous`; an empty one where there is none.

    Raises
    ------
    TidemillError
        When another version of Tidemill has written it with other columns.
    """
    if previous is None:
        connection.execute(LINKED.format(table="previous"))
        return
    connection.execute(LINKED.format(table="expected"))
    names = [
        [column[0] for column in connection.execute(f"select * from {table} limit 0").description or ()]
        for table in ("expected", previous)
    ]
    if names[0] != names[1]:
        raise TidemillError(f"{previous}: was not written by this version of Tidemill; drop the table and run again")
    connection.execute(f"create view previous as select * from {previous}")


def tell_new_ones(connection: duckdb.DuckDBPyConnection, state: str) -> None:
    """Fill `differences`, the records that are not as in the last result, and `new_records`, to be compared anew."""
    connection.execute(DIFFERENCES.format(state=literal(state)))
    connection.execute(
        "create table new_records as select records.* from records "
        "semi join differences on records._record_id = differences._record_id and differences.is_new"
    )
