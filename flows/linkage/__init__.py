"""Similar rows: which rows of a table are the same thing, learned and scored by splink; called from a Python model.

Knows the order of the steps and the tables between them, which lie in a database in memory. What is declared, the
model's YAML says; `docs/linkage.md` describes the columns of the result.
"""

import logging
from typing import Any

import duckdb

from flows import declaration
from flows.amounts import amount
from flows.declaration import Linkage
from flows.errors import DeclarationError, TidemillError
from flows.linkage import clusters, decisions, entities, model, pairs, rows, touched
from flows.settings import Settings
from flows.sql import quoted

log = logging.getLogger("tidemill.linkage")
# The steps' own database, beside the warehouse in the same DuckDB: it spills as the warehouse does, and is gone after.
# Each model has one, since dbt may run several models at the same time.
DATABASE = "similar_rows_of_{model}"


def link(
    dbt: Any,
    session: Any,
    relation: duckdb.DuckDBPyRelation,
    declared: Any,
    reviewed: duckdb.DuckDBPyRelation | None = None,
) -> duckdb.DuckDBPyRelation:
    """Return one row per row of a relation: the entity it belongs to, and the row it lost to.

    Parameters
    ----------
    dbt, session
        As dbt gives them to a Python model.
    relation
        The input, by `dbt.ref()`. It has `_file_id` and `_row_number`.
    declared
        `dbt.config.meta_get("linkage")`.
    reviewed
        What people have decided about pairs, by `dbt.ref()`: `left_record_id`, `right_record_id`, `is_same`,
        `decided_by` and `decided_at`.

    Raises
    ------
    DeclarationError
        When the declaration is wrong or does not fit the relation.
    TidemillError
        When splink is not installed, or a decision does not say whether two records are the same.
    """
    name = dbt.this.identifier
    if declared is None:
        raise DeclarationError(f"model {name}: config.meta.linkage is missing; docs/linkage.md shows one")
    linkage = declaration.linkage(f"model {name}", name, declared)
    connection = session.cursor()
    try:
        previous = _previous(connection, dbt.this)
        decided = None if reviewed is None else reviewed.sql_query()
        table = link_rows(connection, relation.sql_query(), previous, linkage, Settings(), decided)
    except Exception:
        # DuckDB ends in an internal error where another thread's transaction meets two databases of one name.
        session.execute(f"detach database if exists {quoted(DATABASE.format(model=name))}")
        raise
    finally:
        connection.close()
    linked: duckdb.DuckDBPyRelation = session.query(f"from {table}")
    return linked


def _previous(connection: duckdb.DuckDBPyConnection, this: Any) -> str | None:
    """Return what the model's table is called in SQL, if it is there."""
    there = connection.execute(
        "select 1 from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [this.database, this.schema, this.identifier],
    ).fetchall()
    return ".".join(quoted(part) for part in (this.database, this.schema, this.identifier)) if there else None


def link_rows(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    previous: str | None,
    linkage: Linkage,
    settings: Settings,
    decided: str | None = None,
) -> str:
    """Make the view `linked` in the steps' own database, which this connection uses from then on; return its name.

    `query` gives all rows there are now, `previous` names the last result, if there is one. Only pairs with a row that
    is new or changed since are scored, unless the model or what is declared has changed. `decided` gives what people
    have decided. The view reads the last result; keep a copy of it before that is replaced.
    """
    _require_splink(linkage)
    database = quoted(DATABASE.format(model=linkage.name))
    connection.execute(f"detach database if exists {database}")
    connection.execute(f"attach ':memory:' as {database}")
    rows.collect(connection, query, linkage, database)
    rows.recall(connection, previous)
    trained = model.trained_model(connection, linkage, settings)
    scores = trained.state if trained else ""
    state = entities.state_of(linkage, scores)
    rows.tell_new_ones(connection, scores)
    scored = pairs.collect(connection, linkage, trained)
    decisions.collect(connection, decided, linkage)
    touched.collect(connection, state)
    decisions.join(connection)
    clusters.group(connection, linkage)
    entities.name(connection)
    entities.conclude(connection, linkage, state, database)
    _report(connection, linkage, scored)
    return f"{database}.main.linked"


def _require_splink(linkage: Linkage) -> None:
    try:
        import splink  # noqa: F401
    except ImportError as error:
        raise TidemillError(
            f"model {linkage.name}: similar rows are found by splink, which is missing; pip install 'tidemill[linkage]'"
        ) from error
    # Its advice on untrained levels is for people at a notebook.
    logging.getLogger("splink").setLevel(logging.ERROR)


def _report(connection: duckdb.DuckDBPyConnection, linkage: Linkage, scored: int) -> None:
    counts = connection.execute(
        "select (select count(*) from new_records), count(*), count(stage), "
        f"count(distinct cluster_id) filter (where cluster_size > {linkage.max_cluster_size}) from linked"
    ).fetchall()[0]
    judged = connection.execute(
        "select count(pair.reason), count(pair.is_same), count(distinct left_cluster) filter (where pair.reason = "
        "'contradicts_decision'), (select count(*) from decisions) "
        "from (select unnest(pairs) as pair, cluster_id as left_cluster from linked)"
    ).fetchall()[0]
    log.info(
        "linkage: %s scored %s with %d new of %s; %s merged into others, %s to review, "
        "%s too large to merge; %d of %s applied, %s contradicting one",
        *(linkage.name, amount(scored, "pair"), counts[0], amount(counts[1], "row"), amount(counts[2], "row")),
        *(amount(judged[0], "pair"), amount(counts[3], "cluster")),
        *(judged[1], amount(judged[3], "decision"), amount(judged[2], "cluster")),
    )
