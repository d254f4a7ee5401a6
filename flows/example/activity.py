"""`activity.monthly`: one gzipped JSON-lines file a month, nested objects, one line an account."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from flows.example.faults import arriving, fault_of
from flows.example.population import Customer, Population


def write(folder: Path, population: Population, faults: Counter[str]) -> Iterator[Path]:
    """Write the month's file for every account known by then, counting the faults."""
    path = folder / f"activity_{population.period}.jsonl.gz"
    # Without name and time in its header, the same content gives the same bytes.
    with arriving(path) as stream, gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as compressed:
        for customer in population.each(population.known):
            fault = fault_of(customer.number)
            if fault in ("missing_in_activity", "broken_json"):
                faults[fault] += 1
            if fault != "missing_in_activity":
                compressed.write(_line(customer, population, fault))
    yield path


def _line(customer: Customer, population: Population, fault: str | None) -> bytes:
    record = {
        "account": {"id": customer.account_id},
        "period": population.period,
        "usage": {"logins": customer.logins, "minutes": customer.minutes},
        "tickets": customer.tickets,
    }
    line = json.dumps(record)
    return (line[: len(line) // 2] if fault == "broken_json" else line).encode() + b"\n"
