"""Scores stored versions on a classifier's rows, for the gate to compare. Does not know what is deployed or decided."""

from collections.abc import Mapping

import numpy as np

from flows import evaluate, gate, store
from flows.declaration import Classifier
from flows.errors import TidemillError
from flows.evaluate import Array, Codes, Interval
from flows.gate import Contestant
from flows.settings import Settings
from flows.training_rows import Rows

Scores = Mapping[str, Interval]


def contestant(settings: Settings, classifier: Classifier, rows: Rows, version: int) -> Contestant:
    """Let a stored version score the rows.

    Raises
    ------
    TidemillError
        When it cannot be loaded, or needs features these rows have no more.
    """
    model, features = store.load(settings, classifier.name, version), rows.features
    missing = [name for name in model.manifest.features if name not in features]
    if missing:
        raise TidemillError(f"version {version} needs the features {', '.join(missing)}, which are declared no more")
    classes = tuple(model.manifest.classes)
    if bool(classes) != classifier.is_multi_class:
        raise TidemillError(f"version {version} was trained when the target was of another type; train again")
    if features.empty:
        probability = np.empty((0, len(classes)) if classes else 0)
        return Contestant(f"version {version}", probability, model.manifest.threshold, classes=classes)
    try:
        probability = model.probabilities(features[list(model.manifest.features)])
    except (ValueError, TypeError) as error:
        raise TidemillError(f"version {version} cannot score these rows ({error}); train again") from error
    return Contestant(f"version {version}", probability, model.manifest.threshold, classes=classes)


def entities(classifier: Classifier, rows: Rows) -> Codes | None:
    """Return the number of each row's entity, where one is declared."""
    column = classifier.gate.entity
    return evaluate.entity_codes(rows.groups[column]) if column else None


def slices(classifier: Classifier, rows: Rows) -> dict[str, Array]:
    """Return which rows belong to each value of each declared column; rows without a value are a slice too."""
    columns = {name: rows.groups[name].fillna("null").astype(str) for name in classifier.gate.slices}
    return {
        f"{name} is {value}": (column == value).to_numpy(bool)
        for name, column in columns.items()
        for value in sorted(column.unique())
    }


def intervals(classifier: Classifier, rows: Rows, scored: Contestant) -> Scores:
    """Return each score with its interval, as far as these rows tell: a ranking needs two classes."""
    if rows.features.empty:
        return {}
    classes = tuple(sorted({*rows.classes, *scored.classes}))
    target, scored = rows.among(classes).target.to_numpy(np.float64), scored.among(classes)
    probability, decision = scored.probability, scored.decision
    if classes:
        decision = np.eye(len(classes))[decision.astype(np.intp)]
    draws = gate.bootstrap(classifier.gate, entities(classifier, rows))
    scores = {
        "log_loss": evaluate.mean_interval(evaluate.log_losses(target, probability), draws),
        "brier": evaluate.mean_interval(evaluate.brier_scores(target, probability), draws),
        "f1": evaluate.f1_interval(target, decision, draws),
    }
    if evaluate.seen_on_both_sides(target, probability):
        ranking = evaluate.ranking_intervals(target, probability, draws)
        scores |= dict(zip(("roc_auc", "average_precision"), ranking, strict=True))
        scores["calibration_slope"] = evaluate.calibration_slope(target, probability, draws)
    return scores
