"""Object stores and servers: the same files give the same rows and records wherever they lie."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from moto.s3.models import s3_backends
from s3fs import S3FileSystem

from flows.declaration import Source
from flows.ingest.places import remote
from flows.ingest.places.discover import discover
from flows.settings import Settings
from tests import servers
from tests.ingesting import GOOD, ORDERS, ask, put, rows, run_ingest

OTHER = GOOD.replace("1,", "3,").replace("2,", "4,")
SECRET = servers.PASSWORD
RECORDS = """
    select name, action, size_bytes, content_sha256, loaded_records, quarantined_records, error
    from (select * exclude (size_bytes) from records.files) as files
    right join records.file_loads using (file_id)
    order by load_id
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that every place holds."""
    folder = tmp_path_factory.mktemp("files")
    own = Settings(landing=folder, warehouse=folder / "unused")
    put(own, "a.csv", GOOD)
    put(own, "deep/er/b.csv", OTHER + "5,Ed\n")
    put(own, "deep/bad.csv", "")
    put(own, ".hidden.csv", GOOD)
    put(own, "half.csv.part", GOOD)
    put(own, "deep/er/c [1] #é.csv", GOOD.replace("1,", "7,").replace("2,", "8,"))
    return folder


@pytest.fixture(scope="module")
def locations(folder: Path) -> Iterator[dict[str, str]]:
    """The same folder, served by every kind of server, as locations without wildcards."""
    patch = pytest.MonkeyPatch()
    with ExitStack() as stack:
        stack.callback(patch.undo)
        patch.setenv("MILL_PASSWORD", SECRET)
        patch.setenv("AWS_ACCESS_KEY_ID", "mill")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", stack.enter_context(servers.s3(folder)))
        user = f"{servers.USER}:${{MILL_PASSWORD}}@127.0.0.1"
        yield {
            "local": str(folder),
            "s3": f"s3://{servers.BUCKET}",
            "ftp": f"ftp://{user}:{stack.enter_context(servers.ftp(folder))}",
            "sftp": f"sftp://{user}:{stack.enter_context(servers.sftp(folder))}",
            "http": f"http://{user}:{stack.enter_context(servers.web(folder))}",
        }


ACCOUNT = "123456789012"  # moto's own
PLACES = ["s3", "ftp", "sftp", "http"]


def source_at(locations: dict[str, str], kind: str, pattern: str = "orders/**/*.csv") -> Source:
    return replace(ORDERS, location=f"{locations[kind]}/{pattern}")


@pytest.mark.parametrize("kind", PLACES)
def test_the_same_files_give_the_same_rows_and_records_in_every_place(
    settings: Settings,
    tmp_path: Path,
    locations: dict[str, str],
    kind: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(0)
    local = Settings(warehouse=tmp_path / "local")
    run_ingest(local, source_at(locations, "local"))
    problems = run_ingest(settings, source_at(locations, kind)).problems
    assert len(problems) == 1
    assert "bad.csv: it is empty" in problems[0]
    assert len(rows(local)) == 6
    assert rows(settings) == rows(local)
    assert [row[1:] for row in ask(settings, RECORDS)] == [row[1:] for row in ask(local, RECORDS)]
    assert run_ingest(settings, source_at(locations, kind)).sources[0].files_new == 0
    uris = [str(uri) for (uri,) in ask(settings, "select distinct uri from records.file_loads")]
    assert all(uri.startswith(f"{kind}://") and "@" not in uri for uri in uris)
    written = b"".join(path.read_bytes() for path in settings.warehouse.rglob("*") if path.is_file())
    printed = caplog.text + "".join(capfd.readouterr())
    for secret in (SECRET, "s3cret"):
        assert secret.encode() not in written
        assert secret not in printed


@pytest.mark.parametrize("kind", PLACES)
def test_one_file_can_be_named_outright(settings: Settings, locations: dict[str, str], kind: str) -> None:
    assert run_ingest(settings, source_at(locations, kind, "orders/a.csv")).problems == ()
    assert [row[0] for row in rows(settings)] == ["1", "2"]
    nothing = discover(source_at(locations, kind, "orders/not_there.csv"), settings.landing)
    assert (nothing.files, nothing.problem) == ((), None)


@pytest.mark.parametrize("kind", PLACES)
def test_wildcards_within_one_folder_do_not_reach_below(
    settings: Settings, locations: dict[str, str], kind: str
) -> None:
    listing = discover(source_at(locations, kind, "orders/*.csv"), settings.landing)
    assert [found.name for found in listing.files] == ["a.csv"]


@pytest.mark.parametrize("kind", ["ftp", "sftp", "http"])
def test_a_folder_that_is_not_there_is_no_empty_folder(
    settings: Settings, locations: dict[str, str], kind: str
) -> None:
    listing = discover(source_at(locations, kind, "no_such/*.csv"), settings.landing)
    assert not listing.is_complete
    assert "is not there" in str(listing.problem)


def test_a_file_that_changes_while_it_is_fetched_is_tried_again(
    settings: Settings, locations: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, source = folder / "changing" / "a.csv", source_at(locations, "sftp", "changing/*")
    path.parent.mkdir()
    path.write_text(GOOD)
    download = remote._download
    monkeypatch.setattr(remote, "_download", lambda *_: (download(*_), path.write_text(OTHER + "5,Ed,x\n"))[0])
    assert "changed while it was fetched" in run_ingest(settings, source).problems[0]
    monkeypatch.undo()
    assert run_ingest(settings, source).problems == ()
    assert [row[0] for row in rows(settings)] == ["3", "4", "5"]


def test_a_marker_is_looked_for_in_the_listing(settings: Settings, locations: dict[str, str], folder: Path) -> None:
    for name in ("a.csv", "a.csv.done", "b.csv"):
        (folder / "marked").mkdir(exist_ok=True)
        (folder / "marked" / name).write_text(GOOD)
    for pattern in ("marked/*", "marked/*.csv"):
        source = replace(source_at(locations, "ftp", pattern), options={"done_marker": ".done"})
        found = discover(source, settings.landing).files
        assert [(each.name, each.waits_for) for each in found] == [("a.csv", None), ("b.csv", "b.csv.done")]


def test_an_object_that_is_overwritten_is_loaded_again_and_one_that_is_gone_is_reported(
    settings: Settings, locations: dict[str, str]
) -> None:
    bucket = s3_backends[ACCOUNT]["aws"]
    source = source_at(locations, "s3", "new/*.csv")
    for name, content in (("a", GOOD), ("b", OTHER)):
        bucket.put_object(servers.BUCKET, f"new/{name}.csv", content.encode())
    run_ingest(settings, source)
    bucket.put_object(servers.BUCKET, "new/a.csv", GOOD.replace("Ada", "Ann").encode())
    bucket.delete_object(servers.BUCKET, "new/b.csv")
    run_ingest(settings, source)
    bucket.delete_object(servers.BUCKET, "new/a.csv")
    assert run_ingest(settings, source).problems == ()
    for pattern in ("new/*.csv", "new/**/*.csv", "new/a.csv"):
        no_bucket = replace(source, location=f"s3://no-such-bucket/{pattern}")
        assert "no bucket no-such-bucket" in run_ingest(settings, no_bucket).problems[0]
    assert ask(settings, "select action, uri[-5:] from records.file_loads order by load_id") == [
        ("loaded", "a.csv"),
        ("loaded", "b.csv"),
        ("loaded", "a.csv"),
        ("superseded", "a.csv"),
        ("vanished", "b.csv"),
        ("vanished", "a.csv"),
    ]


@pytest.mark.parametrize("pattern", ["many/*.csv", "many/**/*.csv"])
def test_many_objects_are_listed_a_thousand_at_a_time(
    settings: Settings, locations: dict[str, str], pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2_500):
        s3_backends[ACCOUNT]["aws"].put_object(servers.BUCKET, f"many/{number}.csv", b"x")
    asked, call = [], S3FileSystem._call_s3
    monkeypatch.setattr(S3FileSystem, "_call_s3", lambda *_, **__: (asked.append(1), call(*_, **__))[1])
    assert len(discover(source_at(locations, "s3", pattern), settings.landing).files) == 2_500
    assert len(asked) <= 4


@pytest.mark.parametrize(("kind", "extra"), [("s3", "s3"), ("gs", "gcs"), ("sftp", "sftp"), ("https", "http")])
def test_a_missing_library_is_named_with_its_extra(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, kind: str, extra: str
) -> None:
    implementations = ("fsspec.implementations.sftp", "fsspec.implementations.http")
    for module in ("s3fs", "gcsfs", "paramiko", "aiohttp", *implementations):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(import_module("fsspec.registry")._registry, kind, raising=False)
    listing = discover(replace(ORDERS, location=f"{kind}://host/x/*.csv"), settings.landing)
    assert f"pip install 'tidemill[{extra}]'" in str(listing.problem)
