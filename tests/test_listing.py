"""Longer proofs, run by `make test-slow`: of 100,000 known files a run with nothing new asks for none by itself."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from tests.servers import in_thread

pytestmark = pytest.mark.slow
FILES, PAGE = 100_000, 1000
CONTENT = b"order_id,customer,note\n1,Ada,first\n"
# Lists a place, records all of it as loaded before, and ingests: in a process of its own, to ask its peak memory.
NOTHING_NEW = """
import json, resource, sys
from dataclasses import replace
from pathlib import Path
import pyarrow
from flows import warehouse
from flows.ingest.places.discover import discover
from flows.settings import Settings
from tests.ingesting import ORDERS, run_ingest
folder, location = sys.argv[1:]
settings = Settings(warehouse=Path(folder) / "warehouse", landing=Path(folder) / "landing", threads=2)
source = replace(ORDERS, location=location)
listed = discover(source, settings.landing).files
told = [
    {"load_id": number, "uri": each.uri, "size_bytes": each.size_bytes, "modified_at": each.modified_at,
     "version": each.version}
    for number, each in enumerate(listed, 1)
]
files = pyarrow.Table.from_pylist(told)
with warehouse.write(settings) as connection:
    connection.execute(
        "insert into records.file_loads by name select *, 'earlier' as run_id, load_id as file_id, "
        "'shop.orders' as source, 'loaded' as action, now()::timestamp as started_at, started_at as ended_at from files"
    )
del files, told, listed
summary = run_ingest(settings, source)
with warehouse.write(settings) as connection:
    row = connection.execute("select count(*) from records.file_loads").fetchone()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
print(json.dumps({"problems": summary.problems, "found": summary.sources[0].files_found,
    "new": summary.sources[0].files_new, "records": row[0], "peak_mib": round(peak)}))
"""


def key(number: int) -> str:
    return f"orders/{number % 100:02}/{number % 7}/er/deep/{number:06}.csv"


class Bucket(http.server.BaseHTTPRequestHandler):
    """Answers S3's ListObjectsV2, a thousand objects at a time; whatever else is asked for is an error."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    keys: list[str]

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.asked.append(self.path)
        wanted = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if wanted.get("list-type") != "2" or "delimiter" in wanted:
            self.send_error(501)
            return
        start = int(wanted.get("continuation-token", "0"))
        body = _page(self.keys, start).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET


def _page(keys: list[str], start: int) -> str:
    more = start + PAGE < len(keys)
    objects = "".join(
        f"<Contents><Key>{escape(each)}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;{hash(each):x}&quot;</ETag><Size>{len(CONTENT)}</Size></Contents>"
        for each in keys[start : start + PAGE]
    )
    then = f"<NextContinuationToken>{start + PAGE}</NextContinuationToken>" if more else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>tide</Name><IsTruncated>{str(more).lower()}</IsTruncated>{then}{objects}</ListBucketResult>"
    )


@contextmanager
def bucket() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a bucket of 100,000 objects, and the list of what it was asked."""
    asked: list[str] = []
    handler = type("Handler", (Bucket,), {"asked": asked, "keys": sorted(map(key, range(FILES)))})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # A test that hangs leaves no server behind.
    stop = threading.Timer(600, server.shutdown)
    stop.daemon = True
    stop.start()
    with in_thread(lambda: server.serve_forever(0.05), server.shutdown):
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    stop.cancel()
    server.server_close()


def nothing_new(folder: Path, location: str) -> dict[str, object]:
    """Return what a run over known files found, and the process's peak memory."""
    command = [sys.executable, "-c", NOTHING_NEW, str(folder), location]
    done = subprocess.run(command, capture_output=True, text=True, timeout=580)
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    print(f"{location}: {told}")
    return told


def check(told: dict[str, object]) -> None:
    assert {name: told[name] for name in ("problems", "found", "new", "records")} == {
        "problems": [],
        "found": FILES,
        "new": 0,
        "records": FILES,
    }
    assert int(str(told["peak_mib"])) < 1024


def test_of_a_hundred_thousand_known_objects_none_is_asked_for_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket() as (address, asked):
        for name, value in (("ENDPOINT_URL", address), ("ACCESS_KEY_ID", "mill"), ("SECRET_ACCESS_KEY", "mill")):
            monkeypatch.setenv(f"AWS_{name}", value)
        check(nothing_new(tmp_path, "s3://tide/orders/**/*.csv"))
        listings = 2  # the one that is recorded as loaded, and the run's
        print(f"{len(asked)} requests for {listings} listings of {FILES:,} objects")
        assert len(asked) == listings * FILES // PAGE


def test_of_a_hundred_thousand_known_local_files_none_is_read(tmp_path: Path) -> None:
    for number in range(FILES):
        path = tmp_path / "landing" / key(number)
        if number < 700:  # 100 times 7 folders
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)
    check(nothing_new(tmp_path, "orders/**/*.csv"))
