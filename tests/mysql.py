"""A MariaDB of a test's own, on loopback, ended with it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.cloud_servers import SECONDS_AT_MOST, free_port

PASSWORD = "s3cret/with@signs"
SET_UP = (
    "set time_zone = '+00:00'",
    "create database shop",
    f"create user mill@'127.0.0.1' identified by '{PASSWORD}'",
    "grant select on shop.* to mill@'127.0.0.1'",
    "use shop",
)
SYSTEM = "/usr/sbin:/usr/bin:" + os.environ.get("PATH", "")


@contextmanager
def mysql() -> Iterator["pymysql.Connection[Any]"]:
    """Yield a connection to a new server with one empty database `shop`; its user `mill` has the password above."""
    if not shutil.which("mariadbd", path=SYSTEM):
        pytest.skip("MariaDB is not installed (Debian's package mariadb-server-core; .ci/services installs it)")
    # Not below pytest's folder, which only its owner may enter: MariaDB refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="tidemill-mysql-"))
    owner = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    shutil.chown(folder, owner)
    as_owner: dict[str, Any] = {"user": owner, "cwd": folder, "env": os.environ | {"PATH": SYSTEM, "HOME": str(folder)}}
    places = ("--no-defaults", f"--datadir={folder / 'data'}")
    try:
        install = ("mariadb-install-db", *places, "--skip-test-db", "--auth-root-authentication-method=normal")
        subprocess.run(install, check=True, capture_output=True, timeout=60, **as_owner)
        with _running(places, folder, as_owner) as connection:
            yield connection
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(places: tuple[str, ...], folder: Path, as_owner: dict[str, Any]) -> Iterator["pymysql.Connection[Any]"]:
    address = (f"--port={(port := free_port())}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}")
    switches = ("--innodb-flush-log-at-trx-commit=0", "--sql-mode=", f"--pid-file={folder / 'pid'}")
    command = ("timeout", SECONDS_AT_MOST, "mariadbd", *places, *address, *switches)
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **as_owner)
    try:
        assert any("ready for connections" in line for line in server.stderr or ())
        with pymysql.connect(unix_socket=str(folder / "socket"), user="root", autocommit=True) as root:
            for statement in SET_UP:
                root.cursor().execute(statement)
            root.port = port
            yield root
    finally:
        server.terminate()
        server.communicate(timeout=30)
