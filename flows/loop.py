"""The whole loop as one Prefect flow of flows; every verb is a flow of its own.

Knows the order of the verbs, what may be retried, and how a run is recorded. Does not know how a verb does its work.
Flows take only what Prefect can show and store; where everything lies, they read from the settings.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

import duckdb
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.settings import temporary_settings

from flows import deploy, drift, due, ingest, predict, progress, publish, records, train, transform, warehouse
from flows.declaration import Declaration
from flows.errors import TidemillError
from flows.prefect_lines import say_errors_in_one_line
from flows.settings import Settings

log = logging.getLogger("tidemill.run")
RECORDED_PACKAGES = ("tidemill", "duckdb", "dbt-core", "dbt-duckdb", "prefect", "scikit-learn", "numpy", "pandas")


class RunProblems(TidemillError):
    """The run went through, but something in it needs a person; carries what it did."""

    def __init__(self, summary: "RunSummary") -> None:
        super().__init__("; ".join(summary.problems))
        self.summary = summary


@dataclass(frozen=True)
class RunSummary:
    """What one run did; None and empty where a verb had no part in it."""

    run_id: str
    reasons: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    ingested: ingest.IngestSummary | None = None
    transformed: transform.TransformSummary | None = None
    trained: tuple[train.TrainSummary, ...] = ()
    deployed: tuple[deploy.DeploySummary, ...] = ()
    predicted: tuple[predict.PredictSummary, ...] = ()
    drifted: tuple[drift.DriftSummary, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[str, ...]:
        """What a person has to look at: refused files, sources without files, refused trainings and predictions."""
        ingested = (*self.ingested.problems, *self.ingested.overdue) if self.ingested else ()
        refused = [each.reason for each in self.trained if each.version is None]
        refused += [each.refusal for each in self.predicted if each.refusal]
        # Infinite numbers are refused by both, with one reason.
        return tuple(dict.fromkeys([*self.overdue, *ingested, *refused]))


@dataclass(frozen=True)
class Work:
    """What a verb works on; all records are written for `run`, the outermost flow run."""

    settings: Settings
    declaration: Declaration
    run: records.Run


def may_pass(task: Any, task_run: TaskRun, state: State[Any]) -> bool:
    """Retry what may be gone in a moment (locks, connections), never what a person has to mend."""
    error = state.result(raise_on_failure=False)
    passing = duckdb.IOException | ConnectionError | TimeoutError
    return isinstance(error, passing) or (isinstance(error, TidemillError) and isinstance(error.__cause__, passing))


retried = task(retries=3, retry_delay_seconds=[1, 5, 25], retry_condition_fn=may_pass, cache_policy=NO_CACHE)
land_files = retried(ingest.ingest).with_options(name="land files")
fit = retried(train.train).with_options(name="fit")
decide = retried(deploy.deploy).with_options(name="decide")
score = retried(predict.predict).with_options(name="score")
watch = retried(drift.watch).with_options(name="watch")


@flow(name="ingest")
def ingest_flow(trigger: str = "command", parent_run_id: str | None = None) -> RunSummary:
    """Land what is new."""
    with recorded("ingest", trigger, parent_run_id) as work:
        summary = RunSummary(work.run.run_id, ingested=land_files(work.settings, work.declaration, work.run))
    return _without_problems(summary, parent_run_id)


@flow(name="transform")
def transform_flow(trigger: str = "command", parent_run_id: str | None = None) -> RunSummary:
    """Clean, combine, de-duplicate, compare, test and publish; every dbt node is a Prefect task."""
    with recorded("transform", trigger, parent_run_id) as work:
        done = transform.transform(work.settings, work.run, _own_marts(work.declaration))
        return RunSummary(work.run.run_id, transformed=done)


@flow(name="train")
def train_flow(trigger: str = "command", parent_run_id: str | None = None) -> RunSummary:
    """Fit every declared classifier on the published rows."""
    with recorded("train", trigger, parent_run_id) as work:
        trained = tuple(fit(work.settings, each, work.run) for each in work.declaration.classifiers)
    return _without_problems(RunSummary(work.run.run_id, trained=trained), parent_run_id)


@flow(name="deploy")
def deploy_flow(trigger: str = "command", parent_run_id: str | None = None) -> RunSummary:
    """Replace each deployed classifier if its newest version is better."""
    with recorded("deploy", trigger, parent_run_id) as work:
        decided = tuple(decide(work.settings, each, work.run) for each in work.declaration.classifiers)
    return RunSummary(work.run.run_id, deployed=decided)


@flow(name="predict")
def predict_flow(trigger: str = "command", parent_run_id: str | None = None) -> RunSummary:
    """Score the published rows, publish the predictions, and measure how far what was scored has drifted."""
    with recorded("predict", trigger, parent_run_id) as work:
        scored = tuple(score(work.settings, each, work.run) for each in work.declaration.classifiers)
        refused = {each.classifier for each in scored if each.refusal}
        watched = (each for each in work.declaration.classifiers if each.name not in refused)
        drifted = tuple(watch(work.settings, each, work.run) for each in watched)
    return _without_problems(RunSummary(work.run.run_id, predicted=scored, drifted=drifted), parent_run_id)


@flow(name="run")
def run(trigger: str = "schedule", force: bool = False) -> RunSummary:
    """Run the whole loop once, unless nothing is new.

    Raises
    ------
    RunProblems
        When everything went through but a file or a training was refused.
    TidemillError
        When a verb failed; what was published before stays.
    """
    say_errors_in_one_line()
    settings = Settings()
    with warehouse.writer_lock(settings, "tidemill run"):
        with due.failures_recorded(settings, "run", trigger):
            declaration = transform.read_declaration(settings)
        reasons = due.reasons_to_run(settings, declaration, force)
        if not reasons:
            return _without_problems(nothing_new(settings, declaration, trigger))
        with recorded("run", trigger) as work:
            summary = _turn(trigger, RunSummary(work.run.run_id, reasons=tuple(reasons)))
    return _without_problems(summary)


def nothing_new(settings: Settings, declaration: Declaration, trigger: str) -> RunSummary:
    """Record and say that there is nothing to do, where a schedule or a run that waited for another asks for one."""
    idle = due.record_nothing_new(settings, declaration, trigger)
    log.info("%s", idle.said)
    return RunSummary(idle.run_id, overdue=idle.overdue)


VERBS: Mapping[str, Callable[..., RunSummary]] = {
    "ingest": ingest_flow,
    "transform": transform_flow,
    "train": train_flow,
    "deploy": deploy_flow,
    "predict": predict_flow,
}

# One heartbeat tells that this process lives. Each further one would cost a second at the end of its flow, where
# Prefect waits for a thread that sleeps in steps of a second.
HEARTBEAT_OF_THE_OUTERMOST_ONLY = {"flows.heartbeat_frequency": None}


def _turn(trigger: str, summary: RunSummary) -> RunSummary:
    """Call one verb after the other, each adding its part to the summary."""
    seconds: dict[str, float] = {}
    for verb, verb_flow in VERBS.items():
        started = time.monotonic()
        with temporary_settings(HEARTBEAT_OF_THE_OUTERMOST_ONLY):
            part = verb_flow(trigger, summary.run_id)
        seconds[verb] = time.monotonic() - started
        done = {name: getattr(part, name) for name in PARTS if getattr(part, name)}
        summary = replace(summary, **done, seconds=seconds)
    return summary


PARTS = ("ingested", "transformed", "trained", "deployed", "predicted", "drifted")


def _without_problems(summary: RunSummary, parent_run_id: str | None = None) -> RunSummary:
    """Fail the outermost flow where a person has to look at something; its work is done and recorded."""
    if summary.problems and parent_run_id is None:
        raise RunProblems(summary)
    return summary


@contextmanager
def recorded(verb: str, trigger: str, parent_run_id: str | None = None) -> Iterator[Work]:
    """Hold the warehouse and record this flow run; a completed outermost one publishes the newest records."""
    settings = Settings()
    progress.report(verb)
    started = _started(settings, verb, trigger, parent_run_id)
    with warehouse.writer_lock(settings, f"tidemill {verb}"):
        with warehouse.write(settings) as connection:
            records.begin(connection, replace(started, fingerprint=None))
        try:
            declaration = transform.read_declaration(settings)
            yield Work(settings, declaration, replace(started, run_id=parent_run_id or started.run_id))
        except BaseException as error:
            failed = replace(started, status="failed", fingerprint=None, error=f"{type(error).__name__}: {error}")
            _end(settings, failed)
            raise
        # Until its records are published, a run counts as unfinished: the next one goes over it again.
        _end(settings, replace(started, status="completed", fingerprint=None))
        if parent_run_id is None and settings.published_file.exists():
            publish.publish_more(settings, started.run_id, _own_marts(declaration))
        if started.fingerprint:
            with warehouse.write(settings) as connection:
                records.note_fingerprint(connection, started.run_id, started.fingerprint)


def _own_marts(declaration: Declaration) -> list[str]:
    """Return what is published beside dbt's marts."""
    return [*predict.relations(declaration), *drift.relations(declaration)]


def _started(settings: Settings, verb: str, trigger: str, parent_run_id: str | None) -> records.Run:
    return records.Run(
        run_id=str(flow_run.id),
        flow=verb,
        trigger=trigger,
        started_at=records.now(),
        parent_run_id=parent_run_id,
        nominal_at=flow_run.scheduled_start_time.replace(tzinfo=None),
        # What this run will have seen, if it goes through: asked now, because the project may change meanwhile.
        fingerprint=due.run_fingerprint(settings) if verb == "run" else None,
        code_version=f"{version('tidemill')}+{transform.code_fingerprint()[:12]}",
        package_versions={name: version(name) for name in RECORDED_PACKAGES},
        parameters={**flow_run.parameters, **settings.model_dump(mode="json")},
    )


def _end(settings: Settings, run: records.Run) -> None:
    with warehouse.write(settings) as connection:
        records.end(connection, replace(run, last_load_id=records.last_load_id(connection)))
