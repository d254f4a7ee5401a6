"""`crm.accounts`: nightly CSV files from two offices that agree on nothing but the meaning of the columns."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.example.faults import ACCOUNT_FAULTS, arriving, fault_of
from flows.example.population import Customer, Population

NIGHTS = 4
NAME, EMAIL, COUNTRY, PLAN, OPENED_ON, MONTHLY_FEE = 1, 2, 3, 4, 6, 7


@dataclass(frozen=True)
class Office:
    """How one office writes its files."""

    name: str
    header: tuple[str, ...]
    delimiter: str
    encoding: str
    day: Callable[[Customer, date], str]
    moment: Callable[[datetime], str]
    amount: Callable[[float], str]
    impossible_date: str


def _iso_or_us(customer: Customer, day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}" if customer.number % 4 == 0 else day.isoformat()


def _german_amount(amount: float) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


LONDON = Office(
    name="london",
    header=(
        "account_id",
        "name",
        "email",
        "country",
        "plan",
        "firm_id",
        "opened_on",
        "monthly_fee",
        "balance",
        "support_calls",
        "updated_at",
    ),
    delimiter=",",
    encoding="utf-8",
    day=_iso_or_us,
    moment=lambda moment: moment.isoformat(sep=" "),
    amount=lambda amount: f"{'-' if amount < 0 else ''}${abs(amount):,.2f}",
    impossible_date="2025-02-30",
)
MUNICH = Office(
    name="munich",
    header=(
        "Kontonummer",
        "Name",
        "E-Mail",
        "Land",
        "Tarif",
        "Firmennummer",
        "Eröffnet am",
        "Monatsbeitrag",
        "Saldo",
        "Supportanrufe",
        "Geändert am",
    ),
    delimiter=";",
    encoding="latin-1",
    day=lambda _, day: f"{day:%d.%m.%Y}",
    moment=lambda moment: f"{moment:%d.%m.%Y %H:%M:%S}",
    amount=_german_amount,
    impossible_date="31.02.2025",
)
OFFICES = (LONDON, MUNICH)


def write(folder: Path, population: Population, faults: Counter[str]) -> Iterator[Path]:
    """Write every night's file of both offices, counting the faults."""
    paths = {
        (office.name, night): folder / office.name / f"accounts_{population.period}-{night + 1:02d}.csv"
        for office in OFFICES
        for night in range(NIGHTS)
    }
    with ExitStack() as stack:
        writers = {
            (office.name, night): _writer(stack, office, paths[office.name, night])
            for office in OFFICES
            for night in range(NIGHTS)
        }
        for customer in population.each(population.new):
            _write_customer(writers, customer, faults)
        for customer in _changed(population):
            _write_row(writers, customer, 0, _fields(customer))
            faults["newer_version"] += 1
    yield from paths.values()


def _writer(stack: ExitStack, office: Office, path: Path) -> Any:
    stream = stack.enter_context(arriving(path))
    # surrogateescape lets one text carry a byte that is no UTF-8; write_through keeps the buffer empty at the end.
    text = io.TextIOWrapper(stream, office.encoding, errors="surrogateescape", newline="", write_through=True)
    stack.callback(text.detach)
    writer = csv.writer(text, delimiter=office.delimiter, lineterminator="\n")
    writer.writerow(office.header)
    return writer


def _changed(population: Population) -> Iterator[Customer]:
    """Yield old accounts that have changed this month: every fiftieth of the first month's faultless ones."""
    if population.month > 1:
        for customer in population.each(range(population.customers)):
            if customer.number % 50 == 20 + population.month and fault_of(customer.number) is None:
                yield _later(customer, days=31 * (population.month - 1))


def _later(customer: Customer, days: int) -> Customer:
    return replace(
        customer,
        balance=round(customer.balance + 100.0, 2),
        updated_at=customer.updated_at + timedelta(days=days),
    )


def _write_customer(writers: dict[tuple[str, int], Any], customer: Customer, faults: Counter[str]) -> None:
    fault, night = fault_of(customer.number), customer.number // 2 % NIGHTS
    _write_row(writers, customer, night, _damaged(_fields(customer), fault, _office(customer)))
    if fault == "duplicate_inside":
        _write_row(writers, customer, night, _fields(customer))
    elif fault == "duplicate_across":
        _write_row(writers, customer, night + 1, _fields(customer))
    elif fault == "newer_version":
        _write_row(writers, customer, night + 1, _fields(_later(customer, days=1)))
    if fault in ACCOUNT_FAULTS:
        faults[fault] += 1


def _office(customer: Customer) -> Office:
    return OFFICES[customer.number % 2]


def _write_row(writers: dict[tuple[str, int], Any], customer: Customer, night: int, fields: list[str]) -> None:
    writers[_office(customer).name, night % NIGHTS].writerow(fields)


def _fields(customer: Customer) -> list[str]:
    office = _office(customer)
    return [
        customer.account_id,
        customer.name,
        f"a{customer.number}@example.com",
        customer.country,
        customer.plan,
        customer.firm_id,
        office.day(customer, customer.opened_on),
        office.amount(customer.monthly_fee),
        office.amount(customer.balance),
        str(customer.support_calls),
        office.moment(customer.updated_at),
    ]


def _damaged(fields: list[str], fault: str | None, office: Office) -> list[str]:
    if fault == "too_few_fields":
        return fields[:-2]
    if fault == "too_many_fields":
        return [*fields, "left over"]
    changes = {
        "undecodable": (NAME, fields[NAME] + "\udcff"),
        "impossible_date": (OPENED_ON, office.impossible_date),
        "impossible_number": (MONTHLY_FEE, "12 or so"),
        "not_available": (PLAN, "N/A"),
        "blank": (COUNTRY, "   "),
        "stray_spaces": (NAME, f"  {fields[NAME]} "),
        "mixed_case": (EMAIL, fields[EMAIL].replace("example", "EXAMPLE")),
    }
    if fault in changes:
        place, value = changes[fault]
        fields[place] = value
    return fields
