"""The endpoint as a process: redeployed under load, asked on the wire, refused where it has no token, and ended."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from flows.endpoint.limits import Limits
from flows.endpoint.run import run
from flows.errors import DeclarationError
from flows.settings import Settings
from flows.store import writing
from tests.asking import PATH, opened, predict

ROW = {"age": 30.5, "city": "Ulm"}
BODY = json.dumps({"rows": [ROW]})
# Looks at the store much more often than every second, and ends by itself should nobody else end it.
WATCHFUL = (
    "import signal; signal.alarm(120); from flows.endpoint.run import Limits, run; run('127.0.0.1', 0, Limits(), 0.01)"
)


@contextmanager
def live(settings: Settings, *command: str) -> Iterator[int]:
    """Run an endpoint, give its port, and end it; it has to end well."""
    environment = os.environ | {"TIDEMILL_MODELS_STORE": str(settings.models_store)}
    process = subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"endpoint: http://127.0.0.1:(\d+) answers for leaving\n", said)
        assert found, said + process.communicate(timeout=30)[1]
        yield int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        printed, wrong = process.communicate(timeout=30)
    assert (process.returncode, printed) == (0, "") and "Traceback" not in wrong, wrong


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


class Load(threading.Thread):
    """Asks for one row again and again, and counts what is answered."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.answers: Counter[str] = Counter()
        self.stop = threading.Event()
        self._port = port

    def run(self) -> None:
        connection = connect(self._port)
        while not self.stop.is_set():
            try:
                status, answer = ask(connection, "POST", PATH, BODY)
                said = (answer["version"], answer["predictions"][0]["probability"]) if status == 200 else answer
            except (OSError, http.client.HTTPException, ValueError) as error:
                status, said = 0, repr(error)
            self.answers[json.dumps([status, said])] += 1
            self.stop.wait(0.002)  # leaves the cores to the redeployments, which take the longest
        connection.close()


def test_no_request_fails_or_sees_a_mixed_model_through_100_redeployments(own_leaving: Settings) -> None:
    expected = []
    for version in (2, 1):
        writing.swap(own_leaving, "leaving", version)
        answer = predict(opened(own_leaving), ROW)
        expected.append(json.dumps([200, (version, answer["predictions"][0]["probability"])]))
    with live(own_leaving, "-c", WATCHFUL) as port:
        loads = [Load(port), Load(port)]
        for each in loads:
            each.start()
        for number in range(100):
            redeploy(own_leaving, port, 2 - number % 2)
        for each in loads:
            each.stop.set()
            each.join(timeout=30)
        answers = loads[0].answers + loads[1].answers
    assert answers.keys() == set(expected) and min(answers.values()) > 100


def redeploy(settings: Settings, port: int, version: int) -> None:
    """Swap the link, and wait until the endpoint has verified the version and serves it."""
    writing.swap(settings, "leaving", version)
    deadline = time.monotonic() + 30
    with closing(connect(port)) as connection:
        while (said := ask(connection, "GET", "/health")[1])["classifiers"]["leaving"]["version"] != version:
            assert said["status"] == "ok" and time.monotonic() < deadline, said
            time.sleep(0.01)


def test_the_command_answers_on_the_wire_and_a_body_without_end_is_cut_off(leaving: Settings) -> None:
    with live(leaving, "-m", "flows", "endpoint", "--port", "0", "--max-body-bytes", "10000") as port:
        with closing(connect(port)) as connection:
            assert ask(connection, "POST", PATH, BODY)[0] == 200
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=30) as stream:
            stream.sendall(head.encode() + (b"1000\r\n" + b" " * 4096 + b"\r\n") * 3)
            assert stream.recv(1000).startswith(b"HTTP/1.1 413 ")
        # Nor does it wait for a body that is declared too large.
        with socket.create_connection(("127.0.0.1", port), timeout=30) as stream:
            stream.sendall(head.replace("Transfer-Encoding: chunked", "Content-Length: 99999999").encode())
            assert stream.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_it_does_not_listen_elsewhere_without_a_token(leaving: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDEMILL_TOKEN", raising=False)
    with pytest.raises(DeclarationError, match="set TIDEMILL_TOKEN"):
        run("0.0.0.0", 0, Limits())
