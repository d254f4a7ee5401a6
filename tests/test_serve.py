"""`tidemill serve`: the server with its UI, the deployment on its schedule, and their end."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from flows.declaration import Declaration
from flows.errors import TidemillError
from flows.prefect_server import answers, reach, server
from flows.serve import schedules
from tests.place import Place


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_deployment_runs_on_the_declared_schedules_until_ctrl_c_ends_it_and_its_server(
    continued: Place, port: int
) -> None:
    place, project = continued, continued.own_project()
    declare(project / "models/marts/_marts__models.yml", "target:", "schedule: '* * * * *'")
    crons = declared_crons(project)
    assert "* * * * *" in crons and len(crons) > 1
    command = [sys.executable, "-m", "flows", "--project", str(project), "serve", "--port", str(port)]
    environment = place.environment() | {"PREFECT_HOME": str(place.folder / "prefect"), "NO_COLOR": "1"}
    with (place.folder / "printed").open("w") as printed:
        serving = subprocess.Popen(command, env=environment, stdout=printed, stderr=subprocess.STDOUT)
    try:
        _wait_for_a_scheduled_run(place, serving)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
            assert b"Prefect" in page.read()
        assert scheduled_crons(port) == crons
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(timeout=120)
    assert not answers(f"http://127.0.0.1:{port}")
    assert "Traceback" not in (place.folder / "printed").read_text()
    assert f"'run/tidemill' runs at {', '.join(crons)}" in (place.folder / "printed").read_text()
    assert serving.returncode == 0


def declare(file: Path, after: str, line: str) -> None:
    """Add a line to a YAML file after the only one that begins with these words, indented as that one."""
    lines = file.read_text(encoding="utf-8").splitlines()
    (place,) = (number for number, each in enumerate(lines) if each.strip().startswith(after))
    indent = lines[place][: -len(lines[place].lstrip())]
    file.write_text("\n".join([*lines[: place + 1], indent + line, *lines[place + 1 :]]), encoding="utf-8")


def declared_crons(project: Path) -> list[str]:
    """Read every schedule as it stands in the project's YAML."""
    texts = [path.read_text(encoding="utf-8") for path in project.glob("models/**/*.yml")]
    return sorted({cron for text in texts for cron in re.findall(r"schedule: ['\"](.+?)['\"]", text)})


def scheduled_crons(port: int) -> list[str]:
    """Ask the server itself on what schedules its only deployment runs."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/deployments/filter", b"{}", {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        (deployment,) = json.load(answer)
    return sorted(each["schedule"]["cron"] for each in deployment["schedules"] if each["active"])


def test_without_a_declared_schedule_the_run_is_hourly() -> None:
    assert schedules(Declaration("tiny", sources=(), classifiers=())) == ["0 * * * *"]


def _wait_for_a_scheduled_run(place: Place, serving: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while "schedule" not in place.tidemill("status"):
        assert serving.poll() is None
        assert time.monotonic() < deadline
        time.sleep(2)


def test_a_taken_port_is_named(port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with (
            pytest.raises(TidemillError, match=f"port {port}: Address already in use; choose another --port"),
            server(port),
        ):
            pass


class AsksForALogin(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(401)

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""


def test_a_server_that_asks_for_a_login_counts_as_one_that_answers(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{port}/api")
    monkeypatch.setenv("PREFECT_API_SSL_CERT_FILE", "")
    with HTTPServer(("127.0.0.1", port), AsksForALogin) as listening, ThreadPoolExecutor() as thread:
        thread.submit(listening.handle_request)
        assert reach(tmp_path).url == f"http://127.0.0.1:{port}"
