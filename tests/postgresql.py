"""A PostgreSQL of a test's own, on loopback, ended with it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

PASSWORD = "s3cret/with@signs"


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql; .ci/services installs it)")
    return found[-1].parent


@contextmanager
def postgresql() -> Iterator[psycopg.Connection]:
    """Yield a connection to a new, empty cluster; its user `mill` has the password above."""
    programs = _programs()
    # Not below pytest's folder, which only its owner may enter: PostgreSQL refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="tidemill-postgresql-"))
    owner = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(*command: str | Path) -> None:
        subprocess.run(command, user=owner, cwd=folder, check=True, capture_output=True, timeout=60)

    try:
        (folder / "password").write_text(PASSWORD)
        for path in (folder, folder / "password"):
            shutil.chown(path, owner)
        access = ("--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--username=mill")
        call(programs / "initdb", "-D", folder / "data", *access, "--no-sync", "--encoding=UTF8", "--no-locale")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        call(programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
        try:
            address = {"host": "127.0.0.1", "port": port, "user": "mill", "dbname": "postgres"}
            with psycopg.connect(**address, password=PASSWORD, autocommit=True) as connection:
                yield connection
        finally:
            call(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
