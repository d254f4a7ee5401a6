"""Servers that speak as the clouds' stores do, on loopback over a folder's files; each ends with its context.

Azure's is Microsoft's emulator Azurite, Google's the package gcp-storage-emulator, Hadoop's the few words of WebHDFS
that are needed, written here after Hadoop's own description of them.
"""

import base64
import http.server
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.servers import BUCKET, PASSWORD, USER, in_thread

AZURE_KEY = base64.b64encode(b"a key that is nowhere written").decode()
# A server that its test could not end ends itself.
SECONDS_AT_MOST = "900"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def azure() -> Iterator[str]:
    """Yield the connection string of an Azure Blob Storage with one empty container."""
    from azure.storage.blob import BlobServiceClient

    if not shutil.which("azurite-blob"):
        pytest.skip("Azurite is not installed (npm's package azurite; .ci/services installs it)")
    address = f"http://127.0.0.1:{(port := free_port())}/{USER}"
    switches = ("--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry")
    server = subprocess.Popen(
        ["timeout", SECONDS_AT_MOST, "azurite-blob", *switches, "--blobHost=127.0.0.1", f"--blobPort={port}"],
        env=os.environ | {"AZURITE_ACCOUNTS": f"{USER}:{AZURE_KEY}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = iter(server.stdout or ())
        assert any("successfully listens" in line for line in said)
        secret = f"DefaultEndpointsProtocol=http;AccountName={USER};AccountKey={AZURE_KEY};BlobEndpoint={address};"
        with BlobServiceClient.from_connection_string(secret) as client:
            client.create_container(BUCKET)
        yield secret
    finally:
        server.terminate()
        server.communicate(timeout=20)


def put_blob(secret: str, name: str, content: bytes) -> None:
    from azure.storage.blob import BlobClient

    with BlobClient.from_connection_string(secret, BUCKET, name) as client:
        client.upload_blob(content, overwrite=True)


@contextmanager
def google() -> Iterator[str]:
    """Yield the address of a Google Cloud Storage with one empty bucket; it wants no credentials."""
    emulator = pytest.importorskip("gcp_storage_emulator.server", reason="gcp-storage-emulator is not installed")
    port = free_port()
    with emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET):
        yield f"http://127.0.0.1:{port}"


def put_object(address: str, name: str, content: bytes) -> None:
    import gcsfs

    gcsfs.GCSFileSystem(token="anon", endpoint_url=address).pipe_file(f"{BUCKET}/{name}", content)


class NameNode(http.server.BaseHTTPRequestHandler):
    """Tells of files as Hadoop's name node does, and sends readers on to a data node, which is here as well."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = self.folder / unquote(url.path).removeprefix("/webhdfs/v1").strip("/")
        if "datanode" in asked:
            start = int(asked["offset"])
            self._answer(200, path.read_bytes()[start : start + int(asked["length"])])
        elif self.headers["Authorization"] != f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}":
            self._fail(403, "AccessControlException", "Permission denied")
        elif not path.exists():
            self._fail(404, "FileNotFoundException", f"File {url.path} does not exist.")
        else:
            self._tell(asked["op"], path)

    def _tell(self, operation: str, path: Path) -> None:
        if operation == "OPEN":
            host, port = self.server.server_address[:2]
            self._answer(307, b"", f"http://{host!s}:{port}{self.path}&datanode=1")
        elif operation == "GETFILESTATUS":
            self._answer(200, {"FileStatus": status(path, "")})
        elif operation == "LISTSTATUS":
            listed = (
                [status(each, each.name) for each in sorted(path.iterdir())] if path.is_dir() else [status(path, "")]
            )
            self._answer(200, {"FileStatuses": {"FileStatus": listed}})

    def _fail(self, code: int, exception: str, message: str) -> None:
        self._answer(code, {"RemoteException": {"exception": exception, "javaClassName": "", "message": message}})

    def _answer(self, code: int, content: bytes | dict[str, Any], location: str = "") -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def status(path: Path, name: str) -> dict[str, Any]:
    found = path.stat()
    return {
        "length": 0 if path.is_dir() else found.st_size,
        "modificationTime": found.st_mtime_ns // 1_000_000,
        "owner": USER,
        "pathSuffix": name,
        "permission": "644",
        "replication": 3,
        "type": "DIRECTORY" if path.is_dir() else "FILE",
    }


@contextmanager
def webhdfs(folder: Path) -> Iterator[int]:
    """Yield the port of a Hadoop file system over a folder."""
    handler = type("Handler", (NameNode,), {"folder": folder})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with in_thread(lambda: server.serve_forever(0.05), server.shutdown):
        yield server.server_address[1]
    server.server_close()
