"""Which customer's record carries which fault: decided by the customer's number, so that the counts are exact."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PERIOD = 200
# Even numbers belong to the London office, odd ones to Munich. Every fault has residues of its own: no record has two.
ACCOUNT_FAULTS = {
    "duplicate_inside": (3, 4),
    "duplicate_across": (17, 18),
    "newer_version": (29, 30),
    "too_few_fields": (41, 42),
    "too_many_fields": (53, 54),
    "undecodable": (68,),
    "impossible_date": (79, 80),
    "impossible_number": (97, 98),
    "not_available": (109, 110),
    "blank": (113, 114),
    "stray_spaces": (127, 128),
    "mixed_case": (131, 132),
}
OTHER_FAULTS = {
    "missing_in_activity": (149, 150),
    "plan_mismatch": (161, 162),
    "missing_in_billing": (171, 172),
    "broken_json": (181, 182),
}
_BY_RESIDUE = {residue: fault for fault, residues in {**ACCOUNT_FAULTS, **OTHER_FAULTS}.items() for residue in residues}


def fault_of(number: int) -> str | None:
    """Return the fault of this customer's record, None for most."""
    return _BY_RESIDUE.get(number % PERIOD)


@contextmanager
def arriving(path: Path) -> Iterator[IO[bytes]]:
    """Write a file under a temporary name and rename it, so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as stream:
        yield stream
    unfinished.replace(path)
