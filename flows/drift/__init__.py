"""How far the published rows have moved from those a version was trained on, and how its past predictions turned out.

Measures and records; part of the verb `predict`, because it is about what was just scored. The triggers of training ask
the same functions.
"""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from flows import records, store, training_rows, warehouse
from flows.declaration import Classifier, Declaration
from flows.drift import measures, past, samples, scores
from flows.drift.measures import Measure
from flows.drift.samples import Places
from flows.settings import Settings
from flows.sql import literal

__all__ = ["DriftSummary", "Places", "feature_drift", "loss_drift", "relations", "watch"]

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
    if version is None or not file.exists():
        return DriftSummary(classifier.name)
    with warehouse.write(settings) as connection:
        connection.execute(f"attach {literal(settings.published_file)} as published_rows (read_only)")
        predictions = f"marts.{classifier.name}_predictions"
        places = Places(f"published_rows.{training_rows.relation(classifier)}", file, predictions)
        measured = _measured(connection, classifier, places, version)
        before = f"published_rows.{predictions}"
        connection.begin()
        records.add(connection, *(_record(run, classifier, version, each) for each in measured))
        past.keep(connection, classifier, version, places, before if past.exists(connection, before) else None)
        connection.commit()
        connection.execute("detach published_rows")
    summary = DriftSummary(classifier.name, version, measured)
    log.log(logging.WARNING if summary.alarms else logging.INFO, "drift: %s %s", classifier.name, summary.said)
    return summary


def _measured(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, places: Places, version: int
) -> tuple[Measure, ...]:
    limits = classifier.drift
    found = [
        *_columns(connection, classifier, places),
        *scores.measured(connection, classifier.name, version, limits.psi),
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
    events_then, events_now = samples.labels(connection)
    if events_then[1] and events_now[1]:
        found.append(measures.proportion("label_rate", None, events_then, events_now, limits.label_rate))
    return found


def feature_drift(
    connection: duckdb.DuckDBPyConnection, classifier: Classifier, trained_on: Path
) -> tuple[Measure, ...]:
    """Compare the published rows with those trained on, column by column, as `watch` does."""
    places = Places(training_rows.relation(classifier), trained_on)
    found = measures.judged(_columns(connection, classifier, places), classifier.drift.p_value)
    return tuple(each for each in found if each.kind == "feature")


def loss_drift(connection: duckdb.DuckDBPyConnection, classifier: Classifier, version: int) -> Measure | None:
    """Return how a version's past predictions turned out; None while too few have a label."""
    found = past.measured(connection, classifier, training_rows.relation(classifier), classifier.drift.loss)
    return next((each for each in found if each.version == version), None)


def _record(run: records.Run, classifier: Classifier, version: int, measure: Measure) -> records.Drift:
    return records.Drift(
        run_id=run.run_id,
        classifier=classifier.name,
        version=version if measure.version is None else measure.version,
        kind=measure.kind,
        column_name=measure.column,
        value_then=measure.then,
        value_now=measure.now,
        size=measure.size,
        size_limit=measure.limit,
        statistic=measure.statistic,
        p_value=measure.p_value,
        p_value_adjusted=measure.p_value_adjusted,
        p_value_limit=classifier.drift.p_value,
        is_alarm=measure.is_alarm,
        rows_then=measure.rows_then,
        rows_now=measure.rows_now,
        bins=asdict(measure.bins) if measure.bins else None,
        measured_at=records.now(),
    )
