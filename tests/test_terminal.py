"""Long steps: a progress bar on a terminal, plain log lines elsewhere."""

import os
import pty
import subprocess
import sys

from tests.place import Place

BAR, ESCAPE = "\N{BOX DRAWINGS HEAVY HORIZONTAL}", "\x1b["
INGEST = (sys.executable, "-m", "flows", "ingest")


def test_a_terminal_gets_a_bar_with_the_log_lines_above_it_and_a_pipe_gets_the_lines_alone(emptied: Place) -> None:
    place = emptied
    place.tidemill("example", "--customers", "50")
    drawn = on_a_terminal(place)
    assert BAR in drawn and ESCAPE in drawn
    assert "ingest: crm.accounts" in drawn
    piped = place.tidemill("ingest")
    assert BAR not in piped and ESCAPE not in piped
    assert "ingest: crm.accounts" in piped


def on_a_terminal(place: Place) -> str:
    """Run the command with a terminal for its standard error, and return what was drawn there."""
    terminal, its_end = pty.openpty()
    environment = place.environment() | {"TERM": "xterm"}
    running = subprocess.Popen(INGEST, env=environment, stdout=subprocess.DEVNULL, stderr=its_end)
    os.close(its_end)
    drawn = b""
    while chunk := read(terminal):
        drawn += chunk
    os.close(terminal)
    assert running.wait(timeout=60) == 0
    return drawn.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux tells that the other end is closed
        return b""
