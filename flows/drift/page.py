"""The page of a classifier's drift over its runs, drawn from `records.drift`; replaced whole after each measuring."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise

import duckdb
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flows import drawing
from flows.drift import scores
from flows.drift.measures import Bins
from flows.settings import Settings
from flows.sql import literal

# Of more runs the newest are drawn, of more columns those that moved furthest.
SHOWN_RUNS = 200
SHOWN_COLUMNS = 8
SHOWN_BINS = 12
NAMED_RUNS = 4
QUERY = """
    select
        dense_rank() over (order by measured_at) - 1 as run, measured_at, version, kind, column_name, value_then,
        value_now, size, size_limit, p_value_adjusted, is_alarm, bins
    from records.drift
    where classifier = {classifier} and run_id in (
        select run_id from records.drift where classifier = {classifier}
        group by run_id order by max(measured_at) desc limit {runs}
    )
    order by measured_at, rowid
"""
HEADINGS = ("measure", "then", "now", "size", "limit", "p, corrected", "alarm")


@dataclass(frozen=True)
class Point:
    """One recorded measure, as far as it is drawn."""

    run: int
    measured_at: datetime
    version: int
    kind: str
    column: str | None
    then: float | None
    now: float | None
    size: float
    limit: float
    p_value: float
    is_alarm: bool
    bins: Bins | None

    @property
    def name(self) -> str:
        """Which measure it is."""
        return " ".join([*([self.column] if self.column else []), self.kind.replace("_", " ")])


def draw(settings: Settings, connection: duckdb.DuckDBPyConnection, classifier: str) -> None:
    """Draw the page anew from all that is recorded."""
    path = settings.report_file(classifier)
    path.parent.mkdir(parents=True, exist_ok=True)
    new_file = path.with_suffix(".new")
    new_file.write_bytes(render(classifier, _points(connection, classifier)))
    new_file.replace(path)


def _points(connection: duckdb.DuckDBPyConnection, classifier: str) -> list[Point]:
    rows = connection.execute(QUERY.format(classifier=literal(classifier), runs=SHOWN_RUNS)).fetchall()
    return [Point(*(*measured, _bins(measured[3], bins))) for *measured, bins in rows]


def _bins(kind: str, stored: str | None) -> Bins | None:
    bins = Bins(**json.loads(stored)) if stored else None
    return scores.in_tenths(bins) if bins and kind == "score" else bins


def render(classifier: str, points: Sequence[Point]) -> bytes:
    """Return the page: the newest measures as a table, and all of them in pictures."""
    newest = [each for each in points if each.run == points[-1].run]
    with rc_context(drawing.STYLE):
        picture = drawing.svg(_pictures(points, newest))
    said = f"Version {newest[0].version}, measured at {newest[0].measured_at:%Y-%m-%d %H:%M} UTC"
    return drawing.page(f"{classifier}: drift", f"<p>{said}</p>{picture}{_table(newest)}")


def _table(newest: Sequence[Point]) -> str:
    head = "".join(f"<th>{each}</th>" for each in HEADINGS)
    rows = sorted(newest, key=lambda each: (not each.is_alarm, -each.size / each.limit))
    return f"<table><tr>{head}</tr>{''.join(map(_row, rows))}</table>"


def _row(point: Point) -> str:
    numbers = ("" if each is None else f"{each:.4f}" for each in (point.then, point.now))
    cells = (point.name, *numbers, f"{point.size:.4f}", f"{point.limit:g}", f"{point.p_value:.2g}")
    alarm = "<td><b>alarm</b></td>" if point.is_alarm else "<td></td>"
    return f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in cells)}{alarm}</tr>"


def _pictures(points: Sequence[Point], newest: Sequence[Point]) -> Figure:
    figure = Figure(figsize=(9, 11), layout="constrained")
    (features, missing), (scores, furthest), (labels, losses) = figure.subplots(3, 2)
    _over_runs(features, "Population stability index of each feature", points, "feature", lambda each: each.size)
    _limit(features, newest, "feature")
    _over_runs(missing, "Share of missing values", points, "missing", lambda each: each.now)
    scored, moved, label = (_furthest(newest, kind) for kind in ("score", "feature", "label_rate"))
    _distribution(scores, f"Scores then and now{_of(scored)}", scored)
    _distribution(furthest, f"The feature that moved furthest: {moved[0].column}" if moved else "", moved)
    events = [each for each in points if each.name in {other.name for other in label}]
    _then_and_now(labels, f"Share of events{_of(label)}", events)
    _then_and_now(losses, "Log loss of past predictions", [each for each in points if each.kind == "loss"])
    for axes in (features, missing, labels, losses):
        _dated(axes, points)
    return figure


def _furthest(newest: Sequence[Point], kind: str) -> list[Point]:
    """Return the measure of this kind that moved furthest, if there is any."""
    return sorted((each for each in newest if each.kind == kind), key=lambda each: each.size)[-1:]


def _of(measured: Sequence[Point]) -> str:
    return "".join(f" of {each.column}" for each in measured if each.column)


def _over_runs(
    axes: Axes, title: str, points: Sequence[Point], kind: str, value: Callable[[Point], float | None]
) -> None:
    """Draw one line for each column, and a ring around each alarm."""
    mine = [each for each in points if each.kind == kind]
    largest = {each.column: max(other.size for other in mine if other.column == each.column) for each in mine}
    shown = sorted(largest, key=lambda column: -largest[column])[:SHOWN_COLUMNS]
    for column in shown:
        line = [each for each in mine if each.column == column]
        axes.plot([each.run for each in line], list(map(value, line)), ".-", label=drawing.plain(column))  # type: ignore[arg-type]
    alarms = [each for each in mine if each.is_alarm and each.column in shown]
    _ringed(axes, alarms, value)
    _finished(axes, title, bool(mine))


def _ringed(axes: Axes, alarms: Sequence[Point], value: Callable[[Point], float | None]) -> None:
    if alarms:
        at, values = [each.run for each in alarms], [value(each) for each in alarms]
        axes.plot(at, values, "o", markersize=9, fillstyle="none", color="tab:red", label="alarm")  # type: ignore[arg-type]


def _limit(axes: Axes, newest: Sequence[Point], kind: str) -> None:
    for limit in {each.limit for each in newest if each.kind == kind}:
        axes.axhline(limit, color="grey", linewidth=0.8, linestyle="--")


def _then_and_now(axes: Axes, title: str, mine: Sequence[Point]) -> None:
    """Draw what was promised and what came, over the runs."""
    at = [each.run for each in mine]
    axes.plot(at, [each.then for each in mine], ".--", color="grey", label="then")  # type: ignore[arg-type]
    axes.plot(at, [each.now for each in mine], ".-", color="tab:blue", label="now")  # type: ignore[arg-type]
    _ringed(axes, [each for each in mine if each.is_alarm], lambda each: each.now)
    _finished(axes, title, bool(mine))


def _finished(axes: Axes, title: str, is_drawn: bool) -> None:
    axes.set_title(drawing.plain(title))
    if not is_drawn:
        axes.text(0.5, 0.5, "not measured yet", ha="center", transform=axes.transAxes)
        axes.set_yticks([])
        return
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=7)


def _dated(axes: Axes, points: Sequence[Point]) -> None:
    """Name some of the runs by their days, equally far apart, and mark those that had another version deployed."""
    days = {each.run: f"{each.measured_at:%Y-%m-%d}" for each in points}
    named = sorted(days)[:: max(1, len(days) // NAMED_RUNS)]
    axes.set_xticks(named, [days[run] for run in named], fontsize=7)
    axes.set_xlim(-0.5, max(days) + 0.5)
    deployed = [max(each.version for each in points if each.run == run) for run in sorted(days)]
    for run, (before, after) in enumerate(pairwise(deployed), start=1):
        if before != after:
            axes.axvline(run - 0.5, color="grey", linewidth=0.8)
            axes.text(run - 0.45, 0.95, f"version {after}", transform=axes.get_xaxis_transform(), va="top", fontsize=7)


def _distribution(axes: Axes, title: str, measured: Sequence[Point]) -> None:
    """Draw the share of each bin, then and now; of many categories the most frequent ones."""
    bins = measured[0].bins if measured else None
    if bins is None:
        _finished(axes, title, False)
        return
    then, now = ([rows / max(sum(side), 1) for rows in side] for side in (bins.then, bins.now))
    places = sorted(sorted(range(len(then)), key=lambda place: -max(then[place], now[place]))[:SHOWN_BINS])
    for offset, shares, label, color in ((-0.2, then, "then", "lightgrey"), (0.2, now, "now", "tab:blue")):
        axes.bar(
            [row + offset for row in range(len(places))],
            [shares[each] for each in places],
            0.4,
            label=label,
            color=color,
        )
    axes.set_xticks(range(len(places)), [_bin(bins.names[each]) for each in places], rotation=45, ha="right")
    axes.set_title(drawing.plain(title))
    axes.legend(frameon=False, fontsize=7)


def _bin(name: str | None) -> str:
    """Return a bin's name: up to which number, or which category."""
    if name is None:
        return "(missing)"
    try:
        return f"≤ {float(name):.3g}"
    except ValueError:
        return drawing.plain(name)
