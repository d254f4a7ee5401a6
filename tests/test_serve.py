"""`tidemill serve`: the server with its UI, the deployment on its schedule, and their end."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from flows.errors import TidemillError
from flows.prefect_server import answers, server
from tests.place import Finished, Place


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_deployment_runs_on_schedule_until_ctrl_c_ends_it_and_its_server(
    finished: Finished, place: Place, port: int
) -> None:
    place.continue_from(finished.place)
    command = [sys.executable, "-m", "flows", "serve", "--port", str(port), "--cron", "* * * * *"]
    environment = place.environment() | {"PREFECT_HOME": str(place.folder / "prefect"), "NO_COLOR": "1"}
    with (place.folder / "printed").open("w") as printed:
        serving = subprocess.Popen(command, env=environment, stdout=printed, stderr=subprocess.STDOUT)
    try:
        _wait_for_a_scheduled_run(place, serving)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
            assert b"Prefect" in page.read()
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(timeout=120)
    assert not answers(f"http://127.0.0.1:{port}")
    assert "Traceback" not in (place.folder / "printed").read_text()
    assert "'run/tidemill' runs at * * * * *" in (place.folder / "printed").read_text()
    assert serving.returncode == 0


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
        with pytest.raises(TidemillError, match="is the port taken"), server(port):
            pass
