"""Clients that keep the endpoint waiting: each is cut off after a while, and none holds up its end."""

import socket
import time
from contextlib import closing

from flows.endpoint import wire
from flows.settings import REPOSITORY, Settings
from tests.asking import PATH
from tests.test_endpoint_live import BODY, ask, connect, live

HURRIED = (
    "import signal; signal.alarm(120); from flows.endpoint import wire; wire.WAIT_SECONDS, wire.CONNECTIONS = {}; "
    "from flows.endpoint.run import Limits, run; run('127.0.0.1', 0, Limits())"
)
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
BEGINNINGS = {
    "nothing": "",
    "half a line": HEAD[:10],
    "half a body": HEAD + BODY[:5],
    "a request and half of the next": HEAD + BODY + HEAD + BODY[:5],
    "half a body of what is refused": HEAD.replace("json", "text") + BODY[:5],
}


def opened(port: int, beginning: str) -> socket.socket:
    stream = socket.socket()
    stream.settimeout(30)
    # Small, so that it is soon full of answers that nobody takes.
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream.connect(("127.0.0.1", port))
    stream.sendall(beginning.encode())
    return stream


def ended(stream: socket.socket) -> bool:
    """Read to the end, whichever way the other side ends it."""
    try:
        while stream.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def test_who_does_not_send_the_rest_of_a_request_or_take_its_answer_is_cut_off(leaving: Settings) -> None:
    with live(leaving, "-c", HURRIED.format("1.0, 100")) as port:
        streams = {name: opened(port, beginning) for name, beginning in BEGINNINGS.items()}
        assert {name for name, stream in streams.items() if ended(stream)} == streams.keys()
        greedy = opened(port, "")
        greedy.settimeout(1)
        try:
            while True:
                greedy.sendall((HEAD + BODY).encode() * 100)
        except TimeoutError:  # it reads no more, because nobody takes its answers
            pass
        greedy.settimeout(30)
        assert ended(greedy)
        with closing(connect(port)) as connection:
            assert ask(connection, "POST", PATH, BODY)[0] == 200
        for stream in (*streams.values(), greedy):
            stream.close()


def test_more_clients_than_it_has_room_for_are_told_so_and_none_holds_up_its_end(leaving: Settings) -> None:
    with live(leaving, "-c", HURRIED.format("60.0, 5")) as port:
        slow = [opened(port, HEAD + BODY[:5]) for _ in range(5)]
        with opened(port, HEAD + BODY) as refused:
            assert refused.recv(1000).startswith(b"HTTP/1.1 503 ")
        for each in slow[:3]:
            each.close()
        with closing(connect(port)) as connection:
            assert ask(connection, "POST", PATH, BODY)[0] == 200
        started = time.monotonic()
    assert time.monotonic() - started < 25
    for each in slow:
        each.close()


def test_the_docs_name_how_long_it_waits_and_for_how_many() -> None:
    said = (REPOSITORY / "docs" / "endpoint.md").read_text()
    assert f"whole after {wire.WAIT_SECONDS:.0f} seconds" in said and f"have {wire.END_SECONDS} seconds" in said
    assert f"more than {wire.CONNECTIONS} connections" in said
