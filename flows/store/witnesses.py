"""The witnesses of one model: its pickle, its SQL and, if it is linear, its coefficients say the same."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from flows.errors import TidemillError
from flows.store import layout
from flows.store.manifest import Manifest, Probe

if TYPE_CHECKING:
    import pandas as pd

# Two ways to compute one probability differ by rounding only.
TOLERANCE = 1e-9
# The probability of a 1, or one of each class.
Answer = float | list[float]


def agree(manifest: Manifest, sql: str | None, coefficients: bytes | None) -> None:
    """Compare what the SQL and the coefficients give for the probe rows with what the pickle gave.

    Raises
    ------
    TidemillError
        When two of them differ by more than 1e-9.
    """
    if sql:
        _same(manifest, layout.SQL_FILE, by_sql(sql, manifest))
    if coefficients:
        _same(manifest, layout.COEFFICIENTS_FILE, by_coefficients(coefficients, manifest))


def _same(manifest: Manifest, witness: str, given: list[Answer]) -> None:
    for probe, probability in zip(manifest.probes, given, strict=True):
        if not is_close(probability, probe.probability):
            raise TidemillError(
                f"{manifest.classifier} version {manifest.version}: {witness} gives {probability!r} for "
                f"{dict(probe.features)}, the pickle {probe.probability!r}; it is not used; this is a defect of "
                f"Tidemill's: report it with the manifest"
            )


def is_close(one: Answer, other: Answer) -> bool:
    """Tell whether two answers differ by rounding only."""
    first, second = (each if isinstance(each, list) else [each] for each in (one, other))
    # Written so that a NaN is a difference too.
    return len(first) == len(second) and all(abs(a - b) <= TOLERANCE for a, b in zip(first, second, strict=True))


def by_sql(sql: str, manifest: Manifest) -> list[Answer]:
    """Return what the SQL gives for the probe rows, in a database that has nothing else and reaches nothing else.

    Raises
    ------
    TidemillError
        When it is not one query over the features, or DuckDB cannot run it.
    """
    where = f"{manifest.classifier} version {manifest.version}: {layout.SQL_FILE}"
    with duckdb.connect() as connection:
        try:
            _refuse_more_than_a_query(connection, sql, where)
            connection.register("features", probe_frame(manifest).assign(**{manifest.key: range(len(manifest.probes))}))
            connection.execute("set enable_external_access = false")
            rows = connection.execute(f"select * from ({sql})").fetchall()
        except duckdb.Error as error:
            raise TidemillError(f"{where}: {error}") from error
    return [_answer(given, manifest.classes) for _, given in sorted(rows, key=lambda row: row[0])]


def _refuse_more_than_a_query(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> None:
    """Refuse what would do more than select once it is put into a larger statement."""
    statements = connection.extract_statements(sql)
    if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
        raise TidemillError(f"{where}: is not one query over the features; it is not run; train again")


def _answer(given: Any, classes: Sequence[str]) -> Answer:
    numbers = [given[name] for name in classes] if classes else [given]
    plain = [float("nan") if each is None else each for each in numbers]
    return plain if classes else plain[0]


def by_coefficients(content: bytes, manifest: Manifest) -> list[Answer]:
    """Return what the coefficients give for the probe rows, by arithmetic alone."""
    formula = json.loads(content)
    if not manifest.classes:
        return [logistic(_score(formula, probe)) for probe in manifest.probes]
    classes = [formula["classes"][name] for name in manifest.classes]
    return [softmax([_score(each, probe) for each in classes]) for probe in manifest.probes]


def _score(formula: Mapping[str, Any], probe: Probe) -> float:
    return float(formula["intercept"]) + math.fsum(_contribution(each, probe) for each in formula["terms"])


def _contribution(term: Mapping[str, Any], probe: Probe) -> float:
    value = probe.features[term["feature"]]
    if "mean" in term:
        number = term["if_missing"] if value is None else float(value)
        return float((number - term["mean"]) / term["scale"] * term["coefficient"])
    is_term = value not in term["all_but"] if "all_but" in term else value == term["category"]
    return float(term["coefficient"]) if is_term else 0.0


def softmax(scores: list[float]) -> list[float]:
    """Return the probability of each class from their scores."""
    largest = max(scores)
    powers = [math.exp(score - largest) for score in scores]
    total = math.fsum(powers)
    return [power / total for power in powers]


def logistic(score: float) -> float:
    """Return the probability of a 1 from its score."""
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))


def probe_frame(manifest: Manifest) -> "pd.DataFrame":
    """Return the probe rows as the table that pipelines take."""
    return feature_frame(manifest, [probe.features for probe in manifest.probes])


def feature_frame(manifest: Manifest, rows: Sequence[Mapping[str, float | str | None]]) -> "pd.DataFrame":
    """Return rows as the table that pipelines take: numbers and booleans as float64, categories as texts."""
    import pandas as pd  # late: a run with nothing new does not load it

    types = {name: "str" if manifest.seen[name].kind == "categorical" else "float64" for name in manifest.features}
    columns = {name: [row[name] for row in rows] for name in types}
    return pd.DataFrame({name: pd.Series(values, dtype=types[name]) for name, values in columns.items()})
