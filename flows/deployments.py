"""What the records say of swaps: which versions were deployed, which preceded which, and what was rolled back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from flows import store, warehouse
from flows.settings import Settings
from flows.sql import literal


@dataclass(frozen=True)
class Swap:
    """One deployment, as it was recorded."""

    version: int
    previous_version: int | None
    kind: str
    model_sha256: str


def history(connection: duckdb.DuckDBPyConnection, classifier: str) -> Sequence[Swap]:
    """Return a classifier's deployments, the oldest first."""
    rows = connection.execute(
        "select version, previous_version, kind, model_sha256 from records.deployments "
        f"where classifier = {literal(classifier)} order by deployed_at"
    ).fetchall()
    return [Swap(*row) for row in rows]


def previous(swaps: Sequence[Swap]) -> int | None:
    """Return the version before the deployed one: the one it replaced when it was promoted, not when rolled back to."""
    promoted = [each for each in swaps if each.version == swaps[-1].version and each.kind != "rollback"]
    return promoted[-1].previous_version if promoted else None


def withdrawn(settings: Settings, classifier: str, version: int) -> str | None:
    """Say it where a version is the very model that was rolled back last, under another number or not."""
    manifest = store.read_manifest(settings, classifier, version)
    with warehouse.write(settings) as connection:
        swaps = history(connection, classifier)
        if not swaps or swaps[-1].kind != "rollback":
            return None
        rows = connection.execute(
            "select training_rows_sha256, estimator, params::varchar from records.models "
            f"where classifier = {literal(classifier)} and version = {swaps[-1].previous_version}"
        ).fetchall()
    same = (manifest.training_rows_sha256, manifest.estimator, json.dumps(dict(manifest.params), sort_keys=True))
    reason = f"fitted on the same rows in the same way as version {swaps[-1].previous_version}, which was rolled back"
    return reason if same in rows else None
