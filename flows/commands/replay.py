"""The command `replay`: a run like any other, with its record and the writer's lock, but without Prefect's start-up."""

import uuid
from dataclasses import replace
from importlib.metadata import version

from flows import publish, records, transform, warehouse
from flows.amounts import amount
from flows.errors import TidemillError
from flows.ingest.replay import ReplaySummary, replay
from flows.settings import Settings


def run_replay(file: str | None, code: str | None) -> None:
    """Read rejected records and refused files again, and print what came of it.

    Raises
    ------
    TidemillError
        When a file is still refused, or failed; the others are done.
    """
    settings = Settings()
    with warehouse.writer_lock(settings, "tidemill replay"):
        summary = _recorded(settings, file, code)
    print(
        f"replay: {summary.records_landed:,} of {amount(summary.records_tried, 'rejected record')} landed, "
        f"{amount(summary.files_loaded, 'refused file')} loaded; values that cleaning rejected are cleaned again by "
        "every `tidemill transform`"
    )
    if summary.problems:
        raise TidemillError("; ".join(summary.problems))


def _recorded(settings: Settings, file: str | None, code: str | None) -> ReplaySummary:
    declaration = transform.read_declaration(settings)
    run = records.Run(
        run_id=str(uuid.uuid4()),
        flow="replay",
        trigger="command",
        started_at=records.now(),
        code_version=f"{version('tidemill')}+{transform.code_fingerprint()[:12]}",
        parameters={"file": file, "code": code},
    )
    with warehouse.write(settings) as connection:
        records.begin(connection, run)
    try:
        summary = replay(settings, declaration, run, file, code)
    except BaseException as error:
        _end(settings, replace(run, status="failed", error=f"{type(error).__name__}: {error}"))
        raise
    _end(settings, replace(run, status="completed"))
    if settings.published_file.exists():
        publish.publish_more(settings, run.run_id, [])
    return summary


def _end(settings: Settings, run: records.Run) -> None:
    with warehouse.write(settings) as connection:
        records.end(connection, replace(run, last_load_id=records.last_load_id(connection)))
