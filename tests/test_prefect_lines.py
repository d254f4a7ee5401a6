"""What Prefect writes of a run that ended with an error: one line where the user can mend it, a traceback of a bug."""

import logging

import pytest

from flows import prefect_lines
from flows.errors import TidemillError


def lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, logger: str, error: Exception) -> str:
    """What a terminal shows where Prefect logs this error in its way."""
    prefect_lines.say_errors_in_one_line()
    caplog.clear()
    # Once a flow has run in this process, Prefect's own handlers ask for the run that a line belongs to.
    monkeypatch.setattr(logging.getLogger(logger), "handlers", [])
    monkeypatch.setattr(logging.getLogger(logger), "propagate", True)
    with caplog.at_level(logging.INFO):
        try:
            raise error
        except Exception as raised:
            logging.getLogger(logger).exception("Encountered exception during execution: %r", raised)
    return caplog.text


def test_what_the_user_can_mend_is_said_once_and_without_traceback(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = TidemillError("orders.csv: it is 100% empty")
    for logger in ("prefect.flow_runs", "prefect.task_runs"):
        said = lines(caplog, monkeypatch, logger, error)
        assert said.count("orders.csv: it is 100% empty") == 1 and "Traceback" not in said
        assert ("Encountered" in said) == (logger == "prefect.task_runs")
    assert lines(caplog, monkeypatch, "prefect.engine", error) == ""


def test_a_bug_keeps_its_traceback(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    for logger in ("prefect.flow_runs", "prefect.task_runs", "prefect.engine"):
        assert "Traceback" in lines(caplog, monkeypatch, logger, ValueError("a bug"))
