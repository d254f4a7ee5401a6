"""A place of a test's own where the real command runs: its warehouse, landing folder and models store."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

PUBLISHED = {
    "customers": "select * from marts.customers order by account_id",
    "account_coverage": "select * from marts.account_coverage order by account_id",
    "churn_predictions": "select account_id, probability, decision from marts.churn_predictions order by account_id",
}


@dataclass(frozen=True)
class Place:
    """A warehouse, landing folder and models store of a test's own, and how its commands are run."""

    folder: Path
    prefect_api: str

    @property
    def landing(self) -> Path:
        return self.folder / "warehouse" / "landing"

    @property
    def published_file(self) -> Path:
        return self.folder / "warehouse" / "published.duckdb"

    def environment(self) -> dict[str, str]:
        own = {"TIDEMILL_WAREHOUSE": self.folder / "warehouse", "TIDEMILL_MODELS_STORE": self.folder / "models_store"}
        fixed = {"PREFECT_API_URL": self.prefect_api, "TIDEMILL_THREADS": "1"}
        return os.environ | {name: str(path) for name, path in own.items()} | fixed

    def run(self, *command: str, expect: int = 0) -> str:
        """Run a Python command line, check its exit status, and return all it printed."""
        done = subprocess.run(
            [sys.executable, *command], env=self.environment(), capture_output=True, text=True, timeout=300
        )
        assert done.returncode == expect, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def tidemill(self, *arguments: str, expect: int = 0) -> str:
        return self.run("-m", "flows", *arguments, expect=expect)

    def continue_from(self, other: "Place") -> None:
        """Begin where another place has come to."""
        shutil.copytree(other.folder, self.folder, symlinks=True, dirs_exist_ok=True)

    def own_project(self) -> Path:
        """Copy the dbt project here, to be changed."""
        project = self.folder / "dbt_project"
        shutil.copytree(Path("dbt_project"), project, ignore=shutil.ignore_patterns("target", "logs"))
        return project

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(self.published_file, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def published(self) -> dict[str, list[tuple[object, ...]]]:
        return {name: self.ask(query) for name, query in PUBLISHED.items()}


@dataclass(frozen=True)
class Finished:
    """A place where the example has run once, what both commands printed, and the faults that were injected."""

    place: Place
    printed: str
    faults: Mapping[str, int]
