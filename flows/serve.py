"""Prefect's server with its UI, and the scheduled deployment of `run`, all on loopback, until Ctrl-C.

Knows how both are started and ended. The work itself is the flow `run` in `loop.py`.
"""

import os

from flows import prefect_server, transform
from flows.declaration import Declaration, checks
from flows.settings import Settings

DEFAULT_CRON = "0 * * * *"


def schedules(declaration: Declaration) -> list[str]:
    """Return every cron schedule the sources and classifiers declare, hourly when none does."""
    declared = [each.schedule for each in declaration.sources] + [each.schedule for each in declaration.classifiers]
    return sorted({cron for cron in declared if cron}) or [DEFAULT_CRON]


def serve(port: int, cron: str | None) -> None:
    """Serve until Ctrl-C or SIGTERM ends it.

    Raises
    ------
    DeclarationError
        When a schedule is no cron expression.
    TidemillError
        When the port is taken or the server does not answer.
    """
    asked_for = checks.cron("--cron", cron)
    crons = [asked_for] if asked_for else schedules(transform.read_declaration(Settings()))
    with prefect_server.server(port) as url:
        os.environ["PREFECT_API_URL"] = f"{url}/api"
        print(
            f"serve: Prefect's UI is at {url}, the deployment 'run/tidemill' runs at {', '.join(crons)} (UTC)",
            flush=True,
        )
        from flows import loop

        loop.run.serve(name="tidemill", cron=crons, parameters={"trigger": "schedule"}, limit=1)
