"""The command `compare`: two files or tables in, what differs out. Loads no Prefect and no dbt.

Knows the order of the steps and where the results go; how two tables are compared, `flows/comparing/` knows.
"""

import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows import warehouse
from flows.comparing import report
from flows.comparing.excerpts import printable
from flows.comparing.found import Found, as_json, facts
from flows.comparing.measure import COMPARED, NOT_PLAINLY_EQUAL, compare
from flows.comparing.sides import file_of, open_side
from flows.comparing.table import as_table
from flows.comparing.wishes import Wishes
from flows.errors import DeclarationError, TidemillError, first_line
from flows.settings import Settings
from flows.sql import literal, quoted

log = logging.getLogger("tidemill.compare")

FORMS_OF_ROWS = {".parquet": "format parquet", ".json": "format json, array true", ".jsonl": "format json"}


@dataclass(frozen=True)
class Outputs:
    """Where the result goes besides the terminal's table: JSON instead of it, a page, a file of rows."""

    as_json: bool = False
    html: Path | None = None
    rows: Path | None = None


def exit_status(left: str, right: str, wishes: Wishes, outputs: Outputs) -> int:
    """Compare as `compare_files` does, and return 0 when both are equal, 1 when not, 2 when a bug ended it.

    Raises
    ------
    DeclarationError
        As `compare_files`.
    """
    try:
        return 0 if compare_files(left, right, wishes, outputs) else 1
    except TidemillError:
        raise
    except Exception as error:  # Python's own status would say that both differ
        traceback.print_exception(error)
        return DeclarationError.exit_status


def compare_files(left: str, right: str, wishes: Wishes, outputs: Outputs) -> bool:
    """Compare two files or tables as the command line names them, print what differs, and tell whether they are equal.

    Raises
    ------
    DeclarationError
        When the call is wrong: no such file, table, column or part, or an output that cannot be written.
    """
    _check_outputs((left, right), outputs)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidemill-")))
        connection = stack.enter_context(open_workbench(scratch))
        left_side = open_side(connection, left, "given_left", _folder(scratch, "left"))
        right_side = open_side(connection, right, "given_right", _folder(scratch, "right"))
        found = compare(connection, left_side, right_side, wishes)
        if outputs.rows:
            write_rows(connection, found, outputs.rows)
        if outputs.html:
            report.write_report(connection, found, outputs.html)
    _print(found, outputs.as_json)
    return found.is_equal


def _check_outputs(sides: Sequence[str], outputs: Outputs) -> None:
    taken = [file for file in map(file_of, sides) if file]
    for option, target in (("--html", outputs.html), ("--rows", outputs.rows)):
        if target and any(_is_same_file(target, each) for each in taken):
            raise DeclarationError(f"compare: {option} {target}: is compared or written already; name another file")
        taken += [target] if target else []


def _is_same_file(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))


def _folder(scratch: Path, name: str) -> Path:
    folder = scratch / name
    folder.mkdir()
    return folder


def _print(found: Found, as_one_json: bool) -> None:
    if as_one_json:
        _write(json.dumps(as_json(found)))
        for fact in facts(found):
            log.info("compare: %s", printable(fact))
    else:
        _write("\n".join(as_table(found)))


def _write(text: str) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        # A terminal that lacks a letter still shows the rest.
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        # Python would try to write the rest once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # whoever read it has seen enough
            raise DeclarationError(f"compare: the result could not be printed ({error.strerror})") from error


def open_workbench(scratch: Path) -> duckdb.DuckDBPyConnection:
    """Open a database in a scratch folder: it may be larger than the memory, and is gone with the folder."""
    connection = duckdb.connect(scratch / "workbench.duckdb", config=warehouse.CONFIG)
    warehouse.configure(connection, Settings())
    # A time without zone is one in UTC.
    connection.execute("set timezone = 'UTC'")
    return connection


def write_rows(connection: duckdb.DuckDBPyConnection, found: Found, target: Path) -> None:
    """Write every row that is not plainly equal as CSV, or as Parquet or JSON where the file's name says so.

    Raises
    ------
    DeclarationError
        When the file cannot be written.
    """
    keys = ", ".join(quoted(each.name) for each in found.keys or found.aligned)
    query = (
        f"select {keys}, _merge, is_changed, changed_columns from {COMPARED} where {NOT_PLAINLY_EQUAL} "
        f"order by {keys}, _pair, _merge"
    )
    form = FORMS_OF_ROWS.get(target.suffix.lower(), "format csv, header true")
    try:
        connection.execute(f"copy ({query}) to {literal(target)} ({form})")
    except duckdb.IOException as error:
        raise DeclarationError(f"compare: --rows {target}: {first_line(error)}") from error
