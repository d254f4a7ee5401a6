"""A run killed at any point leaves nothing that the next run does not mend."""

import pytest

from flows.example import write_example
from tests.place import Finished, Place

# A process that ends itself without a word before the given call of a function.
KILLED_RUN = """
import os, signal, sys
from importlib import import_module
import_module("flows.loop"), import_module("flows.ingest.load")
module, function, nth = sys.modules[sys.argv[1]], sys.argv[2], int(sys.argv[3])
original, calls = getattr(module, function), 0

def killed(*arguments, **options):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **options)

setattr(module, function, killed)
import_module("flows.console").run_flow("run")
"""


@pytest.mark.parametrize(
    ("module", "function", "nth"),
    [
        ("flows.ingest.land", "_record", 2),
        ("flows.publish", "publish_more", 1),
        ("flows.deploy", "_record", 1),
        ("flows.store", "deploy", 1),
        # Each costs two whole runs: the other moments are for `make test-slow`.
        pytest.param("flows.ingest.land", "unchanged", 4, marks=pytest.mark.slow),
        pytest.param("flows.records", "end", 1, marks=pytest.mark.slow),
        pytest.param("flows.transform", "_run_results", 1, marks=pytest.mark.slow),
        pytest.param("flows.publish", "_copy", 3, marks=pytest.mark.slow),
        pytest.param("flows.store.layout", "write_flushed", 2, marks=pytest.mark.slow),
        pytest.param("flows.predict.predictions", "_by_sql", 1, marks=pytest.mark.slow),
    ],
)
def test_a_run_killed_anywhere_leaves_nothing_that_the_next_run_does_not_mend(
    finished: Finished, emptied: Place, module: str, function: str, nth: int
) -> None:
    place = emptied
    write_example(place.landing)
    place.run("-c", KILLED_RUN, module, function, str(nth), expect=-9)
    place.tidemill("run")
    assert place.published() == finished.published
    # Killed while its records were published, the first one's work was complete.
    first = "completed" if function == "publish_more" else "interrupted"
    assert place.ask("select status from records.runs where parent_run_id is null order by started_at") == [
        (first,),
        ("completed",),
    ]
