"""Sets up a contest: who stands against whom, on which rows, and which declared reason for a refresh holds.

Does not know how a contest is judged.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np

from flows import drift, gate, records, store, warehouse
from flows.amounts import amount
from flows.declaration import Classifier
from flows.deploy import scoring
from flows.errors import TidemillError
from flows.gate import Contest, Contestant
from flows.settings import Settings
from flows.training_rows import Rows


@dataclass(frozen=True)
class Standing:
    """The version in production, and the one the records name in its place although models_store has lost it."""

    champion: int | None
    lost: int | None = None


def contest(
    settings: Settings, classifier: Classifier, rows: Rows, anchor: Rows | None, newest: int, standing: Standing
) -> Contest:
    """Let the newest version and what is deployed score the held-out rows, and the anchor set where there is one.

    Raises
    ------
    TidemillError
        When the newest version cannot be loaded or cannot score the rows.
    """
    held_out = _on(settings, classifier, rows, newest, standing)
    return replace(
        held_out,
        slices=scoring.slices(classifier, rows),
        refresh_reasons=_refresh_reasons(settings, classifier, held_out, standing),
        anchor=_on(settings, classifier, anchor, newest, standing) if anchor else None,
    )


def _on(settings: Settings, classifier: Classifier, rows: Rows, newest: int, standing: Standing) -> Contest:
    challenger = scoring.contestant(settings, classifier, rows, newest)
    rival = _rival(settings, classifier, rows, standing)
    classes = tuple(sorted({*rows.classes, *challenger.classes, *rival.classes}))
    return Contest(
        rows.among(classes).target.to_numpy(np.float64),
        challenger.among(classes),
        rival.among(classes),
        scoring.entities(classifier, rows),
        rows_sha256=rows.sha256,
        classes=classes,
    )


def _rival(settings: Settings, classifier: Classifier, rows: Rows, standing: Standing) -> Contestant:
    """Return whom the challenger has to beat: what is deployed, or the dummy where that cannot score these rows."""
    dummy = partial(gate.dummy, rows.target.to_numpy(np.float64), classes=rows.classes)
    if standing.champion is None:
        lost = f", because version {standing.lost} is no longer in models_store" if standing.lost else ""
        return dummy(lost)
    try:
        return replace(scoring.contestant(settings, classifier, rows, standing.champion), is_deployed=True)
    except TidemillError as error:
        return dummy(f", because version {standing.champion} cannot score these rows: {error}")


def _refresh_reasons(
    settings: Settings, classifier: Classifier, held_out: Contest, standing: Standing
) -> tuple[str, ...]:
    """Return which of the declared reasons hold for renewing what is deployed."""
    if standing.champion is None or not held_out.rival.is_deployed:
        return ()
    manifest = store.read_manifest(settings, classifier.name, standing.champion)
    checks = {
        "age": lambda: _age(classifier, manifest),
        "schema": lambda: _schema(classifier, manifest),
        "drift": lambda: _drift(settings, classifier, manifest),
    }
    found = (checks[reason]() for reason in classifier.gate.refresh_on)
    return tuple(text for text in found if text)


def _age(classifier: Classifier, manifest: store.Manifest) -> str | None:
    days = (records.now() - datetime.fromisoformat(manifest.trained_at)).days
    is_old = days >= classifier.gate.refresh_after_days
    return f"version {manifest.version} is {amount(days, 'day')} old" if is_old else None


def _schema(classifier: Classifier, manifest: store.Manifest) -> str | None:
    declared = {each.name: each.data_type for each in classifier.features}
    return f"version {manifest.version} has other features" if dict(manifest.features) != declared else None


def _drift(settings: Settings, classifier: Classifier, manifest: store.Manifest) -> str | None:
    """Tell which columns are alarms of drift from the rows the deployed version was trained on.

    Its probabilities on these rows would be no measure: a flexible estimator is surer of what it has learned.
    """
    saved = store.training_file(settings, classifier.name, manifest.version)
    # Saved rows are kept for a while only.
    if not saved.exists():
        return None
    with warehouse.read_published(settings) as connection:
        measured = drift.column_drift(connection, classifier, saved)
    found = drift.DriftSummary(classifier.name, manifest.version, measured)
    return f"the rows have drifted from version {manifest.version}'s: {found.said}" if found.alarms else None
