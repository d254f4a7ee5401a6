"""What a person waits for besides the work itself: Tidemill's start-up as ratios against bare scripts.

Run `python benchmarks/start_up.py`. Each pair runs alternately (A B A B …) and the median of the ratios of neighbours
is printed, because absolute times say little on a shared machine. Nothing here is asserted.

* A run with work (one new month of the example) against one Prefect flow around one in-process `dbt build` of the same
  models, both with a temporary Prefect server and a project that was parsed before.
* A run with nothing new against importing DuckDB.
* `tidemill --help` against importing typer.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
BARE_FLOW = """
import sys
from dbt.cli.main import dbtRunner
from prefect import flow

@flow
def build():
    assert dbtRunner().invoke(["build", "--exclude-resource-type", "unit_test", *sys.argv[1:]]).success

build()
"""


@dataclass(frozen=True)
class Place:
    """A folder with a landing folder, a warehouse and a models store."""

    folder: Path

    def run(self, *command: str) -> float:
        """Run a Python command line here and return its wall-clock seconds."""
        environment = os.environ | {
            "TIDEMILL_WAREHOUSE": str(self.folder / "warehouse"),
            "TIDEMILL_MODELS_STORE": str(self.folder / "models_store"),
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
            "DO_NOT_TRACK": "1",
        }
        environment.pop("PREFECT_API_URL", None)
        started = time.perf_counter()
        done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
        if done.returncode:
            sys.exit(f"{command[:3]} failed:\n{done.stdout}{done.stderr}")
        if "seconds  " in done.stdout:
            print("  " + done.stdout.strip().splitlines()[-1])
        return seconds

    def tidemill(self, *arguments: str) -> float:
        """Run a command of Tidemill and return its seconds."""
        return self.run("-m", "flows", *arguments)

    def bare_flow(self) -> float:
        """Run the peer and return its seconds."""
        paths = {
            "--project-dir": REPOSITORY / "dbt_project",
            "--profiles-dir": REPOSITORY / "dbt_project",
            "--target-path": self.folder / "warehouse" / "target",
        }
        return self.run("-c", BARE_FLOW, *(str(word) for pair in paths.items() for word in pair))


def compare(title: str, peer: str, ours: Callable[[], float], theirs: Callable[[], float]) -> None:
    """Run both alternately and print the median ratio with the smallest and largest one."""
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    ratios = [a / b for a, b in pairs]
    print(f"{title}: {statistics.median(ratios):.2f}x of {peer} [{min(ratios):.2f}, {max(ratios):.2f}]", end="")
    print(
        f" (medians {statistics.median(a for a, _ in pairs):.2f} s and {statistics.median(b for _, b in pairs):.2f} s)",
        flush=True,
    )


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tidemill-") as folder:
        place, first_month = Place(Path(folder) / "place"), Path(folder) / "first_month"
        place.tidemill("example")
        place.tidemill("run")
        shutil.copytree(place.folder, first_month, symlinks=True)

        def with_work(measured: Callable[[], float]) -> Callable[[], float]:
            def measure() -> float:
                shutil.rmtree(place.folder)
                shutil.copytree(first_month, place.folder, symlinks=True)
                place.tidemill("example", "--month", "2")
                return measured()

            return measure

        compare(
            "A run with work",
            "one Prefect flow and one dbt build",
            with_work(lambda: place.tidemill("run")),
            with_work(place.bare_flow),
        )
        place.tidemill("run")
        compare(
            "A run with nothing new",
            "importing DuckDB",
            lambda: place.tidemill("run"),
            lambda: place.run("-c", "import duckdb"),
        )
        compare(
            "tidemill --help",
            "importing typer",
            lambda: place.tidemill("--help"),
            lambda: place.run("-c", "import typer"),
        )


if __name__ == "__main__":
    main()
