"""A flow started from the terminal: whether it is worth its start-up, its progress, and the summary at its end."""

import logging
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from flows import bar, due, prefect_server, progress, transform, warehouse
from flows.amounts import amount
from flows.errors import TidemillError
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.ingest import IngestSummary
    from flows.loop import RunSummary

LINES = logging.getLogger("tidemill")
# How many columns with problems the summary names.
NAMED_COLUMNS = 5


def run_flow(verb: str, force: bool = False) -> None:
    """Run a verb, or the whole loop as `run`, as a Prefect flow and print what it did.

    Raises
    ------
    TidemillError
        When it failed, or something in it needs a person; what it did is printed before.
    """
    if verb == "run" and not force and _nothing_new(Settings()):
        return
    started = time.monotonic()
    with bar.drawn():
        progress.report("starting Prefect")
        server = prefect_server.reach(Settings().target_path)
        loop = _load_meanwhile(verb)
        _leave_prefects_lines_to_prefect()
        server.wait()
        started_up = time.monotonic() - started
        try:
            summary = loop.run("command", force) if verb == "run" else loop.VERBS[verb]()
        except loop.RunProblems as problems:
            _print_summary(problems.summary, started_up, time.monotonic() - started)
            raise
    _print_summary(summary, started_up, time.monotonic() - started)


def _load_meanwhile(verb: str) -> ModuleType:
    """Load what every run needs, and find a wrong declaration, while Prefect's server starts."""
    settings = Settings()
    with due.failures_recorded(settings, verb, "command"):
        declaration = transform.read_declaration(settings)
        if verb in ("run", "ingest"):
            due.check_landing(settings, declaration)
    import_module("prefect_dbt")
    return import_module("flows.loop")


def _leave_prefects_lines_to_prefect() -> None:
    """Keep tracebacks of failed tasks out of the terminal: Prefect's UI has them, we say it in one line."""
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).propagate = False


def _nothing_new(settings: Settings) -> bool:
    """Record and say it where a run would have nothing to do; starts neither Prefect nor dbt."""
    with warehouse.writer_lock(settings, "tidemill run"), due.failures_recorded(settings, "run", "command"):
        if not due.may_be_idle(settings):
            return False
        declaration = transform.read_declaration(settings)
        if due.reasons_to_run(settings, declaration):
            return False
        idle = due.record_nothing_new(settings, declaration, "command")
    print(idle.said)
    if idle.overdue:
        raise TidemillError("; ".join(idle.overdue))
    return True


def write_example(customers: int, seed: int, month: int, if_empty: bool) -> None:
    """Write the example's files into the landing folder and say what was put into them."""
    from flows import example

    landing = Settings().landing
    if if_empty and landing.is_dir() and any(path.is_file() for path in landing.rglob("*") if path.name != ".gitkeep"):
        return
    written = example.write_example(landing, customers, seed, month)
    LINES.info("example: %s for %s in %s", amount(len(written.files), "file"), amount(customers, "customer"), landing)
    faults = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in written.faults.items())
    LINES.info("example: faults in them: %s", faults)


def _print_summary(summary: "RunSummary", started_up: float, seconds: float) -> None:
    for title, text in _summary_lines(summary):
        print(f"{title:<11} {text}")
    parts = {"start-up": started_up, **summary.seconds}
    parts["rest"] = seconds - sum(parts.values())
    print(f"{'seconds':<11} {seconds:.1f}: {', '.join(f'{name} {each:.1f}' for name, each in parts.items())}")


def _summary_lines(summary: "RunSummary") -> Iterator[tuple[str, str]]:
    """Yield what was done, as facts a person can check with SQL."""
    if summary.reasons:
        yield "run", f"{summary.run_id} because {', '.join(summary.reasons)}"
    if summary.ingested:
        yield from _ingest_lines(summary.ingested)
    if summary.transformed:
        yield from _transform_lines(summary.transformed)
    for trained in summary.trained:
        yield trained.classifier, f"train: {_named(trained.version)}, {trained.training_rows:,} rows ({trained.reason})"
    for decided in summary.deployed:
        yield decided.classifier, f"deploy: {decided.decision} ({decided.reason})"
        for metric, interval in decided.scores.items():
            yield decided.classifier, f"{metric.replace('_', ' ')} {interval}"
    for scored in summary.predicted:
        yield scored.classifier, f"predict: {scored.said}"
    for drifted in summary.drifted:
        if drifted.version:
            yield drifted.classifier, f"drift: {drifted.said}"


def _ingest_lines(done: "IngestSummary") -> Iterator[tuple[str, str]]:
    found, new = sum(each.files_found for each in done.sources), sum(each.files_new for each in done.sources)
    known = sum(each.files_known for each in done.sources)
    arrived = f"{new:,} new ({known:,} of known content)" if known else f"{new:,} new"
    yield "files", f"{found:,} found, {arrived}, {found - new:,} unchanged; {len(done.problems):,} not loaded"
    loaded, bad = sum(s.records_loaded for s in done.sources), sum(s.records_quarantined for s in done.sources)
    yield "records", f"{loaded:,} loaded, {bad:,} quarantined"


def _transform_lines(done: transform.TransformSummary) -> Iterator[tuple[str, str]]:
    yield "values", f"{done.values_formatted:,} reformatted, {_problems(done.problems_by_column)}"
    fates = ", ".join(f"{count:,} {fate.replace('_', ' ')}" for fate, count in done.rows_by_fate.items())
    yield "rows", fates or "none"
    yield "tests", f"{done.tests_passed} passed, {amount(done.models_built, 'model')} built"
    place = done.outputs[0].location if done.outputs else "no file"
    yield "published", f"{amount(len(done.outputs), 'table')} in {place}"


def _problems(by_column: Mapping[str, int]) -> str:
    """Name the columns with most values that cleaning made null: one that is declared wrongly loses all of them."""
    text = amount(sum(by_column.values()), "problem")
    named = [f"{column} {count:,}" for column, count in by_column.items()]
    more = ["…"] if len(named) > NAMED_COLUMNS else []
    return f"{text} ({', '.join([*named[:NAMED_COLUMNS], *more])})" if named else text


def _named(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
