"""A run needs no Prefect server of anybody's; where a live local one answers, it is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows import prefect_server
from tests.place import Place
from tests.shop import ORDERS, arrive, project_of


def test_the_loop_runs_where_no_server_is_told_of(own_shop: Place) -> None:
    arrive(own_shop, "3.csv", ORDERS.replace("first", "third"))
    environment = {name: value for name, value in own_shop.environment().items() if name != "PREFECT_API_URL"}
    command = [sys.executable, "-m", "flows", "--project", str(project_of(own_shop)), "run"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert own_shop.ask("select status from records.runs where flow = 'transform'") == [("completed",)] * 3


def test_a_live_local_server_is_used(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = prefect_api.removesuffix("/api")
    monkeypatch.setattr(prefect_server, "LOCAL_SERVER", url)
    monkeypatch.setenv("PREFECT_API_SSL_CERT_FILE", "")
    monkeypatch.delenv("PREFECT_API_URL")
    assert prefect_server.reach(tmp_path) == prefect_server.Server(url)
    assert os.environ["PREFECT_API_URL"] == prefect_api
