"""Small real servers on loopback over a folder of files; each ends with its context."""

import asyncio
import functools
import http.server
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

USER, PASSWORD = "mill", "s3cret/p@ss word"
BUCKET = "tide"


@contextmanager
def s3(folder: Path) -> Iterator[str]:
    """Yield the address of an S3 server whose bucket holds a folder's files; keys of any account are taken."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                client.upload_file(str(path), BUCKET, str(path.relative_to(folder)))
        client.close()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def ftp(folder: Path, is_breaking: bool = False) -> Iterator[int]:
    """Yield the port of an FTP server over a folder; the first connection may break in mid-file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports asyncore
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import DTPHandler, FTPHandler
        from pyftpdlib.servers import FTPServer

    left = [True] * is_breaking

    class Breaking(DTPHandler):  # type: ignore[misc]
        def initiate_send(self) -> None:
            super().initiate_send()
            if self.tot_bytes_sent > 2**17 and left:
                left.pop()
                self.cmd_channel.ioloop.call_later(0, self.cmd_channel.close)

    class Handler(FTPHandler):  # type: ignore[misc]
        authorizer = DummyAuthorizer()
        dtp_handler = Breaking
        use_sendfile = False

    Handler.authorizer.add_user(USER, PASSWORD, str(folder))
    server = FTPServer(("127.0.0.1", 0), Handler)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            server.serve_forever(timeout=0.05, blocking=False)
        server.close_all()

    with in_thread(serve, ended.set):
        yield server.address[1]


@contextmanager
def sftp(folder: Path) -> Iterator[int]:
    """Yield the port of an SFTP server whose root is a folder."""
    import asyncssh

    connections: list[asyncssh.SSHServerConnection] = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    loop, ports, ended = asyncio.new_event_loop(), [], asyncio.Event()
    started = threading.Event()

    async def serve() -> None:
        listener = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            sftp_factory=functools.partial(asyncssh.SFTPServer, chroot=str(folder).encode()),
        )
        ports.append(listener.get_port())
        started.set()
        await ended.wait()
        listener.close()
        await listener.wait_closed()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    with in_thread(run, lambda: loop.call_soon_threadsafe(ended.set)):
        assert started.wait(20)
        yield ports[0]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files and pages that link to them, without a word."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def web(folder: Path, handler: type[http.server.SimpleHTTPRequestHandler] = Handler) -> Iterator[int]:
    """Yield the port of a web server over a folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    with in_thread(lambda: server.serve_forever(0.05), server.shutdown):
        yield server.server_address[1]
    server.server_close()


@contextmanager
def in_thread(serve: Callable[[], object], end: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end()
        thread.join(20)
