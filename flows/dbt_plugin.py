"""What dbt-duckdb does before it connects (`plugins` in profiles.yml): take the writer's lock, ensure the records.

So `dbt build` in a terminal waits while a flow holds the warehouse, and says for whom.
"""

import atexit
from contextlib import ExitStack
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from flows import records, warehouse
from flows.settings import Settings


class Plugin(BasePlugin):
    """Guards the warehouse for as long as dbt's process keeps its connection."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Prepare to hold the lock until the process ends."""
        self._held = ExitStack()
        atexit.register(self._held.close)

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Take the writer's lock before the file is opened, unless this process is the one that holds it."""
        if not warehouse.holds_lock(Settings()):
            self._held.enter_context(warehouse.writer_lock(Settings(), "dbt"))

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Create the record tables that dbt's models read, and use no more of the machine than allowed."""
        warehouse.configure(conn, Settings())
        records.ensure(conn)
