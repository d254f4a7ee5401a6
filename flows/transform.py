"""The verb `transform`: dbt builds and tests in this process, and what passed every test is published.

Knows how dbt is called and what its results mean. Does not know any model.
"""

import json
import logging
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows import contracts, declaration, publish, records, warehouse
from flows.amounts import amount
from flows.declaration import Declaration
from flows.errors import DeclarationError, TidemillError
from flows.settings import REPOSITORY, Settings

log = logging.getLogger("tidemill.transform")
CONTRACT_REMEDY = "name each of its columns with its data_type under `models:` in the YAML file beside it"
PROJECT_FILES = (".sql", ".py", ".yml", ".yaml", ".csv", ".md")
FORMATTED = "select coalesce(sum(n_values), 0)::bigint from records.formatting_changes"
PROBLEMS = """
    select source || ' ' || column_name, count(*)
    from records.rejected_rows where stage = 'clean'
    group by all
    order by 2 desc, 1
"""


@dataclass(frozen=True)
class TransformSummary:
    """What one build did; the row counts are those of the tables as they stand now."""

    models_built: int
    tests_passed: int
    values_formatted: int
    problems_by_column: Mapping[str, int]
    rows_by_fate: Mapping[str, int]
    outputs: Sequence[records.Output]


def project_fingerprint(settings: Settings) -> str:
    """Return a hash that changes with everything dbt reads: the project's files and Tidemill's macros."""
    project = declaration.fingerprint(settings.project, PROJECT_FILES)
    return project + declaration.fingerprint(REPOSITORY / "dbt_project" / "macros", PROJECT_FILES)


def read_declaration(settings: Settings) -> Declaration:
    """Return the declaration; dbt parses the project only when it has changed since the last time.

    Raises
    ------
    DeclarationError
        When there is no dbt project, dbt cannot parse it, or it declares what Tidemill does not understand.
    """
    if not (settings.project / "dbt_project.yml").exists():
        raise DeclarationError(f"{settings.project}: no dbt_project.yml here; set TIDEMILL_PROJECT to a dbt project")
    if not is_parsed(settings):
        current, parsed = project_fingerprint(settings), _parsed_file(settings)
        parsed.unlink(missing_ok=True)
        _parse(settings)
        parsed.write_text(current, encoding="utf-8")
    return declaration.read(_manifest_file(settings))


def is_parsed(settings: Settings) -> bool:
    """Tell whether dbt's kept manifest is that of the project as it is now."""
    parsed = _parsed_file(settings)
    if not (_manifest_file(settings).exists() and parsed.exists()):
        return False
    return parsed.read_text(encoding="utf-8") == project_fingerprint(settings)


def _manifest_file(settings: Settings) -> Path:
    return settings.target_path / "manifest.json"


def _parsed_file(settings: Settings) -> Path:
    """Where the fingerprint of the parsed project is kept."""
    return settings.target_path / "tidemill.fingerprint"


def _parse(settings: Settings) -> None:
    from dbt.cli.main import dbtRunner

    log.info("transform: dbt parses %s", settings.project)
    _configure_dbt(settings)
    result = dbtRunner().invoke(["parse", *_arguments(settings), "--log-level", "none"])
    if not result.success:
        said = _without_macros(str(result.exception))
        raise DeclarationError(f"{settings.project}: dbt cannot parse the project: {said}")


def _arguments(settings: Settings) -> list[str]:
    """Name every path, so that nothing depends on the folder the command is called in."""
    paths = {
        "--project-dir": settings.project,
        "--profiles-dir": settings.profiles_dir,
        "--target-path": settings.target_path,
        "--log-path": settings.target_path / "logs",
    }
    return [str(word) for pair in paths.items() for word in pair]


def _configure_dbt(settings: Settings) -> None:
    os.environ.update(settings.environment())
    os.environ.setdefault("DO_NOT_TRACK", "1")


def transform(settings: Settings, run: records.Run, predictions: Sequence[str] = ()) -> TransformSummary:
    """Build and test everything with dbt; publish what it built and the records if every test passed.

    The predictions named are published too, as they were last scored. A table whose model is declared no more is not.

    Raises
    ------
    TidemillError
        When a model or a test failed; the published data then stays as it was.
    """
    _build(settings)
    results = _run_results(settings)
    with warehouse.write(settings) as connection:
        records.note_dbt_invocation(connection, run.run_id, results["metadata"]["invocation_id"])
    outputs = publish.publish(settings, run.run_id, [*_marts(results), *predictions])
    summary = _summary(settings, results, outputs)
    log.info(
        "transform: %s built, %s passed, %s published",
        amount(summary.models_built, "model"),
        amount(summary.tests_passed, "test"),
        amount(len(summary.outputs), "table"),
    )
    return summary


def _marts(results: Mapping[str, Any]) -> list[str]:
    """Return the relations of schema marts that dbt has built, such as marts.customers."""
    names = (each["relation_name"].replace('"', "").split(".")[-2:] for each in _built(results))
    return [f"{schema}.{name}" for schema, name in names if schema == "marts"]


def _built(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in results["results"] if each["relation_name"] and not each["unique_id"].startswith("test.")]


def _build(settings: Settings) -> None:
    (settings.target_path / "run_results.json").unlink(missing_ok=True)
    try:
        _invoke_dbt(settings)
    except ValueError as error:
        raise TidemillError(_failure(settings, error)) from error


def _invoke_dbt(settings: Settings) -> None:
    from prefect_dbt import PrefectDbtRunner, PrefectDbtSettings

    _configure_dbt(settings)
    # The level is given, because prefect-dbt cannot translate Prefect's WARNING into dbt's warn.
    dbt_settings = PrefectDbtSettings(
        project_dir=settings.project,
        profiles_dir=settings.profiles_dir,
        target_path=settings.target_path,
        log_level="warn",
    )
    runner = PrefectDbtRunner(settings=dbt_settings, raise_on_failure=True)
    try:
        # Unit tests prove the code, not the data: `make test` and `dbt build` in a terminal run them.
        runner.invoke(["build", "--exclude-resource-type", "unit_test", *_arguments(settings)])
    finally:
        _close_dbts_connection()


def _close_dbts_connection() -> None:
    """Close what dbt keeps open until its process ends: the next run could take the lock, but not open the file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _run_results(settings: Settings) -> Mapping[str, Any]:
    results: Mapping[str, Any] = json.loads((settings.target_path / "run_results.json").read_text(encoding="utf-8"))
    return results


def _failure(settings: Settings, error: ValueError) -> str:
    if not (settings.target_path / "run_results.json").exists():
        return f"transform: dbt could not run: {error}"
    results = _run_results(settings)["results"]
    failed = [
        f"{result['unique_id'].split('.')[2]} ({_said(result)}{_first_row(settings, result)})"
        for result in results
        if result["status"] in ("error", "fail", "runtime error")
    ]
    stays = "the published data stays as it was" if settings.published_file.exists() else "nothing is published"
    if not failed:  # Ctrl-C, of which dbt says only that it did not succeed
        return f"transform: dbt was interrupted; {stays}. Run again"
    return (
        f"transform: {len(failed)} failed: {'; '.join(failed)}; {stays}.{contracts.write_missing(settings, results)} "
        f"See the rows with `dbt test --select <name> --store-failures` in {settings.project}"
    )


def _said(result: Mapping[str, Any]) -> str:
    # A Python model's error comes with its traceback; of one of ours the user needs the last line only.
    if ours := re.search(r"^\s*flows\.errors\.\w+: (.*)", str(result["message"]), re.MULTILINE):
        return ours[1]
    said = _without_macros(str(result["message"]))
    return said + (f"; {CONTRACT_REMEDY}" if "has an enforced contract" in said else "")


def _without_macros(message: str) -> str:
    """Leave out by which of dbt's own macros an error came: what to mend stands above."""
    return re.sub(r"\n\s*(> (in|called by) .*)?(?=\n|$)", "", message)


def _first_row(settings: Settings, result: Mapping[str, Any]) -> str:
    """Return the first row that a failing data test has found, as the end of a sentence."""
    if result["status"] != "fail" or not result["compiled_code"]:
        return ""
    with warehouse.read_records(settings) as connection:
        found = connection.execute(f"select * from ({result['compiled_code']}) limit 1")
        names, values = [name for name, *_ in found.description], found.fetchone()
    return "; the first: " + ", ".join(f"{name} {value}" for name, value in zip(names, values or (), strict=True))


def _summary(settings: Settings, results: Mapping[str, Any], outputs: Sequence[records.Output]) -> TransformSummary:
    kinds = Counter((each["unique_id"].split(".")[0], each["status"]) for each in results["results"])
    with warehouse.read_published(settings) as connection:
        formatted = connection.execute(FORMATTED).fetchall()
        fates = connection.execute("select fate, count(*) from records.row_ledger group by fate order by fate")
        rows_by_fate = dict(fates.fetchall())
        problems = dict(connection.execute(PROBLEMS).fetchall())
    return TransformSummary(
        models_built=kinds["model", "success"],
        tests_passed=kinds["test", "pass"],
        values_formatted=formatted[0][0],
        problems_by_column=problems,
        rows_by_fate=rows_by_fate,
        outputs=outputs,
    )


def code_fingerprint() -> str:
    """Return a hash of Tidemill's own Python, so that a new version runs even when no file is new."""
    return declaration.fingerprint(Path(__file__).parent, (".py", ".sql"))
