"""The witnesses of one model: its pickle, its SQL and, if it is linear, its coefficients say the same."""

import json
import math
from collections.abc import Mapping
from typing import Any

import duckdb

from flows.errors import TidemillError
from flows.store import layout, loading
from flows.store.loading import TOLERANCE, Model
from flows.store.manifest import Manifest, Probe

ROW = "_row"
TYPES = {"categorical": "varchar"}


def agree(model: Model) -> None:
    """Compare the witnesses on the probe rows.

    Raises
    ------
    TidemillError
        When two of them differ by more than 1e-9.
    """
    if model.sql:
        _same(model.manifest, layout.SQL_FILE, by_sql(model.sql, model.manifest))
    if model.coefficients:
        _same(model.manifest, layout.COEFFICIENTS_FILE, by_coefficients(model.coefficients, model.manifest))


def _same(manifest: Manifest, witness: str, given: list[float]) -> None:
    for probe, probability in zip(manifest.probes, given, strict=True):
        if not abs(probability - probe.probability) <= TOLERANCE:
            raise TidemillError(
                f"{manifest.classifier} version {manifest.version}: {witness} gives {probability!r} for "
                f"{dict(probe.features)}, the pickle {probe.probability!r}; it is not deployed; this is a defect of "
                f"Tidemill's: report it with the manifest"
            )


def by_sql(sql: str, manifest: Manifest) -> list[float]:
    """Return what the SQL gives for the probe rows.

    Raises
    ------
    TidemillError
        When DuckDB cannot run it.
    """
    with duckdb.connect() as connection:
        try:
            connection.register(
                "probes", loading.probe_frame(manifest).assign(**{manifest.key: range(len(manifest.probes))})
            )
            rows = connection.execute(f"with features as (from probes) select * from ({sql})").fetchall()
        except duckdb.Error as error:
            raise TidemillError(
                f"{manifest.classifier} version {manifest.version}: {layout.SQL_FILE}: {error}"
            ) from error
    return [float("nan") if probability is None else probability for _, probability in sorted(rows)]


def by_coefficients(content: bytes, manifest: Manifest) -> list[float]:
    """Return what the coefficients give for the probe rows, by arithmetic alone."""
    formula = json.loads(content)
    return [_logistic(_score(formula, probe)) for probe in manifest.probes]


def _score(formula: Mapping[str, Any], probe: Probe) -> float:
    return float(formula["intercept"]) + math.fsum(_contribution(each, probe) for each in formula["terms"])


def _contribution(term: Mapping[str, Any], probe: Probe) -> float:
    value = probe.features[term["feature"]]
    if "mean" in term:
        number = term["if_missing"] if value is None else float(value)
        return float((number - term["mean"]) / term["scale"] * term["coefficient"])
    is_term = value not in term["all_but"] if "all_but" in term else value == term["category"]
    return float(term["coefficient"]) if is_term else 0.0


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))
