"""dbt's own unit tests of `clean`, and how a build ends where a value could be read in two ways."""

import os
import re
import subprocess
import sys
from pathlib import Path

from flows.settings import REPOSITORY


def test_unit_tests_pass_and_ambiguous_dates_end_the_build_with_what_dbt_shows(tmp_path: Path) -> None:
    environment = os.environ | {"TIDEMILL_WAREHOUSE": str(tmp_path), "DO_NOT_TRACK": "1", "PYTHONPATH": str(REPOSITORY)}
    places = ["--profiles-dir", str(REPOSITORY / "dbt_project"), "--target-path", str(tmp_path / "target")]
    chosen = ["--select", "path:models/clean", "--vars", "{ambiguous: true}", "--log-path", str(tmp_path / "logs")]
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "build", *places, *chosen],
        cwd=REPOSITORY / "tests" / "projects" / "macros",
        env=environment,
        capture_output=True,
        text=True,
    )
    printed = " ".join(re.sub(r"\x1b\[\d+m|^\d\d:\d\d:\d\d", "", done.stdout, flags=re.MULTILINE).split())
    assert done.returncode == 1, printed[-3000:] + done.stderr
    assert "PASS=12 WARN=0 ERROR=1 SKIP=0" in printed, printed[-3000:]
    assert (
        "models/clean/ambiguous_dates.sql: clean: column 'placed_on': 1 value of file 7 can be read both with the day "
        "and with the month first (such as '03/04/2026')"
    ) in printed
    assert "declare which is meant, by 'formats': ['uk'] (day first), ['us'] (month first" in printed
