"""The command `tidemill`: parses, calls, prints. Imports late, so that help and look-ups load no Prefect and no dbt."""

import errno
import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import models
from flows.errors import TidemillError

# What the machine refuses to this user: a person's to mend, and no bug.
REFUSALS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)

app = typer.Typer(
    name="tidemill",
    help="Raw files come in with the tide; the mill turns them into one curated table and an up-to-date classifier, "
    "on schedule, and every row is accounted for.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How `tidemill sql` prints rows."""

    table = "table"
    csv = "csv"
    json = "json"


@app.callback()
def _settings(
    project: Annotated[Path | None, typer.Option(help="the dbt project, the only declaration")] = None,
    landing: Annotated[Path | None, typer.Option(help="folder where raw files arrive")] = None,
    warehouse: Annotated[Path | None, typer.Option(help="folder of warehouse.duckdb and published.duckdb")] = None,
    models_store: Annotated[Path | None, typer.Option(help="folder of the trained classifiers")] = None,
    memory_limit: Annotated[str | None, typer.Option(help="DuckDB's memory limit, such as 4GB")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="threads DuckDB may use")] = None,
) -> None:
    """Options win over the environment (TIDEMILL_PROJECT, …); the defaults lie inside the repository."""
    given = {
        "PROJECT": project,
        "LANDING": landing,
        "WAREHOUSE": warehouse,
        "MODELS_STORE": models_store,
        "MEMORY_LIMIT": memory_limit,
        "THREADS": threads,
    }
    os.environ.update({f"TIDEMILL_{name}": str(value) for name, value in given.items() if value is not None})


@app.command()
def run(force: Annotated[bool, typer.Option("--force", help="run although nothing is new")] = False) -> None:
    """Run the whole loop: ingest, transform, train, deploy, predict. Ends at once when nothing is new."""
    _flow("run", force=force)


@app.command()
def ingest(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="list what would be loaded and how; write nothing")
    ] = False,
) -> None:
    """Find new files of every declared source and land them, bad records quarantined."""
    if not dry_run:
        return _flow("ingest")
    from flows import bar
    from flows.commands import plans

    with bar.drawn():
        plans.show_plans()


@app.command("replay")
def replay_command(
    file: Annotated[str | None, typer.Option(help="only this file: its name, the end of its path, or file_id")] = None,
    code: Annotated[str | None, typer.Option(help="only records rejected for this reason, such as extra-cell")] = None,
) -> None:
    """Read rejected records and refused files again after a declaration was mended; each lands at most once."""
    from flows import bar
    from flows.commands import replay

    with bar.drawn():
        replay.run_replay(file, code)


@app.command()
def transform() -> None:
    """Clean, combine, de-duplicate and compare in SQL with dbt; publish only what passed its tests."""
    _flow("transform")


@app.command()
def train() -> None:
    """Fit every declared classifier on the published training table; the decision is left to `deploy`."""
    _flow("train")


@app.command()
def deploy() -> None:
    """Compare the newest version with the deployed one on the same held-out rows; replace it only by a better one."""
    _flow("deploy")


@app.command()
def predict() -> None:
    """Score the published rows with the deployed classifiers and publish the predictions."""
    _flow("predict")


def _flow(verb: str, **options: bool) -> None:
    from flows import console

    console.run_flow(verb, **options)


@app.command("read")
def read_command(
    files: Annotated[list[str], typer.Argument(help="files to read, or - for standard input")],
    to: Annotated[Path | None, typer.Option(help="write FILE.csv and FILE.rejected.jsonl into this folder")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="print how each file is read, one JSON object a line")
    ] = False,
    option: Annotated[list[str] | None, typer.Option(help="override detection, such as delimiter=';'")] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="such as csv, instead of what it looks like")
    ] = None,
) -> None:
    """Show what ingest would land from files and what it would reject, as plain CSV, without the warehouse."""
    from flows import bar, read

    with bar.drawn(to is not None):
        read.read_files(files, to, as_json, option or [], file_format)


@app.command()
def compare(
    left: Annotated[str, typer.Argument(help="a file, FILE:PART (sheet, member, table), or [warehouse:]schema.table")],
    right: Annotated[str, typer.Argument(help="what to compare it with")],
    key: Annotated[str | None, typer.Option(help="columns that identify a row, k1,k2 (default: whole rows)")] = None,
    columns: Annotated[str | None, typer.Option(help="columns to compare, a,b (default: all both have)")] = None,
    tolerance: Annotated[list[str] | None, typer.Option(help="column=0.01, column=1%, or both: column=0.01,1%")] = None,
    fold: Annotated[list[str] | None, typer.Option(help="what does not count: column=case,space")] = None,
    html: Annotated[Path | None, typer.Option(help="write a page with the differing cells marked")] = None,
    rows: Annotated[Path | None, typer.Option(help="write rows not plainly equal: CSV, Parquet, JSON")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the counts as JSON")] = False,
) -> None:
    """Compare two files or tables; exit status 0 when they are equal, 1 when not, 2 when the call is wrong."""
    from flows.commands import compare as comparing
    from flows.comparing.wishes import read_wishes

    wishes = read_wishes(key, columns, tolerance or [], fold or [])
    raise typer.Exit(comparing.exit_status(left, right, wishes, comparing.Outputs(as_json, html, rows)))


@app.command()
def example(
    customers: Annotated[int, typer.Option(min=1, help="how many customers")] = 3000,
    seed: Annotated[int, typer.Option(help="another seed gives other customers")] = 7,
    month: Annotated[int, typer.Option(min=1, max=12, help="which month's files to write")] = 1,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="only when the landing folder is empty")] = False,
) -> None:
    """Write the example's raw files, messy as life, into the landing folder."""
    from flows import console

    console.write_example(customers, seed, month, if_empty)


@app.command("trace")
def trace_command(
    file: Annotated[str, typer.Argument(help="its name, the end of its path, or its file_id")],
    row: Annotated[
        int, typer.Argument(min=1, help="number of the record in the file, 1 = the first behind the header")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Show what stood in a row of a file, what was changed, and its fate through every layer, to the prediction."""
    from flows.commands import trace

    trace.show_trace(file, row, as_json)


@app.command()
def status() -> None:
    """Show the last runs, which sources are late, what is published, and what is deployed."""
    from flows.commands import show

    show.show_status()


@app.command()
def sql(
    query: str,
    output: Annotated[Format, typer.Option("--format", help="how to print the rows")] = Format.table,
) -> None:
    """Ask the published tables a question in SQL."""
    from flows.commands import show

    show.show_query(query, output.value)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="port of Prefect's server and UI, on loopback")] = 4200,
    cron: Annotated[str | None, typer.Option(help="schedule of the run (default: the declared ones)")] = None,
) -> None:
    """Start Prefect's server with its UI and the scheduled deployment of `run`, all on loopback."""
    from flows import serve as server

    server.serve(port, cron)


app.add_typer(models.app)


def main() -> None:
    """Run the command; what a user can mend is printed as one line, without traceback."""
    _log_to_terminal()
    try:
        app()
    except TidemillError as error:
        print(f"tidemill: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except OSError as error:
        if error.errno not in REFUSALS or error.filename is None:
            raise
        folders = "TIDEMILL_WAREHOUSE, TIDEMILL_LANDING or TIDEMILL_MODELS_STORE"
        print(f"tidemill: {error.filename}: {error.strerror}; mend that, or set {folders} elsewhere", file=sys.stderr)
        sys.exit(TidemillError.exit_status)


def _log_to_terminal() -> None:
    """Print Tidemill's facts as they are, and only the warnings of the libraries."""
    lines = logging.getLogger("tidemill")
    lines.setLevel(logging.INFO)
    lines.propagate = False
    lines.addHandler(logging.StreamHandler())
    # Also keeps a dependency of dbt from setting up the root logger when it is imported.
    libraries = logging.StreamHandler()
    libraries.setLevel(logging.WARNING)
    logging.getLogger().addHandler(libraries)
