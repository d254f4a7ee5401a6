"""The project in tests/projects/macros: dbt's own unit tests of each macro, built and run once."""

import os
import subprocess
import sys
from pathlib import Path

from flows.settings import REPOSITORY

PROJECT = REPOSITORY / "tests" / "projects" / "macros"


def dbt(folder: Path, *arguments: str, expect: int = 0) -> str:
    paths = {"--project-dir": PROJECT, "--profiles-dir": REPOSITORY / "dbt_project", "--target-path": folder / "target"}
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments, *(str(word) for pair in paths.items() for word in pair)],
        cwd=REPOSITORY,
        env=os.environ
        | {
            "TIDEMILL_WAREHOUSE": str(folder),
            "DBT_LOG_PATH": str(folder),
            "DO_NOT_TRACK": "1",
            "TIDEMILL_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == expect, done.stdout[-5000:] + done.stderr
    return " ".join(done.stdout.split())


def test_every_unit_test_of_the_macros_passes(tmp_path: Path) -> None:
    assert "ERROR=0" in dbt(tmp_path, "build")


def test_a_build_with_ambiguous_dates_ends_with_what_dbt_was_given_and_the_remedy(tmp_path: Path) -> None:
    printed = dbt(tmp_path, "run", "--select", "ambiguous_dates", "--vars", "{ambiguous: true}", expect=1)
    assert (
        "models/clean/ambiguous_dates.sql: clean: column 'placed_on': 1 values of file 7 can be read both with the day "
        "and with the month first (such as '03/04/2026')"
    ) in printed
    assert "declare which is meant, by 'formats': ['uk'] (day first), ['us'] (month first" in printed
