"""Single-row requests a second of the endpoint, as a ratio against a FastAPI endpoint that returns a constant.

Run `python benchmarks/endpoint.py [rounds]`. The peer validates the same body with a model of its own and computes
nothing. Both are served by uvicorn in a process each; this process asks them in turns (A B A B …), over one connection.
Printed are the medians of the rounds' ratios, by the clock and by the server's CPU time a request, which other work on
the machine moves less; and p50 and p99 of all requests. Nothing here is asserted.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
REQUESTS = 500
PATH = "/classifiers/leaving/predict"
BODY = json.dumps({"rows": [{"age": 30.5, "city": "Ulm"}]})
PEER = """
import socket
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

class Row(BaseModel):
    age: float | None
    city: str | None
    person_id: str | int | None = None

class Batch(BaseModel):
    rows: list[Row]

class Prediction(BaseModel):
    key: str | int | None
    probability: float
    decision: bool
    warnings: list[str]

class Answer(BaseModel):
    classifier: str
    version: int
    predictions: list[Prediction]

app = FastAPI()
constant = Prediction(key=None, probability=0.5, decision=True, warnings=[])

@app.post("/classifiers/{name}/predict")
async def predict(name: str, batch: Batch) -> Answer:
    return Answer(classifier=name, version=1, predictions=[constant])

with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    print(f"http://127.0.0.1:{listening.getsockname()[1]} listens", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])
"""


@dataclass
class Server:
    """A server process, and what its requests took so far."""

    process: "subprocess.Popen[str]"
    connection: http.client.HTTPConnection
    seconds: list[float] = field(default_factory=list)

    def cpu_seconds(self) -> float:
        """Return the CPU time the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, count: int) -> tuple[float, float]:
        """Ask for one row so many times; return the requests a second, and the CPU seconds."""
        self.connection.close()  # uvicorn does after five idle seconds; the next request opens it again
        cpu, started = self.cpu_seconds(), time.perf_counter()
        for _ in range(count):
            sent = time.perf_counter()
            self.connection.request("POST", PATH, BODY, {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            content = answer.read()
            self.seconds.append(time.perf_counter() - sent)
            if answer.status != 200:
                sys.exit(f"{answer.status}: {content!r}")
        return count / (time.perf_counter() - started), self.cpu_seconds() - cpu

    def percentile(self, share: float) -> float:
        """Return how many milliseconds that share of the requests stayed below."""
        return 1000 * sorted(self.seconds)[int(share * (len(self.seconds) - 1))]


@contextmanager
def running(store: Path, *command: str) -> Iterator[Server]:
    """Run a server, and end it."""
    environment = os.environ | {"TIDEMILL_MODELS_STORE": str(store)}
    process = subprocess.Popen(
        [sys.executable, *command], env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().split("127.0.0.1:")[1].split()[0])
        yield Server(process, http.client.HTTPConnection("127.0.0.1", port, timeout=60))
    finally:
        process.terminate()
        process.wait(timeout=30)


def train_into(folder: Path) -> Path:
    """Deploy a logistic regression on a number and a category, and return its store."""
    from flows.settings import Settings
    from tests.people import publish_people, turn

    settings = Settings(warehouse=folder / "warehouse", models_store=folder / "models_store")
    publish_people(settings)
    turn(settings)
    return settings.models_store


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tidemill-") as folder:
        store = train_into(Path(folder))
        ours = running(store, "-m", "flows", "endpoint", "--port", "0")
        with ours as endpoint, running(store, "-c", PEER) as constant:
            for each in (endpoint, constant):
                each.ask(REQUESTS // 4)
                each.seconds.clear()
            rounds = [(endpoint.ask(REQUESTS), constant.ask(REQUESTS)) for _ in range(ROUNDS)]
            for name, each in (("endpoint", endpoint), ("constant", constant)):
                rate = statistics.median(pair[each is constant][0] for pair in rounds)
                middle, slowest = each.percentile(0.5), each.percentile(0.99)
                print(f"{name}: {rate:,.0f} requests/s, p50 {middle:.2f} ms, p99 {slowest:.2f} ms")
    by_clock = [a[0] / b[0] for a, b in rounds]
    by_cpu = [b[1] / a[1] for a, b in rounds]
    for name, ratios in (("by the clock", by_clock), ("by CPU time", by_cpu)):
        shown = f"{statistics.median(ratios):.2f}x [{min(ratios):.2f}, {max(ratios):.2f}]"
        print(f"single-row requests a second, {name}: {shown} of the constant's")


if __name__ == "__main__":
    main()
