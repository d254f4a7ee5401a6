"""The gate: the rules that decide whether a challenger replaces what is deployed. Knows neither files nor records.

`docs/gate.md` lists every rule, its threshold and where the threshold comes from.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from flows import evaluate, targets
from flows.declaration import Gate
from flows.declaration.declared import DriftLimits
from flows.evaluate import Array, Bootstrap, Codes, Interval, McNemar

# Nats of log loss that count as no difference: about a seventieth of what the toss of a fair coin is worth.
MARGIN = 0.01
CALIBRATION = (0.8, 1.25)
# Of fewer events or non-events the bootstrap's interval is too narrow to veto anything.
SLICE_EVENTS = 30
PROMOTED = ("superior", "refresh")


@dataclass(frozen=True)
class Contestant:
    """A model on some rows: its name in messages, its probability of a 1 for each, and where it decides for a 1.

    With `classes`, a row has a probability of each of them, in that order, and the likeliest is decided on.
    """

    name: str
    probability: Array
    threshold: float = 0.5
    is_deployed: bool = False
    classes: tuple[str, ...] = ()

    @property
    def decision(self) -> Array:
        """The model's decision on each row: 0 or 1, or the place of the class."""
        if self.classes:
            return np.argmax(self.probability, axis=1).astype(np.float64)  # type: ignore[no-any-return]
        return (self.probability >= self.threshold).astype(np.float64)

    def among(self, classes: tuple[str, ...]) -> "Contestant":
        """Return it with a probability of each of these classes, 0 where it has not learned the class."""
        if classes == self.classes:
            return self
        wider = np.zeros((len(self.probability), len(classes)))
        wider[:, [classes.index(each) for each in self.classes]] = self.probability
        return replace(self, probability=wider, classes=classes)


@dataclass(frozen=True)
class Contest:
    """The same rows as two models see them.

    `target` is 0 or 1, or the place of the true class among `classes`; `entities` numbers what is drawn as one;
    `slices` marks the rows of each declared slice; `refresh_reasons` says why a challenger that is only no worse may be
    promoted; `rows_sha256` proves frozen rows.
    """

    target: Array
    challenger: Contestant
    rival: Contestant
    entities: Codes | None = None
    slices: Mapping[str, Array] = field(default_factory=dict)
    refresh_reasons: tuple[str, ...] = ()
    anchor: "Contest | None" = None
    rows_sha256: str | None = None
    classes: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows there are of each class (but of those that no row has and none learned), or of events."""
        numbers = targets.counts(self.target, self.classes)
        return {name: number for name, number in numbers.items() if number or name not in self.unlearned}

    @property
    def unlearned(self) -> set[str]:
        """The classes that the challenger never gives a probability."""
        return {name for place, name in enumerate(self.classes) if not self.challenger.probability[:, place].any()}


@dataclass(frozen=True)
class Evidence:
    """What was measured; improvements are in nats of log loss, above zero where the challenger is better.

    `unlearned` counts the rows of classes the challenger has not learned, each at the largest loss there is;
    `class_slopes` are the calibration slopes of each of several classes, at a confidence that holds for all together.
    """

    rows: Mapping[str, int]
    unlearned: Mapping[str, int]
    improvement: Interval
    over_dummy: Interval
    calibration_slope: Interval
    class_slopes: Mapping[str, Interval]
    slices: Mapping[str, Interval]
    flipped: float | None
    mcnemar: McNemar
    anchor: Interval | None
    anchor_sha256: str | None


@dataclass(frozen=True)
class Decision:
    """The gate's answer, the rule that gave it, and what it rests on."""

    decision: str
    rule: str
    reason: str
    evidence: Evidence | None = None

    @property
    def is_promotion(self) -> bool:
        """Tell whether the challenger is to be deployed."""
        return self.decision in PROMOTED


def judge(gate: Gate, contest: Contest) -> Decision:
    """Decide whether the challenger is promoted, by a paired bootstrap on the log loss and a list of vetoes.

    With fewer than `minimum_events` events or non-events, or rows of any class, nothing is measured and decided.
    """
    too_few = _too_few(gate, contest)
    if too_few:
        return too_few
    evidence = _measure(gate, contest)
    vetoes = dict(_vetoes(gate, contest, evidence))
    if vetoes:
        return Decision("keep", next(iter(vetoes)), "; ".join(vetoes.values()), evidence)
    return _compared(contest, evidence)


def settings_sha256(gate: Gate, drift: DriftLimits) -> str:
    """Return the sha256 of all that decides besides the rows: what is declared and what is fixed here."""
    fixed = {"margin": MARGIN, "calibration": CALIBRATION, "slice_events": SLICE_EVENTS}
    # Only where it is a declared reason does drift decide.
    limits = {"drift": asdict(drift)} if "drift" in gate.refresh_on else {}
    return hashlib.sha256(json.dumps(asdict(gate) | fixed | limits, sort_keys=True).encode()).hexdigest()


def dummy(target: Array, why: str = "", classes: tuple[str, ...] = ()) -> Contestant:
    """Return a model that knows the share of events, or of each class, only."""
    if not classes:
        return Contestant(f"the dummy{why}", np.full(len(target), target.mean()) if len(target) else target)
    shares = np.bincount(target.astype(np.intp), minlength=len(classes)) / max(len(target), 1)
    return Contestant(f"the dummy{why}", np.tile(shares, (len(target), 1)), classes=classes)


def bootstrap(gate: Gate, entities: Codes | None = None) -> Bootstrap:
    """Return the draws on which all intervals of a classifier rest."""
    return Bootstrap(gate.bootstrap_rounds, gate.confidence, gate.seed, entities)


def _too_few(gate: Gate, contest: Contest) -> Decision | None:
    counts = contest.counts
    if min(counts.values(), default=0) >= gate.minimum_events:
        return None
    needed = f"{targets.counted(counts, contest.classes)} are held out; {gate.minimum_events} of each are needed"
    return Decision("insufficient_evidence", "minimum_events", needed)


def _measure(gate: Gate, contest: Contest) -> Evidence:
    target, challenger, rival = contest.target, contest.challenger, contest.rival
    draws, flips = bootstrap(gate, contest.entities), challenger.decision != rival.decision
    return Evidence(
        rows=contest.counts,
        unlearned={name: rows for name, rows in contest.counts.items() if name in contest.unlearned},
        improvement=_improvement(draws, contest),
        over_dummy=_improvement(draws, replace(contest, rival=dummy(target, classes=contest.classes))),
        calibration_slope=evaluate.calibration_slope(target, challenger.probability, draws),
        class_slopes=_class_slopes(draws, contest),
        slices=_slices(draws, contest),
        flipped=float(flips.mean()) if rival.is_deployed else None,
        mcnemar=evaluate.mcnemar(target, challenger.decision, rival.decision, gate.confidence, contest.entities),
        anchor=_improvement(bootstrap(gate, contest.anchor.entities), contest.anchor) if contest.anchor else None,
        anchor_sha256=contest.anchor.rows_sha256 if contest.anchor else None,
    )


def _class_slopes(draws: Bootstrap, contest: Contest) -> dict[str, Interval]:
    if not contest.classes:
        return {}
    shared = replace(draws, confidence=1 - (1 - draws.confidence) / len(contest.classes))
    columns = zip(contest.classes, evaluate.one_vs_rest(contest.target, contest.challenger.probability), strict=True)
    judged = {name: column for name, column in columns if 0 < column[0].sum() < len(column[0])}
    return {name: evaluate.calibration_slope(*column, shared) for name, column in judged.items()}


def _slices(draws: Bootstrap, contest: Contest) -> dict[str, Interval]:
    """Return the improvement in each slice that can tell, at a confidence that holds for all of them together."""
    judged = {
        name: chosen
        for name, chosen in contest.slices.items()
        if sorted(targets.counts(contest.target[chosen], contest.classes).values())[-2:][0] >= SLICE_EVENTS
    }
    shared = replace(draws, confidence=1 - (1 - draws.confidence) / max(len(judged), 1))
    return {name: _improvement(shared, contest, chosen) for name, chosen in judged.items()}


def _improvement(draws: Bootstrap, contest: Contest, chosen: Array | None = None) -> Interval:
    losses = evaluate.log_losses(contest.target, contest.rival.probability)
    losses = losses - evaluate.log_losses(contest.target, contest.challenger.probability)
    if chosen is None:
        return evaluate.mean_interval(losses, draws)
    entities = draws.entities if draws.entities is None else np.unique(draws.entities[chosen], return_inverse=True)[1]
    return evaluate.mean_interval(losses[chosen], replace(draws, entities=entities))


def _vetoes(gate: Gate, contest: Contest, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield each rule that forbids the promotion, whatever the mean says, and why."""
    if evidence.over_dummy.lower <= 0:
        yield "dummy", f"not shown to be better than the dummy: log loss improves on it by {evidence.over_dummy}"
    low, high = CALIBRATION
    if not low <= evidence.calibration_slope.estimate <= high:
        yield "calibration_slope", f"calibration slope {evidence.calibration_slope} lies outside {low} to {high}"
    for name, slope in evidence.class_slopes.items():
        if not low <= slope.estimate <= high and not slope.lower <= 1 <= slope.upper:
            yield "calibration_slope", f"calibration slope {slope} of '{name}' lies outside {low} to {high}"
    for name, improvement in evidence.slices.items():
        if improvement.upper < 0 and improvement.estimate < -MARGIN:
            yield "slices", f"clearly worse where {name}: log loss improves by {improvement}"
    if evidence.flipped is not None and evidence.flipped > gate.max_flipped:
        yield "max_flipped", f"{evidence.flipped:.1%} of the decisions flip; {gate.max_flipped:.1%} may"
    if contest.anchor and evidence.anchor and _is_worse(evidence.anchor):
        rival = contest.anchor.rival.name
        yield "anchor", f"worse on the anchor set: log loss improves on {rival} by {evidence.anchor}"


def _is_worse(improvement: Interval) -> bool:
    return improvement.upper < 0 or improvement.estimate < -MARGIN


def _compared(contest: Contest, evidence: Evidence) -> Decision:
    improvement = evidence.improvement
    measured = f"log loss improves on {contest.rival.name} by {improvement}"
    if improvement.lower > 0:
        return Decision("superior", "superior", measured, evidence)
    if contest.refresh_reasons and improvement.lower > -MARGIN and improvement.estimate >= 0:
        reason = f"no worse, and {' and '.join(contest.refresh_reasons)}: {measured}"
        return Decision("refresh", "refresh", reason, evidence)
    return Decision("keep", "superior", f"not shown to be better: {measured}", evidence)
