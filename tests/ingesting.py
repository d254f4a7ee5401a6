"""A source of orders, and what a test of ingest does: put files in their place, ingest them, ask what came out."""

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from flows import ingest, records, warehouse
from flows.declaration import Declaration, Source
from flows.settings import Settings
from tests import reading

ORDERS = replace(reading.ORDERS, max_rejected=0.5)
GOOD = "order_id,customer,note\n1,Ada,first\n2,Bob,second\n"


def run_ingest(settings: Settings, source: Source = ORDERS) -> ingest.IngestSummary:
    (settings.landing / "orders").mkdir(parents=True, exist_ok=True)
    run = records.Run("run-1", "ingest", "test", records.now())
    return ingest.ingest(settings, Declaration("shop", (source,), ()), run)


def put(settings: Settings, name: str, content: str | bytes) -> Path:
    path = settings.landing / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with warehouse.write(settings) as connection:
        return connection.execute(query).fetchall()


def rows(settings: Settings) -> list[tuple[object, ...]]:
    return ask(settings, "select order_id, customer, note from raw.shop__orders order by _file_id, _row_number")


def zipped(**members: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return buffer.getvalue()


TWO_ROWS = [("1", "Ada", "first"), ("2", "Bob", "second")]
