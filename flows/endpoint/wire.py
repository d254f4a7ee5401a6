"""How long a connection may keep the endpoint waiting: uvicorn itself waits for ever for the rest of a request."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# For a whole request, from the connection or the last answer on, and for a client that does not take its answer.
WAIT_SECONDS = 30.0
# A process may often have 1,024 files open; whoever comes later is answered with 503.
CONNECTIONS = 512
# For the answers that are under way when a signal ends the process.
END_SECONDS = 5
RECEIVED = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)


class Impatient(H11Protocol):
    """One connection, which is cut off when its client keeps it waiting too long."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on where the request is not whole."""
        super().data_received(data)
        self._wait_for_the_rest()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of one that was answered before it was whole."""
        super().on_response_complete()
        self._wait_for_the_rest()

    def pause_writing(self) -> None:
        """Wait for the client to take its answer."""
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        """Wait no more for that: it was taken."""
        super().resume_writing()
        self._wait_no_more()
        self._wait_for_the_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait_for_the_rest(self) -> None:
        if self.conn.their_state in RECEIVED:
            self._wait_no_more()
        elif self._deadline is None:
            self._wait()

    def _wait(self) -> None:
        self._wait_no_more()
        self._deadline = self.loop.call_later(WAIT_SECONDS, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
