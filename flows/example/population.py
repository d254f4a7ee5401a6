"""Who the customers are and who of them leaves, block by block, from the seed alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np

BLOCK = 10_000
YEAR = 2026
PLANS = ("basic", "plus", "premium")
INDUSTRIES = ("retail", "finance", "health", "logistics", "media")
FIRST_NAMES = ("Anna", "Björn", "Chloé", "David", "Eva", "François", "Grete", "Hans", "Inés", "Jörg", "Klára", "Liam")
LAST_NAMES = ("Müller", "Smith", "García", "Dubois", "Weiß", "Jones", "Rossi", "Novák", "Jensen", "O'Neill")


@dataclass(frozen=True)
class Firm:
    """An employer of customers."""

    firm_id: str
    name: str
    industry: str
    employees: int
    revenue: float


@dataclass(frozen=True)
class Customer:
    """One account as it truly is; the files tell of it more or less well."""

    number: int
    account_id: str
    name: str
    country: str
    plan: str
    firm_id: str
    opened_on: date
    monthly_fee: float
    balance: float
    support_calls: int
    updated_at: datetime
    logins: int
    minutes: float
    tickets: int
    has_exited: bool


@dataclass(frozen=True)
class Population:
    """The customers of one month of one example."""

    customers: int
    seed: int
    month: int

    @property
    def period(self) -> str:
        """The month as text, such as 2026-01."""
        return f"{YEAR}-{self.month:02d}"

    @property
    def known(self) -> range:
        """The numbers of all accounts up to this month."""
        return range(self.customers + (self.month - 1) * self._growth)

    @property
    def new(self) -> range:
        """The numbers of the accounts opened this month."""
        return range(0 if self.month == 1 else len(self.known) - self._growth, len(self.known))

    @property
    def _growth(self) -> int:
        return max(self.customers // 10, 1)

    @property
    def firm_count(self) -> int:
        """How many firms there are; a sheet ends at 1,048,576 rows."""
        return min(max(self.customers // 20, 10), 1_000_000)

    @cached_property
    def _random_firms(self) -> tuple[list[int], list[float], list[float]]:
        random = np.random.Generator(np.random.Philox(key=[self.seed, 2**32]))
        industries = random.integers(len(INDUSTRIES), size=self.firm_count)
        employees = np.round(np.exp(random.normal(4.5, 1.4, self.firm_count)) + 1)
        return industries.tolist(), employees.tolist(), np.round(employees * random.uniform(8e4, 3e5), 2).tolist()

    def firm(self, number: int) -> Firm:
        """Return one firm."""
        industries, employees, revenues = self._random_firms
        industry = INDUSTRIES[industries[number]]
        return Firm(f"F{number:07d}", f"Firm {number}", industry, int(employees[number]), revenues[number])

    def each(self, numbers: range) -> Iterator[Customer]:
        """Yield these customers in order, one block in memory at a time."""
        for block in range(numbers.start // BLOCK, (numbers.stop - 1) // BLOCK + 1):
            members = self._block(block)
            yield from members[max(numbers.start - block * BLOCK, 0) : numbers.stop - block * BLOCK]

    def _block(self, block: int) -> list[Customer]:
        random = np.random.Generator(np.random.Philox(key=[self.seed, block]))
        plan = random.choice(len(PLANS), BLOCK, p=(0.5, 0.35, 0.15))
        firm = random.integers(self.firm_count, size=BLOCK)
        tenure_days = random.integers(20, 3000, BLOCK)
        fee = np.round(random.gamma(6.0, 6.0, BLOCK) + 25.0 * plan, 2)
        balance = np.round(random.normal(1500.0, 900.0, BLOCK), 2)
        calls = random.poisson(1.5, BLOCK)
        logins = random.poisson(np.exp(random.normal(2.3, 0.7, BLOCK)))
        minutes = np.round(logins * random.gamma(4.0, 3.0, BLOCK), 1)
        tickets = random.poisson(0.4, BLOCK)
        media = np.array(self._random_firms[0])[firm] == INDUSTRIES.index("media")
        exited = random.random(BLOCK) < _exit_probability(plan, tenure_days, fee, calls, logins, tickets, media)
        names = random.integers(len(FIRST_NAMES) * len(LAST_NAMES), size=BLOCK).tolist()
        drawn = (plan, firm, tenure_days, fee, balance, calls, logins, minutes, tickets, exited)
        rows = zip(*(values.tolist() for values in drawn), names, strict=True)
        return [_customer(block * BLOCK + place, *row) for place, row in enumerate(rows)]


def _exit_probability(
    plan: np.ndarray,
    tenure_days: np.ndarray,
    fee: np.ndarray,
    calls: np.ndarray,
    logins: np.ndarray,
    tickets: np.ndarray,
    media: np.ndarray,
) -> np.ndarray:
    """Give the logistic truth the classifier is to find; what it leaves to chance bounds every score."""
    score = (
        -0.4
        - 0.8 * plan
        - 0.0009 * tenure_days
        + 0.022 * fee
        + 0.55 * calls
        - 0.95 * np.log1p(logins)
        + 0.5 * tickets
        + 0.9 * media
    )
    return np.asarray(1.0 / (1.0 + np.exp(-score)))


def _customer(
    number: int,
    plan: int,
    firm: int,
    tenure_days: int,
    fee: float,
    balance: float,
    calls: int,
    logins: int,
    minutes: float,
    tickets: int,
    exited: bool,
    name: int,
) -> Customer:
    first, last = divmod(name, len(LAST_NAMES))
    return Customer(
        number=number,
        account_id=f"A{number:08d}",
        name=f"{FIRST_NAMES[first]} {LAST_NAMES[last]}",
        country=("GB", "DE")[number % 2],
        plan=PLANS[plan],
        firm_id=f"F{firm:07d}",
        opened_on=date(YEAR, 1, 1) - timedelta(days=tenure_days),
        monthly_fee=fee,
        balance=balance,
        support_calls=calls,
        updated_at=datetime(YEAR, 1, 1, 8) + timedelta(minutes=number % 40_000),
        logins=logins,
        minutes=minutes,
        tickets=tickets,
        has_exited=exited,
    )
