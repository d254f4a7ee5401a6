"""The example's raw files: customer attrition from four sources, messy as life, with every fault counted.

Deterministic: the same customers, seed and month give the same bytes. Streams in blocks, so that memory stays flat for
millions of customers. Knows nothing of how the files are read; the dbt project declares that.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.example import accounts, activity, exits, firms
from flows.example.population import Population

__all__ = ["ExampleSummary", "write_example"]


@dataclass(frozen=True)
class ExampleSummary:
    """The files written and how many faults of each kind stand in them.

    Every fault stands in a record of its own, so that each number can be read back from the records:

    * `duplicate_inside`, `duplicate_across`: account records repeated in the same or another file;
    * `newer_version`: account records followed by a later version of the same account;
    * `too_few_fields`, `too_many_fields`, `undecodable`: account records that no reader may take;
    * `impossible_date`, `impossible_number`: values of `opened_on` and `monthly_fee` that are neither;
    * `not_available`, `blank`: `N/A` as plan, only spaces as country;
    * `stray_spaces`, `mixed_case`: names between spaces, e-mail addresses with capitals;
    * `broken_json`: activity lines cut off;
    * `missing_in_activity`, `missing_in_billing`: accounts one source does not know;
    * `plan_mismatch`: accounts whose plan billing knows differently.
    """

    files: tuple[Path, ...]
    faults: Mapping[str, int]


def write_example(landing: Path, customers: int = 3000, seed: int = 7, month: int = 1) -> ExampleSummary:
    """Write one month's files below the landing folder.

    Parameters
    ----------
    landing
        The folder that gets `crm/accounts`, `activity`, `finance` and `billing`.
    customers
        How many customers the first month has; every later month brings a tenth more.
    seed
        Another seed gives other customers.
    month
        1 to 12. Later months have further accounts, newer versions of old ones and another month's activity.
    """
    population = Population(customers, seed, month)
    faults: Counter[str] = Counter()
    files = [
        *accounts.write(landing / "crm" / "accounts", population, faults),
        *activity.write(landing / "activity", population, faults),
        *firms.write(landing / "finance", population),
        *exits.write(landing / "billing", population, faults),
    ]
    return ExampleSummary(tuple(files), dict(sorted(faults.items())))
