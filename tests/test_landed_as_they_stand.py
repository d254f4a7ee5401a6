"""What stands in a file lands as it stands there, whatever the file is called and whatever a reader makes of it."""

import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.settings import Settings
from tests.ingesting import ORDERS, ask, put, rows, run_ingest

ANYWHERE = replace(ORDERS, location="orders/**/*")


ANY = replace(ORDERS, columns=())


def parquet(table: pa.Table, **options: bool) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
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


FAR = ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", None]
FINE = ["2024-02-29T01:02:03.123456789", "1969-12-31T23:59:59.999999999", None]


@pytest.mark.parametrize(
    ("moments", "unit", "data_type"), [(FAR, "us", "TIMESTAMP"), (FINE, "ns", "TIMESTAMP_NS")], ids=["far", "fine"]
)
def test_old_moments_of_parquet_land_exactly(
    settings: Settings, moments: list[str | None], unit: str, data_type: str
) -> None:
    values = pa.array(np.array(moments, f"datetime64[{unit}]"))
    put(settings, "a", parquet(pa.table({"moment": values}), use_deprecated_int96_timestamps=True))

    run_ingest(settings, ANY)

    typed = "select typeof(moment), replace(moment::varchar, ' ', 'T') from raw.shop__orders order by _row_number"
    landed = ask(settings, typed)
    assert landed == [(data_type, each) for each in moments]


def test_a_file_whose_old_moments_fit_no_unit_is_refused(settings: Settings) -> None:
    columns = {
        name: pa.array(np.array(each, f"datetime64[{unit}]"))
        for name, each, unit in (("a", FAR, "us"), ("b", FINE, "ns"))
    }
    put(settings, "a", parquet(pa.table(columns), use_deprecated_int96_timestamps=True))

    assert "finer than a microsecond" in run_ingest(settings, ANY).problems[0]


def test_intervals_of_parquet_land_as_text(settings: Settings) -> None:
    path = put(settings, "a", b"")
    intervals = "values (1, interval '3 months 5 days 4 seconds'), (2, null), (3, interval '0 days')"
    duckdb.sql(f"copy (select * from ({intervals}) as t (n, held)) to '{path}' (format parquet)")

    run_ingest(settings, ANY)

    landed = ask(settings, "select held, held::interval from raw.shop__orders order by n")
    assert landed == [
        ("3 months 5 days 4000 milliseconds", timedelta(days=95, seconds=4)),
        (None, None),
        ("0 months 0 days 0 milliseconds", timedelta(0)),
    ]


def test_a_decimal_of_too_many_digits_lands_as_text_without_exponent(settings: Settings) -> None:
    values = [Decimal("-0.0000000001"), Decimal("0E-10"), Decimal("1" * 50 + ".5000000000"), None]
    put(settings, "a", parquet(pa.table({"held": pa.array(values, pa.decimal256(76, 10))})))

    run_ingest(settings, ANY)

    landed = ask(settings, "select held from raw.shop__orders order by _row_number")
    assert landed == [("-0.0000000001",), ("0.0000000000",), ("1" * 50 + ".5000000000",), (None,)]
