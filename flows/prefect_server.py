"""How this process reaches Prefect: the server it is told of, a live local one, else one started for this run alone.

Must be asked before Prefect is imported, because Prefect reads its settings then. Knows no flow.
"""

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi

from flows.errors import TidemillError

HOST = "127.0.0.1"
LOCAL_SERVER = f"http://{HOST}:4200"
# A server needs 20-33 s on an idle machine with two cores; Prefect's own limit is 20.
STARTUP_SECONDS = 180
ANSWER_SECONDS = 10
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "DO_NOT_TRACK": "1",
    # Tidemill's own lines go to Prefect's run records too; Prefect's go to the terminal only from warnings on.
    "PREFECT_LOGGING_EXTRA_LOGGERS": "tidemill",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}
# As Prefect starts its own temporary servers: without UI and background services.
TEMPORARY = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"}


@dataclass(frozen=True)
class Server:
    """A Prefect server on loopback; `process` is None where somebody else runs it."""

    url: str
    process: "subprocess.Popen[bytes] | None" = None

    def wait(self) -> None:
        """Wait until a server of our own answers.

        Raises
        ------
        TidemillError
            When it ends, or stays silent for too long.
        """
        deadline = time.monotonic() + STARTUP_SECONDS
        while self.process and not answers(self.url):
            if self.process.poll() is not None:
                raise TidemillError(f"Prefect's server at {self.url} ended at once; is the port taken? try another")
            if time.monotonic() > deadline:
                raise TidemillError(f"Prefect's server at {self.url} did not answer within {STARTUP_SECONDS} s")
            time.sleep(0.1)


def reach(kept: Path) -> Server:
    """Point Prefect at a server: the one the user set, else a live local one, else a temporary one.

    A temporary server ends by itself when this process does, however that happens; until it answers (`wait`), there
    is time to load what the flows need. `kept` is a folder for what stays between runs.

    Raises
    ------
    TidemillError
        When nobody answers at the address the user set.
    """
    _quiet()
    reached = _reached()
    os.environ["PREFECT_API_URL"] = f"{reached.url}/api"
    if reached.url.startswith("http://"):
        os.environ.setdefault("PREFECT_API_SSL_CERT_FILE", str(_one_certificate(kept / "certificate.pem")))
    return reached


def _reached() -> Server:
    told = os.environ.get("PREFECT_API_URL")
    if told:
        _refuse_silent(told)
        return Server(told.removesuffix("/api"))
    return Server(LOCAL_SERVER) if answers(LOCAL_SERVER) else _start(_free_port(), TEMPORARY)


def _refuse_silent(api_url: str) -> None:
    """Refuse an address where nobody answers: Prefect itself would try for long and end in a traceback.

    Any answer will do here, also one that asks for a login or a certificate: Prefect knows how to give them.
    """
    try:
        urllib.request.urlopen(f"{api_url}/health", timeout=ANSWER_SECONDS).close()
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", None), ssl.SSLError):
            return
        raise TidemillError(
            f"PREFECT_API_URL={api_url}: no Prefect server answers there ({error}); start it, or unset "
            "PREFECT_API_URL to use a temporary server"
        ) from error


def _one_certificate(path: Path) -> Path:
    """Write a file with a single authority's certificate.

    Prefect reads all authorities anew for each dbt node, also where its server speaks plain HTTP and none is needed;
    that is a large part of a small build's CPU time. Drop this when Prefect no longer does.
    """
    if not path.exists():
        first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(first + end + "\n", encoding="utf-8")
        unfinished.replace(path)
    return path


def answers(url: str) -> bool:
    """Tell whether a Prefect server answers at this address."""
    try:
        with urllib.request.urlopen(f"{url}/api/health", timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@contextmanager
def server(port: int) -> Iterator[str]:
    """Run a Prefect server with its UI on loopback for as long as the context lasts, and yield its address.

    Raises
    ------
    TidemillError
        When the port is taken, or the server does not start.
    """
    url = f"http://{HOST}:{port}"
    if answers(url):
        raise TidemillError(f"serve: a Prefect server already answers at {url}; end it, or choose another --port")
    _refuse_taken(port)
    _quiet()
    started = _start(port, {})
    assert started.process is not None
    try:
        started.wait()
        yield url
    finally:
        started.process.communicate()


def _refuse_taken(port: int) -> None:
    """Refuse a port that cannot be had before Prefect's server, which would say so in a traceback, has started."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server: what was just ended is free
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise TidemillError(f"serve: port {port}: {error.strerror}; choose another --port") from error


def _quiet() -> None:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _start(port: int, environment: dict[str, str]) -> Server:
    inherited = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    own = {"PREFECT_SERVER_API_HOST": HOST, "PREFECT_SERVER_API_PORT": str(port), "PREFECT__SERVER_FINAL": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.prefect_server", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=inherited | own | environment,
        start_new_session=True,  # Ctrl-C is for the flow, which still has to report to the server
    )
    return Server(f"http://{HOST}:{port}", process)


def _serve_until_the_starter_ends(port: int) -> None:
    import uvicorn

    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    uvicorn.run("prefect.server.api.server:create_app", factory=True, host=HOST, port=port, log_level="error")


def _end_with_the_starter() -> None:
    """Wait for the end of stdin, which only the starter holds open."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _serve_until_the_starter_ends(int(sys.argv[1]))
