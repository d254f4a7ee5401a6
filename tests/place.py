"""A place of a test's own where the real command runs: its warehouse, landing folder and models store."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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

    @contextmanager
    def lent(self, kept: Path) -> Iterator["Place"]:
        """Let a test change the place, and put it back: in a copy elsewhere dbt would parse the whole project anew."""
        shutil.copytree(self.folder, kept, symlinks=True)
        try:
            yield self
        finally:
            shutil.rmtree(self.folder)
            kept.rename(self.folder)

    def empty(self) -> None:
        """Remove every file, table, record and model, but not what dbt has parsed."""
        shutil.rmtree(self.folder / "models_store", ignore_errors=True)
        for path in (self.folder / "warehouse").iterdir():
            if path.is_dir() and path.name != "target":
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()

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
    """Where the example has run once, what was printed and published, and the faults that were injected."""

    place: Place
    printed: str
    published: Mapping[str, list[tuple[object, ...]]]
    faults: Mapping[str, int]
