"""How the benchmarks measure: processes of their own, in turn, and the median of the ratios of neighbours."""

import json
import subprocess
import sys

import pytest

from benchmarks.costs import Cost, cost_of, measure, ratio, report, reported_by

ALLOCATE = "kept = bytearray(600 * 2**20); print('done')"
REPORT = "from benchmarks.costs import measure, report; taken = 7 * 'x'; report(measure(lambda: taken))"


# In a process of its own: a child's peak begins with its parent's, and the tests here take more than it does.
LARGE_AND_SMALL = f"""
import json, sys
from benchmarks.costs import cost_of
for program in ({ALLOCATE!r}, "print('done')"):
    cost = cost_of([sys.executable, "-c", program])
    print(json.dumps([cost.cpu, cost.wall, cost.gib, cost.result]))
"""


def test_a_process_costs_its_own_cpu_time_and_memory_and_tells_its_last_line() -> None:
    printed = subprocess.run([sys.executable, "-c", LARGE_AND_SMALL], capture_output=True, text=True, check=True).stdout
    large, small = (Cost(*json.loads(line)) for line in printed.splitlines())
    assert 0.58 < large.gib < 0.75
    assert small.gib < 0.2
    assert large.result == "done"
    assert min(small.cpu, small.wall) > 0


def test_what_a_process_reports_is_read_with_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert reported_by([sys.executable, "-c", REPORT]).result == "xxxxxxx"
    report(measure(lambda: None))
    assert '"result": null' in capsys.readouterr().out


def test_a_contestant_that_fails_ends_the_benchmark_with_what_it_said() -> None:
    for run in (cost_of, reported_by):
        with pytest.raises(SystemExit, match="no such table"):
            run([sys.executable, "-c", "raise SystemExit('no such table')"])


def test_a_ratio_is_the_median_of_the_ratios_of_neighbours() -> None:
    own = [Cost(cpu, 1, 1) for cpu in (2.0, 30.0, 4.0)]
    other = [Cost(cpu, 1, 1) for cpu in (1.0, 10.0, 4.0)]
    assert ratio(own, other, "cpu") == "cpu 2.00x [1.00, 3.00]"
