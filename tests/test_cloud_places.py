"""Azure, Google Cloud Storage and Hadoop: listed, read, known again, changed and gone; each against an emulator."""

import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fsspec import get_filesystem_class

from flows.declaration import Source
from flows.ingest.places.discover import discover
from flows.settings import Settings
from tests import cloud_servers, servers
from tests.ingesting import GOOD, ORDERS, ask, rows, run_ingest

OTHER = GOOD.replace("1,", "3,").replace("2,", "4,")
FILES = {
    "orders/a.csv": GOOD,
    "orders/deep/er/b.csv": OTHER + "5,Ed,fifth\n",
    "orders/deep/bad.csv": "",
    "orders/.hidden.csv": GOOD,
    "orders/deep/er/c [1] #é %41.csv": GOOD.replace("1,", "7,").replace("2,", "8,"),
}


@dataclass(frozen=True)
class Cloud:
    """A place that is running: the location of its root, how a file is put there, and what must be written nowhere."""

    location: str
    put: Callable[[str, bytes], object]
    secret: str

    def source(self, pattern: str) -> Source:
        return replace(ORDERS, location=f"{self.location}/{pattern}")


@pytest.fixture(scope="module", params=["az", "gs", "webhdfs"])
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        there = STARTED[request.param](stack, patch, tmp_path_factory.mktemp("files"))
        for name, content in FILES.items():
            there.put(name, content.encode())
        yield there


def _azure(stack: ExitStack, patch: pytest.MonkeyPatch, _: Path) -> Cloud:
    secret = stack.enter_context(cloud_servers.azure())
    patch.setenv("AZURE_STORAGE_CONNECTION_STRING", secret)
    put = lambda name, content: cloud_servers.put_blob(secret, name, content)  # noqa: E731
    return Cloud(f"az://{servers.BUCKET}", put, cloud_servers.AZURE_KEY)


def _google(stack: ExitStack, patch: pytest.MonkeyPatch, _: Path) -> Cloud:
    address = stack.enter_context(cloud_servers.google())
    patch.setenv("STORAGE_EMULATOR_HOST", address)
    patch.setenv("FSSPEC_GS_TOKEN", "anon")
    put = lambda name, content: cloud_servers.put_object(address, name, content)  # noqa: E731
    return Cloud(f"gs://{servers.BUCKET}", put, "no secret is asked for")


def _hadoop(stack: ExitStack, patch: pytest.MonkeyPatch, folder: Path) -> Cloud:
    port = stack.enter_context(cloud_servers.webhdfs(folder))
    patch.setenv("MILL_PASSWORD", servers.PASSWORD)

    def put(name: str, content: bytes) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return Cloud(f"webhdfs://{servers.USER}:${{MILL_PASSWORD}}@127.0.0.1:{port}", put, servers.PASSWORD)


STARTED = {"az": _azure, "gs": _google, "webhdfs": _hadoop}


def test_files_of_a_cloud_are_read_once_and_no_secret_is_written(
    settings: Settings, cloud: Cloud, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    source = cloud.source("orders/**/*.csv")
    problems = run_ingest(settings, source).problems
    assert len(problems) == 1
    assert "bad.csv: it is empty" in problems[0]
    assert [row[0] for row in rows(settings)] == ["1", "2", "3", "4", "5", "7", "8"]
    again = run_ingest(settings, source)
    assert (again.problems, again.sources[0].files_new, again.sources[0].files_found) == ((), 0, 4)
    told = ask(
        settings, "select uri, size_bytes > 0 or uri like '%bad.csv', modified_at is null from records.file_loads"
    )
    assert {row[1:] for row in told} == {(True, False)}
    assert not any("@" in str(row[0]) for row in told)
    written = b"".join(path.read_bytes() for path in settings.warehouse.rglob("*") if path.is_file())
    assert cloud.secret.encode() not in written
    assert cloud.secret not in caplog.text + "".join(capfd.readouterr())


def test_a_changed_file_of_a_cloud_supersedes_itself_and_one_that_is_named_may_be_missing(
    settings: Settings, cloud: Cloud
) -> None:
    cloud.put("new/a.csv", GOOD.encode())
    source = cloud.source("new/a.csv")
    run_ingest(settings, source)
    cloud.put("new/a.csv", GOOD.replace("Ada", "Ann").encode())  # as long as before
    assert run_ingest(settings, source).problems == ()
    actions = ask(settings, "select action from records.file_loads order by load_id")
    assert actions == [("loaded",), ("loaded",), ("superseded",)]
    missing = discover(cloud.source("orders/not_there.csv"), settings.landing)
    assert (missing.files, missing.problem) == ((), None)


def test_wildcards_of_a_cloud_do_not_reach_below_and_what_is_not_there_is_named(
    settings: Settings, cloud: Cloud
) -> None:
    listed = discover(cloud.source("orders/*.csv"), settings.landing)
    assert [found.name for found in listed.files] == ["a.csv"]
    # Folders are only a part of objects' names: without objects there is none, but a bucket must be there.
    gone = cloud.location.replace(servers.BUCKET, "no-such-bucket")
    for pattern in ("no_such/*.csv", "no_such/**/*.csv"):
        nothing = discover(replace(ORDERS, location=f"{gone}/{pattern}"), settings.landing)
        assert "no bucket no-such-bucket" in str(nothing.problem) or "is not there" in str(nothing.problem)


@pytest.mark.parametrize("cloud", ["az", "webhdfs"], indirect=True)
def test_a_wrong_secret_is_a_problem_that_does_not_tell_it(
    settings: Settings, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    wrong = b64encode(b"another key altogether").decode()
    monkeypatch.setenv("MILL_PASSWORD", wrong)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", right.replace(cloud.secret, wrong))
    for kind in ("az", "webhdfs"):
        get_filesystem_class(kind).clear_instance_cache()
    listed = discover(cloud.source("orders/*.csv"), settings.landing)
    assert not listed.is_complete
    assert "denied" in str(listed.problem) or "AuthorizationFailure" in str(listed.problem)
    assert wrong not in str(listed.problem)


def test_hadoops_own_protocol_says_what_it_needs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("ARROW_LIBHDFS_DIR", str(tmp_path))
    said = str(discover(replace(ORDERS, location="hdfs://127.0.0.1:1/x/*.csv"), settings.landing).problem)
    assert "JAVA_HOME" in said
    assert "HADOOP_HOME" in said
    assert "webhdfs://" in said
    assert len(said) < 400
