"""What stands in a file lands as it stands there, whatever the file is called and whatever a reader makes of it."""

import io
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.settings import Settings
from tests.ingesting import ORDERS, ask, put, rows, run_ingest

ANYWHERE = replace(ORDERS, location="orders/**/*")


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"order_id,customer,note\n1,Ada,first\n",
        b'{"order_id": "1", "customer": "Ada", "note": "first"}\n',
        parquet(pa.table({"order_id": ["1"], "customer": ["Ada"], "note": ["first"]})),
    ],
    ids=["csv", "jsonl", "parquet"],
)
def test_a_folder_that_is_called_as_a_column_with_a_value_changes_no_value(settings: Settings, content: bytes) -> None:
    put(settings, "note=folder/shop=2/a", content)

    run_ingest(settings, ANYWHERE)

    assert rows(settings) == [("1", "Ada", "first")]
    assert ask(settings, "from (describe raw.shop__orders) select count(*) where column_name = 'shop'") == [(0,)]
