"""`billing.exits`: one Parquet file a month with the outcome for every account opened in it, the label's source."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flows.example.faults import arriving, fault_of
from flows.example.population import BLOCK, PLANS, YEAR, Customer, Population

SCHEMA = pa.schema(
    {
        "account_id": pa.string(),
        "plan": pa.string(),
        "has_exited": pa.bool_(),
        "exited_on": pa.date32(),
        "recorded_at": pa.timestamp("us"),
    }
)


def write(folder: Path, population: Population, faults: Counter[str]) -> Iterator[Path]:
    """Write the month's file, counting the accounts it leaves out or knows differently."""
    path = folder / f"exits_{population.period}.parquet"
    with arriving(path) as stream, pq.ParquetWriter(stream, SCHEMA) as writer:
        customers = population.each(population.new)
        # itertools.batched came with Python 3.12; drop when 3.11 is no longer supported.
        while block := list(islice(customers, BLOCK)):
            rows = [_row(each, population, faults) for each in block]
            writer.write_table(pa.Table.from_pylist([row for row in rows if row], SCHEMA))
    yield path


def _row(customer: Customer, population: Population, faults: Counter[str]) -> dict[str, Any] | None:
    fault = fault_of(customer.number)
    if fault in ("missing_in_billing", "plan_mismatch"):
        faults[fault] += 1
    if fault == "missing_in_billing":
        return None
    other_plan = PLANS[(PLANS.index(customer.plan) + 1) % len(PLANS)]
    return {
        "account_id": customer.account_id,
        "plan": other_plan if fault == "plan_mismatch" else customer.plan,
        "has_exited": customer.has_exited,
        "exited_on": date(YEAR, population.month, 15) if customer.has_exited else None,
        "recorded_at": datetime(YEAR, population.month, 28, 23),
    }
