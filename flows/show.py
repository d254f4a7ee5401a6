"""What the look-up commands print: status, query results, trained versions. Reads only, without Prefect and dbt."""

import csv
import json
import sys
from typing import TYPE_CHECKING

from flows import warehouse
from flows.errors import DeclarationError
from flows.settings import Settings

if TYPE_CHECKING:
    import duckdb


STATUS_QUERIES = {
    "last runs": (
        "select date_trunc('second', started_at) as started_at, flow, trigger, status, error from records.runs "
        "where parent_run_id is null order by runs.started_at desc limit 5"
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
            raise DeclarationError(f"sql: {error}") from error


def _print_rows(result: "duckdb.DuckDBPyRelation", output: str) -> None:
    if output == "table":
        # Without a width DuckDB cuts columns to the terminal's 80; a pipe has no width.
        result.show(max_width=10_000 if not sys.stdout.isatty() else None)
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.fetchall())
    else:
        print(json.dumps([dict(zip(result.columns, row, strict=True)) for row in result.fetchall()], default=str))


def show_status() -> None:
    """Print the last runs, what is published and what is deployed."""
    with warehouse.read_records(Settings()) as connection:
        for title, query in STATUS_QUERIES.items():
            print(title)
            _print_rows(connection.sql(query), "table")


def show_models(classifier: str | None) -> None:
    """Print the trained versions, oldest first, with their scores and the decision on each."""
    with warehouse.read_records(Settings()) as connection:
        _print_rows(connection.sql(MODELS_QUERY, params=[classifier, classifier]), "table")
