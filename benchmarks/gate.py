"""How often the gate errs: simulated challengers, judged by the gate's defaults and by 'new F1 > old F1'.

Run `python benchmarks/gate.py [REPLICATIONS]`; the default is 300, a third of them at 10,000 rows. Arrays only, no
model is fitted: a row's chance is logit(p) = -1.5 + x1 + x2 + x3, a model knows some of the x and is
calibrated for what it knows. Nothing here is asserted.

* a better challenger knows x1, x2 and x3, the champion x1 and x2; a worse one knows x1 alone
* a poisoned challenger is the better one fitted where 20 % of the labels are flipped: it says 0.2 + 0.6 p for p
* the anchor set has 1,000 clean rows of its own
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import expit
from sklearn.metrics import f1_score

sys.path.insert(0, str(Path(__file__).parent.parent))
from flows import gate
from flows.declaration import Gate
from flows.evaluate import Array
from flows.gate import Contest, Contestant

ROWS = (30, 100, 300, 1000, 10_000)
SPREADS = np.array([1.2, 0.6, 0.6])
ANCHOR_ROWS = 1000
FLIPPED = 0.2


@dataclass(frozen=True)
class Scenario:
    """Which challenger stands against the champion, and whether the held-out labels are poisoned too."""

    name: str
    challenger: Callable[[Array], Array]
    is_better: bool
    is_held_out_poisoned: bool = False


def knowing(known: int, x: Array) -> Array:
    """Return the chance given the first x; what is unknown pulls it towards a half (MacKay 1992)."""
    unknown = (SPREADS[known:] ** 2).sum()
    return np.asarray(expit((-1.5 + x[:, :known].sum(axis=1)) / np.sqrt(1 + np.pi * unknown / 8)))


def poisoned(x: Array) -> Array:
    return FLIPPED + (1 - 2 * FLIPPED) * knowing(3, x)


SCENARIOS = (
    Scenario("better", lambda x: knowing(3, x), True),
    Scenario("worse", lambda x: knowing(1, x), False),
    Scenario("poisoned in training", poisoned, False),
    Scenario("poisoned in training and held out", poisoned, False, True),
)


def contest(random: np.random.Generator, rows: int, scenario: Scenario, is_poisoned: bool) -> Contest:
    x = random.normal(size=(rows, 3)) * SPREADS
    target = random.random(rows) < expit(-1.5 + x.sum(axis=1))
    target ^= (random.random(rows) < FLIPPED) & is_poisoned
    champion = Contestant("the champion", knowing(2, x), is_deployed=True)
    return Contest(target.astype(np.float64), Contestant("the challenger", scenario.challenger(x)), champion)


def promotions(random: np.random.Generator, rows: int, scenario: Scenario) -> tuple[bool, bool, bool]:
    """Tell who promotes the challenger: the gate, the gate with an anchor set, the naive rule."""
    held_out = contest(random, rows, scenario, scenario.is_held_out_poisoned)
    anchor = contest(random, ANCHOR_ROWS, scenario, False)
    alone = gate.judge(Gate(), held_out).is_promotion
    anchored = alone and gate.judge(Gate(), replace(held_out, anchor=anchor)).is_promotion
    new, old = (
        f1_score(held_out.target, each.decision, zero_division=0.0) for each in (held_out.challenger, held_out.rival)
    )
    return alone, anchored, bool(new > old)


def lines(replications: int) -> Iterator[str]:
    yield "| challenger | error | held-out rows | gate | gate with anchor set | new F1 > old F1 |"
    yield "|---|---|---|---|---|---|"
    for scenario in SCENARIOS:
        for rows in ROWS:
            random = np.random.default_rng(rows)
            times = replications if rows < max(ROWS) else replications // 3
            promoted = np.array([promotions(random, rows, scenario) for _ in range(times)]).mean(axis=0)
            errors = 1 - promoted if scenario.is_better else promoted
            error = "kept back" if scenario.is_better else "promoted"
            yield f"| {scenario.name} | {error} | {rows:,} | {' | '.join(f'{each:.1%}' for each in errors)} |"


def true_improvement(scenario: Scenario) -> float:
    """Return what the challenger gains over the champion on clean rows, in nats of log loss."""
    x = np.random.default_rng(0).normal(size=(1_000_000, 3)) * SPREADS
    chance, new, old = expit(-1.5 + x.sum(axis=1)), scenario.challenger(x), knowing(2, x)
    return float((chance * np.log(new / old) + (1 - chance) * np.log((1 - new) / (1 - old))).mean())


def main() -> None:
    for scenario in SCENARIOS[:3]:
        print(f"{scenario.name}: log loss improves on the champion by {true_improvement(scenario):.4f} in truth")
    for line in lines(int(sys.argv[1]) if len(sys.argv) > 1 else 300):
        print(line, flush=True)


if __name__ == "__main__":
    main()
