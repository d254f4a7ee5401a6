"""What the records say of a classifier's versions: their numbers, which one is deployed, and what was decided on each.

A version is known by its pickle's sha256: its number alone would mean another version once the store was emptied.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from flows import records
from flows.sql import literal

# Decisions after which the version is the deployed one; 'promote' was written before promotions were told apart.
DEPLOYS = ("superior", "refresh", "promote", "found")


@dataclass(frozen=True)
class Deployed:
    """The version that was deployed last, by the records."""

    version: int
    model_sha256: str


@dataclass(frozen=True)
class Past:
    """One decision that was made on a version, with the champion and the number of held-out rows of that time."""

    decision: str
    champion_version: int | None
    held_out_rows: int


@dataclass(frozen=True)
class Promised:
    """The log loss (nats) a version had when it was decided on, with its interval, and on how many rows."""

    loss: float
    lower: float
    upper: float
    confidence: float
    rows: int


def last_version(connection: duckdb.DuckDBPyConnection, classifier: str) -> int:
    """Return the highest version the records know, 0 where they know none."""
    # Without parameters, for which DuckDB would import pandas: every run asks, also one with nothing new.
    row = connection.execute(
        "select coalesce(max(version), 0) from (select classifier, version from records.models union all "
        f"select classifier, version from records.deployments) where classifier = {literal(classifier)}"
    ).fetchone()
    assert row is not None
    return int(row[0])


def deployed(connection: duckdb.DuckDBPyConnection, classifier: str) -> Deployed | None:
    """Return the version that was deployed last, None before the first deployment."""
    row = connection.execute(
        "select version, model_sha256 from records.deployments where classifier = ? order by deployed_at desc limit 1",
        [classifier],
    ).fetchone()
    return Deployed(*row) if row else None


def past(connection: duckdb.DuckDBPyConnection, classifier: str, model_sha256: str, gate_sha256: str) -> Sequence[Past]:
    """Return the decisions that were made on this very version under these settings of the gate."""
    rows = connection.execute(
        "select decision, champion_version, held_out_rows from records.models "
        "where classifier = ? and model_sha256 = ? and gate_sha256 = ?",
        [classifier, model_sha256, gate_sha256],
    ).fetchall()
    return [Past(*row) for row in rows]


def recorded_loss(connection: duckdb.DuckDBPyConnection, classifier: str, version: int) -> Promised | None:
    """Return the log loss a version had when it was decided on last, None where no record has it."""
    row = connection.execute(
        "select (metrics ->> '$.log_loss.estimate')::double, (metrics ->> '$.log_loss.lower')::double, "
        "(metrics ->> '$.log_loss.upper')::double, coalesce((gate ->> '$.confidence')::double, 0.95), "
        f"coalesce(held_out_rows, 0) from records.models where classifier = {literal(classifier)} "
        f"and version = {version} and (metrics ->> '$.log_loss.estimate') is not null order by rowid desc limit 1"
    ).fetchone()
    return Promised(*row) if row else None


def refusal(connection: duckdb.DuckDBPyConnection, classifier: str, run_id: str) -> str | None:
    """Return why this run's training was refused, if it was."""
    row = connection.execute(
        "select reason from records.models where run_id = ? and classifier = ? and decision = 'refused'",
        [run_id, classifier],
    ).fetchone()
    return str(row[0]) if row else None


def write(connection: duckdb.DuckDBPyConnection, model: records.Model, deployment: records.Deployment | None) -> None:
    """Write a decision and the deployment it means in one transaction."""
    connection.begin()
    records.add(connection, model)
    if deployment:
        records.add(connection, deployment)
    connection.commit()
