"""What the look-up commands print: status, query results, trained versions. Reads only, without Prefect and dbt."""

import csv
import json
import math
import sys
from typing import TYPE_CHECKING

from flows import refused, warehouse
from flows.declaration import checks
from flows.errors import DeclarationError
from flows.settings import Settings

if TYPE_CHECKING:
    import duckdb


STATUS_QUERIES = {
    "last runs": (
        "select date_trunc('second', started_at) as started_at, flow, trigger, status from records.runs "
        "where parent_run_id is null order by runs.started_at desc limit 5"
    ),
    "freshness": (
        "select source, status, date_trunc('second', last_loaded_at) as last_loaded_at, "
        "date_trunc('second', checked_at) as checked_at from records.freshness "
        "where freshness.checked_at = (select max(checked_at) from records.freshness) order by source"
    ),
    "published": (
        "select name, arg_max(row_count, published_at) as row_count, "
        "date_trunc('second', max(published_at)) as published_at "
        "from records.outputs where name not like 'records.%' group by name order by name"
    ),
    "deployed": (
        "select classifier, arg_max(version, deployed_at) as version, "
        "date_trunc('second', max(deployed_at)) as deployed_at from records.deployments group by classifier order by 1"
    ),
}
ERRORS_QUERY = """
    select date_trunc('second', started_at), flow, error
    from (select * from records.runs where parent_run_id is null order by started_at desc limit 5)
    where error is not null
    order by started_at desc
"""
NOT_PUBLISHED = "only the tables of schemas marts and records are published; give what others shall read a mart"
MODELS_QUERY = """
    select
        classifier, version, date_trunc('second', trained_at) as trained_at, training_rows, decision,
        round((metrics ->> '$.log_loss.estimate')::double, 4) as log_loss,
        round((metrics ->> '$.roc_auc.estimate')::double, 4) as roc_auc,
        version is not distinct from (
            select arg_max(deployments.version, deployed_at) from records.deployments
            where deployments.classifier = models.classifier
        ) and version is not null as is_deployed,
        reason
    from records.models
    where ? is null or classifier = ?
    order by classifier, models.trained_at
"""

DRIFT_QUERY = """
    select
        classifier, version, coalesce(column_name || ' ', '') || replace(kind, '_', ' ') as measure, is_alarm,
        round(value_then, 4) as "then", round(value_now, 4) as now, round(size, 4) as size, size_limit as "limit",
        round(p_value_adjusted, 4) as p, rows_then, rows_now, date_trunc('second', measured_at) as measured_at
    from records.drift
    where classifier = $classifier and drift.measured_at = (
        select max(measured_at) from records.drift where classifier = $classifier
    )
    order by is_alarm desc, drift.size / size_limit desc
"""

KNOWN_CLASSIFIERS = "select distinct classifier from records.models order by 1"
WATCHED_CLASSIFIERS = "select distinct classifier from records.drift order by 1"
# More rows, or characters in a line, than DuckDB would ever have to cut.
WHOLE = 10_000


def show_query(query: str, output: str) -> None:
    """Print the rows of a query on the published file as table, CSV or JSON.

    Raises
    ------
    DeclarationError
        When the query cannot run (exit status 2: the call was wrong).
    """
    import duckdb

    with warehouse.read_published(Settings()) as connection:
        try:
            result = connection.sql(query)
            if result is not None:
                _print_rows(result, output)
        except duckdb.Error as error:
            remedy = f"\n{NOT_PUBLISHED}" if str(error).startswith("Catalog Error: Table with name") else ""
            raise DeclarationError(f"sql: {error}{remedy}") from error


def _print_rows(result: "duckdb.DuckDBPyRelation", output: str) -> None:
    if output == "table":
        _show(result, None if sys.stdout.isatty() else WHOLE)
        return
    # The projection gives columns of one name different ones (`a`, `a_1`).
    if output == "csv":
        texts = result.project("columns(*)::varchar")
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(texts.columns)
        while rows := texts.fetchmany(WHOLE):
            writer.writerows(rows)
    else:
        named = result.project("*")
        values = [dict(zip(named.columns, map(_plain, row), strict=True)) for row in named.fetchall()]
        print(json.dumps(values, default=str))


def _show(result: "duckdb.DuckDBPyRelation", rows: int | None) -> None:
    """Print a table; without limits of our own DuckDB cuts it to 80 characters and some 20 rows, also in a pipe."""
    result.show(max_width=None if sys.stdout.isatty() else WHOLE, max_rows=rows)


def _plain(value: object) -> object:
    """Return what JSON knows: it has no bytes, and no number that is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return {str(name): _plain(each) for name, each in value.items()} if isinstance(value, dict) else value


def show_status() -> None:
    """Print the last runs, what ended them, what is not loaded or late, what is published and what is deployed."""
    with warehouse.read_records(Settings()) as connection:
        for title, query in STATUS_QUERIES.items():
            print(title)
            _show(connection.sql(query), WHOLE)
            if title == "last runs":
                for started_at, flow, error in connection.sql(ERRORS_QUERY).fetchall():
                    print(f"{started_at} {flow}: {error}\n")
                _show_refused(connection)


def _show_refused(connection: "duckdb.DuckDBPyConnection") -> None:
    if waiting := refused.waiting(connection):
        print("not loaded")
        for each in waiting:
            print(f"{each.uri}: {each.error}")
        print()


def show_models(classifier: str | None) -> None:
    """Print the trained versions, oldest first, with their scores and the decision on each.

    Raises
    ------
    DeclarationError
        When no version of the one asked for was ever trained.
    """
    with warehouse.read_records(Settings()) as connection:
        known = [name for (name,) in connection.sql(KNOWN_CLASSIFIERS).fetchall()]
        if classifier and classifier not in known:
            raise DeclarationError(
                f"models: no classifier '{classifier}' was ever trained{checks.has(classifier, known)}"
            )
        _show(connection.sql(MODELS_QUERY, params=[classifier, classifier]), WHOLE)


def show_drift(classifier: str | None) -> None:
    """Print what was measured last of each classifier, alarms first, and where its pictures are.

    Raises
    ------
    DeclarationError
        When nothing was measured of the one asked for.
    """
    settings = Settings()
    with warehouse.read_records(settings) as connection:
        known = [name for (name,) in connection.sql(WATCHED_CLASSIFIERS).fetchall()]
        if classifier and classifier not in known:
            said = "is measured by `tidemill predict` once it is deployed"
            raise DeclarationError(f"drift: classifier '{classifier}' {said}{checks.has(classifier, known)}")
        for name in [classifier] if classifier else known:
            _show(connection.sql(DRIFT_QUERY, params={"classifier": name}), WHOLE)
            print(f"pictures: {settings.report_file(name)}")
