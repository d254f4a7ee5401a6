"""What work costs, measured alike by every benchmark: CPU and wall-clock seconds, and the peak memory of its process.

Knows processes and ratios, not what is measured, and needs nothing but Python, so that a contestant's environment can
import it. Ways are taken in turn (A B C A B C …) and the median of the ratios of neighbours is told, because absolute
times say little on a shared machine. A child's peak memory begins with its parent's: whoever starts others keeps small.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

UNITS = ("cpu", "wall", "gib")


@dataclass(frozen=True)
class Cost:
    """CPU seconds, wall-clock seconds and peak memory in GiB; `result` is what the work gave, if it tells."""

    cpu: float
    wall: float
    gib: float
    result: str | None = None

    def __str__(self) -> str:
        """Say it on one line."""
        result = "" if self.result is None else f"  {self.result}"
        return f"{self.cpu:,.2f} s CPU  {self.wall:,.2f} s wall  {self.gib:,.2f} GiB{result}"


Costs = dict[str, list[Cost]]


def measure(work: Callable[[], object]) -> Cost:
    """Do the work in this process; the peak memory is that of the process until now."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = work()
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, wall, after.ru_maxrss / 2**20, None if result is None else str(result))


def report(cost: Cost) -> None:
    """Print a cost for `reported_by`."""
    print(json.dumps(asdict(cost)))


def reported_by(command: Sequence[str | os.PathLike[str]]) -> Cost:
    """Run a command that ends with `report`, and so may leave out what comes before, such as imports."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stderr}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def cost_of(command: Sequence[str | os.PathLike[str]], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command and return what its whole process cost, start-up and all; the result is its last line."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        lines = output.read().splitlines()
    if process.returncode:
        sys.exit("\n".join([f"{list(command)[:3]} failed:", *lines]))
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 2**20, lines[-1] if lines else None)


def in_turn(ways: Mapping[str, Callable[[], Cost]], rounds: int) -> Costs:
    """Take each way once a round, and print what it cost."""
    costs: Costs = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(way())
            print(f"  {name:21} {costs[name][-1]}", flush=True)
    return costs


def ratio(own: Sequence[Cost], other: Sequence[Cost], unit: str) -> str:
    """Return the median of the ratios of neighbours, with the smallest and the largest one."""
    ratios = [getattr(one, unit) / getattr(two, unit) for one, two in zip(own, other, strict=True)]
    return f"{unit} {statistics.median(ratios):.2f}x [{min(ratios):.2f}, {max(ratios):.2f}]"


def print_ratios(costs: Costs, own: str) -> None:
    """Print what one way costs against each of the others."""
    for name in costs:
        if name != own:
            print(f"{own} / {name:21} " + "  ".join(ratio(costs[own], costs[name], unit) for unit in UNITS), flush=True)
