"""How Prefect's log tells of errors: what a user can mend in one line, and a bug with its traceback, as we do."""

import logging

from flows.errors import TidemillError


def say_errors_in_one_line() -> None:
    """Keep the traceback of an error that a user can mend out of Prefect's log, in this process."""
    logging.getLogger("prefect.flow_runs").addFilter(_as_we_say_it)
    logging.getLogger("prefect.task_runs").addFilter(_without_traceback)
    # The engine says once more what the flow run has said.
    logging.getLogger("prefect.engine").addFilter(_is_news)


def _as_we_say_it(record: logging.LogRecord) -> bool:
    if error := _error(record):
        record.msg, record.args = "%s", (error,)
    return _without_traceback(record)


def _without_traceback(record: logging.LogRecord) -> bool:
    if _error(record):
        record.exc_info = None
    return True


def _is_news(record: logging.LogRecord) -> bool:
    return _error(record) is None


def _error(record: logging.LogRecord) -> TidemillError | None:
    error = record.exc_info[1] if record.exc_info else None
    return error if isinstance(error, TidemillError) else None
