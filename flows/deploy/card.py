"""A version's card: one self-contained page that shows how it scored, beside what was deployed, and what it is made of.

Draws and writes text. Does not decide.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from flows import drawing, store
from flows.evaluate import Array, Interval
from flows.gate import Contest, Decision
from flows.settings import Settings

Scores = Mapping[str, Interval]
CALIBRATION_BINS = 10
SHOWN_COEFFICIENTS = 30
SHOWN_CLASSES = 12


@dataclass(frozen=True)
class Card:
    """What a card shows: held-out labels, each model's probabilities and threshold by name (its own first), and facts.

    With `classes`, labels are places among them and probabilities have a column for each.
    """

    title: str
    decision: str
    reason: str
    facts: Mapping[str, str]
    target: Array
    probabilities: Mapping[str, Array]
    thresholds: Mapping[str, float]
    coefficients: bytes | None = None
    classes: tuple[str, ...] = ()


def render(card: Card) -> bytes:
    """Return the page; without two classes among the held-out rows there is nothing to draw but coefficients."""
    with rc_context(drawing.STYLE):
        pictures = [drawing.svg(each) for each in (*_scores(card), *_coefficients(card))]
    facts = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in card.facts.items())
    decided = f"<p><b>{escape(card.decision)}</b>: {escape(card.reason)}</p>"
    return drawing.page(card.title, f"{decided}<table>{facts}</table>{''.join(pictures)}")


def keep(settings: Settings, judged: store.Manifest, decision: Decision, contest: Contest, scores: Scores) -> None:
    """Draw the card of a version on which a decision was made, and store both beside the version."""
    facts = {name.replace("_", " "): str(interval) for name, interval in scores.items()}
    facts |= {"training rows": f"{judged.training_rows:,}", "held-out rows": f"{len(contest.target):,}"}
    facts |= {"estimator": judged.estimator, "scored by": judged.scored_by, "trained at": judged.trained_at}
    own, rival = f"version {judged.version}", contest.rival.name.partition(",")[0]
    page = render(
        Card(
            title=f"{judged.classifier} {own}",
            decision=decision.decision,
            reason=decision.reason,
            facts=facts,
            target=contest.target,
            probabilities={own: contest.challenger.probability, rival: contest.rival.probability},
            thresholds={own: judged.threshold, rival: contest.rival.threshold},
            classes=contest.classes,
            coefficients=store.load(settings, judged.classifier, judged.version).coefficients,
        )
    )
    metrics = {name: asdict(interval) for name, interval in scores.items()}
    noted = replace(judged, decision=decision.decision, decision_reason=decision.reason, metrics=metrics)
    store.note_decision(settings, noted, page)


def _scores(card: Card) -> Iterator[Figure]:
    if len(set(card.target)) < 2:
        return
    if card.classes:
        yield from (_of_one_class(card, place) for place in _shown(card))
    else:
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        _curves(figure.subplots(1, 3), card.target, card.probabilities)
        yield figure
    size, models = min(3 + 0.5 * len(card.classes), 12), len(card.probabilities)
    figure = Figure(figsize=(size * models, size), layout="constrained")
    for axes, name in zip(figure.subplots(1, models, squeeze=False)[0], card.probabilities, strict=True):
        _confusion(axes, card, name)
    yield figure


def _shown(card: Card) -> list[int]:
    """Return the places of the classes with the most rows, as many as a page takes, in their order."""
    rows = np.bincount(card.target.astype(np.intp), minlength=len(card.classes))
    return sorted(int(each) for each in np.argsort(-rows, kind="stable")[:SHOWN_CLASSES] if rows[each])


def _of_one_class(card: Card, place: int) -> Figure:
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    columns = {name: probability[:, place] for name, probability in card.probabilities.items()}
    _curves(figure.subplots(1, 3), (card.target == place).astype(np.float64), columns)
    figure.suptitle(f"{drawing.plain(card.classes[place])} against the rest")
    return figure


def _curves(places: Sequence[Axes], target: Array, probabilities: Mapping[str, Array]) -> None:
    roc, precision, calibration = places
    for name, probability in probabilities.items():
        false_positive, true_positive, _ = roc_curve(target, probability)
        roc.plot(false_positive, true_positive, label=name)
        precisions, recalls, _ = precision_recall_curve(target, probability)
        # Between two points of this curve there is no straight line (Davis and Goadrich 2006).
        precision.plot(recalls, precisions, label=name, drawstyle="steps-post")
        shares, means = calibration_curve(target, probability, n_bins=CALIBRATION_BINS, strategy="quantile")
        calibration.plot(means, shares, marker="o", label=name)
    for axes in (roc, calibration):
        axes.plot([0, 1], [0, 1], color="grey", linewidth=0.5)
    _titled(roc, "ROC", "false positive rate", "true positive rate")
    _titled(precision, "Precision and recall", "recall", "precision")
    _titled(calibration, "Calibration", "mean probability", "share of events")


def _titled(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set(title=title, xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(frameon=False)


def _confusion(axes: Axes, card: Card, model: str) -> None:
    probability, threshold = card.probabilities[model], card.thresholds[model]
    decided = probability.argmax(axis=1) if card.classes else probability >= threshold
    names = [drawing.plain(each) for each in card.classes] or ["no", "yes"]
    ticks = range(len(names))
    counts = confusion_matrix(card.target, decided, labels=ticks)
    axes.imshow(counts, cmap="Blues", vmin=0, vmax=2 * max(1, int(counts.max())))
    for (row, column), count in np.ndenumerate(counts):
        axes.text(column, row, f"{count:,}", ha="center", va="center")
    title = f"Decisions of {drawing.plain(model)}{'' if card.classes else f' at {threshold:g}'}"
    axes.set(title=title, xlabel="decided", ylabel="true", xticks=ticks, yticks=ticks, yticklabels=names)
    axes.set_xticklabels(names, rotation=90 if len(names) > 2 else 0)


def _coefficients(card: Card) -> Iterator[Figure]:
    """Draw the coefficients, of several classes those of each; a class without any is what the other is against."""
    formula = json.loads(card.coefficients) if card.coefficients else {"classes": {}}
    of_classes = formula.get("classes", {"": formula})
    for name in list(of_classes)[:SHOWN_CLASSES]:
        if of_classes[name]["terms"]:
            yield _weights(of_classes[name], f" of {drawing.plain(name)}" if name else "")


def _weights(formula: Mapping[str, Any], of_class: str) -> Figure:
    """Draw the largest coefficients with their intervals, the largest on top."""
    terms = sorted(formula["terms"], key=lambda each: abs(each["coefficient"]))[-SHOWN_COEFFICIENTS:]
    figure = Figure(figsize=(9, 1 + 0.25 * len(terms)), layout="constrained")
    axes = figure.subplots()
    for row, term in enumerate(terms):
        axes.plot(term["coefficient"], row, "o", color="tab:blue")
        axes.plot([term.get("lower"), term.get("upper")], [row, row], color="tab:blue") if "lower" in term else None
    axes.axvline(0, color="grey", linewidth=0.5)
    axes.set(title=f"Coefficients{of_class} (of scaled numbers), 95 % intervals", yticks=range(len(terms)))
    axes.set_ylim(-0.6, len(terms) - 0.4)
    axes.set_yticklabels([_name(each) for each in terms])
    return figure


def _name(term: Mapping[str, Any]) -> str:
    if "mean" in term:
        name = str(term["feature"])
    elif "all_but" in term:
        name = f"{term['feature']}: any other"
    else:
        name = f"{term['feature']} = {term['category'] if term['category'] is not None else '(missing)'}"
    return drawing.plain(name)
