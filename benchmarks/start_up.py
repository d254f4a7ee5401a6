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
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.costs import Cost, cost_of, in_turn, print_ratios

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

    def run(self, *command: str) -> Cost:
        """Run a Python command line here."""
        environment = os.environ | {
            "TIDEMILL_WAREHOUSE": str(self.folder / "warehouse"),
            "TIDEMILL_MODELS_STORE": str(self.folder / "models_store"),
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
            "DO_NOT_TRACK": "1",
        }
        environment.pop("PREFECT_API_URL", None)
        return cost_of([sys.executable, *command], environment)

    def tidemill(self, *arguments: str) -> Cost:
        """Run a command of Tidemill."""
        return self.run("-m", "flows", *arguments)

    def bare_flow(self) -> Cost:
        """Run the peer."""
        paths = {
            "--project-dir": REPOSITORY / "dbt_project",
            "--profiles-dir": REPOSITORY / "dbt_project",
            "--target-path": self.folder / "warehouse" / "target",
        }
        return self.run("-c", BARE_FLOW, *(str(word) for pair in paths.items() for word in pair))


def compare(title: str, peer: str, ours: Callable[[], Cost], theirs: Callable[[], Cost]) -> None:
    """Run both alternately and print the ratios."""
    print_ratios(in_turn({title: ours, peer: theirs}, ROUNDS), own=title)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tidemill-") as folder:
        place, first_month = Place(Path(folder) / "place"), Path(folder) / "first_month"
        place.tidemill("example")
        place.tidemill("run")
        shutil.copytree(place.folder, first_month, symlinks=True)

        def with_work(measured: Callable[[], Cost]) -> Callable[[], Cost]:
            def measure() -> Cost:
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
