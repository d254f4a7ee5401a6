"""How far the published rows have moved from those a version was trained on, and how its past predictions turned out.

Measures and records; part of the verb `predict`, because it is about what was just scored. The triggers of training and
the gate ask the same functions.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from flows import records, store, training_rows, warehouse
from flows.declaration import Classifier, Declaration
from flows.drift import measures, page, past, samples, scores
from flows.drift.measures import Measure
from flows.drift.samples import Places
from flows.settings import Settings

__all__ = ["DriftSummary", "Places", "column_drift", "loss_drift", "measured", "recorded", "relations", "watch"]

log = logging.getLogger("tidemill.drift")


@dataclass(frozen=True)
class DriftSummary:
    """What was measured of a classifier's deployed version; nothing where there is none, or nothing to compare."""

    classifier: str
    version: int | None = None
    measures: tuple[Measure, ...] = ()

    @property
    def alarms(self) -> tuple[Measure, ...]:
        """The alarms, the largest first."""
        return tuple(sorted((each for each in self.measures if each.is_alarm), key=lambda each: -each.size))

    @property
    def said(self) -> str:
        """What was found, as a person reads it: `1 alarm (monthly_fee psi 0.31)`."""
        if not self.measures:
            return "nothing to compare"
        if not self.alarms:
            return f"no alarm in {len(self.measures)} measures"
        return f"{len(self.alarms)} alarm{'s' * (len(self.alarms) > 1)} ({', '.join(map(str, self.alarms))})"


def relations(declaration: Declaration) -> list[str]:
    """Return the past predictions of every declared classifier."""
    return [past.table(each) for each in declaration.classifiers]


def watch(settings: Settings, classifier: Classifier, run: records.Run) -> DriftSummary:
    """Measure how the deployed version's rows, scores and losses moved, record it, and keep the new predictions."""
    version = store.deployed_version(settings, classifier.name)
    file = store.training_file(settings, classifier.name, version or 0)
    if version is None or not file.exists() or _is_of_another_target(settings, classifier, version):
        return DriftSummary(classifier.name)
    with warehouse.write(settings) as connection:
        warehouse.attach(connection, settings.published_file, "published_rows")
        places = Places(f"published_rows.{training_rows.relation(classifier)}", file, classifier.predictions)
        found = measured(connection, classifier, places, version)
        before = f"published_rows.{classifier.predictions}"
        connection.begin()
        records.add(connection, *recorded(run, classifier, version, found))
        past.keep(connection, classifier, version, places, before if past.exists(connection, before) else None)
        connection.commit()
        connection.execute("detach published_rows")
        if found:
            page.draw(settings, connection, classifier.name)
    summary = DriftSummary(classifier.name, version, found)
    log.log(logging.WARNING if summary.alarms else logging.INFO, "drift: %s %s", classifier.name, summary.said)
    return summary


def _is_of_another_target(settings: Settings, classifier: Classifier, version: int) -> bool:
    return bool(store.read_manifest(settings, classifier.name, version).classes) != classifier.is_multi_class


def measured(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, places: Places, version: int
) -> tuple[Measure, ...]:
    """Measure everything of a version, and tell which measures are alarms."""
    limits = classifier.drift
    found = [
        *_columns(connection, classifier, places),
        *scores.measured(connection, classifier, version, limits.psi),
        *past.measured(connection, classifier, places.published, limits.loss),
    ]
    return measures.judged(found, limits.p_value)


def _columns(connection: duckdb.DuckDBPyConnection, classifier: Classifier, places: Places) -> list[Measure]:
    """Compare every feature, how often it is missing, and the label; nothing without rows on both sides."""
    limits, found = classifier.drift, []
    for feature in samples.prepare(connection, classifier, places):
        bins = samples.feature_bins(connection, feature)
        then, now = sum(bins.then), sum(bins.now)
        if then and now:
            found.append(measures.distribution("feature", feature.name, bins, limits.psi))
            missing_then, missing_now = bins.missing
            missing = ((missing_then, then), (missing_now, now))
            found.append(measures.proportion("missing", feature.name, *missing, limits.missing))
    for name, (events_then, events_now) in samples.labels(connection, classifier).items():
        if events_then[1] and events_now[1]:
            found.append(measures.proportion("label_rate", name, events_then, events_now, limits.label_rate))
    return found


def column_drift(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, trained_on: Path
) -> tuple[Measure, ...]:
    """Compare the published rows with those trained on, column by column, as `watch` does."""
    places = Places(training_rows.relation(classifier), trained_on)
    return measures.judged(_columns(connection, classifier, places), classifier.drift.p_value)


def loss_drift(connection: duckdb.DuckDBPyConnection, classifier: Classifier, version: int) -> Measure | None:
    """Return how a version's past predictions turned out; None while too few have a label."""
    found = past.measured(connection, classifier, training_rows.relation(classifier), classifier.drift.loss)
    return next((each for each in found if each.version == version), None)


def recorded(
    run: records.Run, classifier: Classifier, version: int, found: Sequence[Measure]
) -> tuple[records.Drift, ...]:
    """Return measures as they are recorded, all of one time."""
    measured_at = records.now()
    return tuple(
        records.Drift(
            run_id=run.run_id,
            classifier=classifier.name,
            version=version if each.version is None else each.version,
            kind=each.kind,
            column_name=each.column,
            value_then=each.then,
            value_now=each.now,
            size=each.size,
            size_limit=each.limit,
            statistic=each.statistic,
            p_value=each.p_value,
            p_value_adjusted=each.p_value_adjusted,
            p_value_limit=classifier.drift.p_value,
            is_alarm=each.is_alarm,
            rows_then=each.rows_then,
            rows_now=each.rows_now,
            bins=asdict(each.bins) if each.bins else None,
            measured_at=measured_at,
        )
        for each in found
    )
