"""Places that break off, say little of their files or turn one away: no half file, nothing lost, the problem named."""

import socket
import struct
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from flows.declaration import Source
from flows.ingest.places import retries
from flows.settings import Settings
from tests import servers
from tests.ingesting import GOOD, ORDERS, ask, put, rows, run_ingest

OTHER = GOOD.replace("1,", "3,").replace("2,", "4,")
SECRET = servers.PASSWORD


class Unreliable(servers.Handler):
    """Wants a password, breaks off in the middle of some files, and tells neither size, time nor version of others."""

    def do_GET(self) -> None:
        if b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode() != f"mill:{SECRET}":
            self.send_error(401)
        elif "cut" not in self.path and "bare" not in self.path:
            super().do_HEAD() if self.command == "HEAD" else super().do_GET()
        else:
            content = Path(self.translate_path(self.path)).read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/csv")
            self.send_header("Connection", "close")
            if "cut" in self.path:
                self.send_header("Content-Length", str(len(content)))
                content = content[:-5]
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)
                self._end()

    do_HEAD = do_GET

    def _end(self) -> None:
        self.close_connection = True
        if "reset" in self.path:
            self.wfile.flush()
            reset(self.connection)


class PassingTrouble(servers.Handler):
    """Resets the first connection of each file in its middle, or is out of order at first."""

    asked: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        self.asked[self.path] += 1
        if self.path.endswith("/") or self.asked[self.path] > 1:
            super().do_GET()
        elif "busy" in self.path:
            self.send_error(503)
        else:
            content = Path(self.translate_path(self.path)).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            reset(self.connection)
            self.close_connection = True

    def do_HEAD(self) -> None:
        self.asked[f"HEAD {self.path}"] += 1
        if "busy" in self.path and self.asked[f"HEAD {self.path}"] == 2:
            self.send_error(500)
        else:
            super().do_HEAD()


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "BACKOFF_SECONDS", 0.01)


def test_a_place_that_breaks_off_in_mid_file_or_is_out_of_order_is_asked_again_in_the_same_run(
    settings: Settings,
) -> None:
    for number in range(4):
        put(
            settings,
            f"{'busy' if number % 2 else 'reset'}_{number}.csv",
            "order_id,customer,note\n" + f"{number},Ada,x\n" * 9,
        )
    with servers.web(settings.landing, PassingTrouble) as port:
        assert run_ingest(settings, replace(ORDERS, location=f"http://127.0.0.1:{port}/orders/*.csv")).problems == ()
    assert ask(settings, "select action, loaded_records from records.file_loads") == [("loaded", 9)] * 4


def test_an_ftp_server_that_breaks_off_in_mid_file_is_asked_again_over_a_new_connection(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILL_PASSWORD", SECRET)
    content = "order_id,customer,note\n" + "".join(f"{number},Ada,x\n" for number in range(200_000))
    put(settings, "a.csv", content)
    with servers.ftp(settings.landing, is_breaking=True) as port:
        location = f"ftp://{servers.USER}:${{MILL_PASSWORD}}@127.0.0.1:{port}/orders/*.csv"
        assert run_ingest(settings, replace(ORDERS, location=location)).problems == ()
    assert ask(settings, "select action, loaded_records from records.file_loads") == [("loaded", 200_000)]


@pytest.fixture
def unreliable(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    monkeypatch.setenv("MILL_PASSWORD", SECRET)
    put(settings, "whole.csv", GOOD)
    with servers.web(settings.landing, Unreliable) as port:
        yield replace(ORDERS, location=f"http://mill:${{MILL_PASSWORD}}@127.0.0.1:{port}/orders/*.csv")


@pytest.mark.parametrize("name", ["cut.csv", "cut_by_reset.csv"])
def test_a_file_that_breaks_off_is_no_half_file_and_is_tried_again(
    settings: Settings, unreliable: Source, name: str
) -> None:
    path = put(settings, name, OTHER)
    problems = run_ingest(settings, unreliable).problems
    assert len(problems) == 1
    assert f"{name}: it could not be read" in problems[0]
    assert [row[0] for row in rows(settings)] == ["1", "2"]
    assert ("failed",) in ask(settings, "select action from records.file_loads")
    path.rename(path.with_name("mended.csv"))
    assert run_ingest(settings, unreliable).problems == ()
    assert [row[0] for row in rows(settings)] == ["1", "2", "3", "4"]


def test_a_file_whose_place_tells_nothing_of_it_is_fetched_again_and_known_by_its_content(
    settings: Settings, unreliable: Source
) -> None:
    path = put(settings, "bare.csv", OTHER)
    one = replace(unreliable, location=unreliable.location.replace("*.csv", "bare.csv?token=${MILL_PASSWORD}"))
    for expected in (1, 1):
        summary = run_ingest(settings, one)
        assert (summary.problems, summary.sources[0].files_new) == ((), expected)
    path.write_text(OTHER.replace("Ada", "Ann"))
    run_ingest(settings, one)
    assert ask(settings, "select action, modified_at, version from records.file_loads order by load_id") == [
        ("loaded", None, None),
        ("skipped_same_content", None, None),
        ("loaded", None, None),
        ("superseded", None, None),
    ]
    assert ask(settings, "select distinct name from records.files") == [("bare.csv",)]


def test_a_wrong_password_and_a_page_without_links_are_problems(
    settings: Settings, unreliable: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.landing / "empty").mkdir()
    no_links = replace(unreliable, location=unreliable.location.replace("orders/", "empty/"))
    assert "no page that links to files" in run_ingest(settings, no_links).problems[0]
    monkeypatch.setenv("MILL_PASSWORD", "wrong")
    assert "401" in run_ingest(settings, unreliable).problems[0]


def test_an_error_of_a_library_is_told_without_the_secret_in_it(settings: Settings, unreliable: Source) -> None:
    address = unreliable.location.replace("mill:", "another:").replace("*.csv", "whole.csv?token=${MILL_PASSWORD}")
    problems = run_ingest(settings, replace(unreliable, location=address)).problems
    assert "401" in problems[0]
    assert "whole.csv?***'" in problems[0]
    assert "s3cret" not in problems[0]
