"""How two tables are to be compared, as the command line says it."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain
from typing import TypeVar

from flows.errors import DeclarationError

FOLDINGS = ("case", "space")
Wish = TypeVar("Wish")


@dataclass(frozen=True)
class Tolerance:
    """How far apart two numbers may be: the wider of an absolute part and a share of the larger of both.

    Of times the absolute part alone, in days between dates and in seconds between others.
    """

    absolute: float = 0.0
    relative: float = 0.0

    def as_rules(self) -> Mapping[str, float]:
        """Return what the macro takes."""
        return {"absolute": self.absolute, "relative": self.relative}


@dataclass(frozen=True)
class Wishes:
    """How two tables are to be compared.

    Attributes
    ----------
    key
        Columns that identify a row; none compares whole rows.
    columns
        Columns whose values are compared; none means all that both sides have.
    tolerances, folds
        By column: how far apart numbers or times may be, and whether `case` or `space` does not count.
    """

    key: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    folds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_wishes(key: str | None, columns: str | None, tolerances: Sequence[str], folds: Sequence[str]) -> Wishes:
    """Return the wishes of a command line.

    Parameters
    ----------
    key, columns
        Names with commas between them.
    tolerances
        Such as `amount=0.01`, `amount=1%` or `amount=0.01,1%`.
    folds
        Such as `name=case` or `name=case,space`.

    Raises
    ------
    DeclarationError
        When one of them cannot be understood.
    """
    return Wishes(
        _listed("key", key),
        _listed("columns", columns),
        _once("tolerance", map(_tolerance, tolerances)),
        _once("fold", map(_fold, folds)),
    )


def names(text: str | None) -> tuple[str, ...]:
    """Return names that stand with commas between them, as a record of CSV: one that holds a comma stands in quotes."""
    fields = chain.from_iterable(csv.reader(StringIO(text or "", newline=""), skipinitialspace=True))
    return tuple(name.strip() for name in fields if name.strip())


def joined(columns: Iterable[str]) -> str:
    """Return the text that `names` reads as these names."""
    text = StringIO()
    csv.writer(text, lineterminator="").writerow(columns)
    return text.getvalue()


def _listed(option: str, text: str | None) -> tuple[str, ...]:
    """Return the names of an option, each once; one that is given must name something, or whole rows were compared."""
    if text is not None and not names(text):
        raise DeclarationError(f"compare: --{option} '{text}': write names with commas between them")
    return tuple({name.casefold(): name for name in names(text)}.values())


def _once(option: str, wished: Iterable[tuple[str, Wish]]) -> dict[str, Wish]:
    """Return the wish of each column; of two the last one would win in silence."""
    wishes: dict[str, Wish] = {}
    for name, wish in wished:
        if name.casefold() in map(str.casefold, wishes):
            raise DeclarationError(f"compare: --{option} names '{name}' twice; write all of it behind one, with commas")
        wishes[name] = wish
    return wishes


def _tolerance(text: str) -> tuple[str, Tolerance]:
    name, _, parts = text.rpartition("=")
    try:
        allowed = [float(part.removesuffix("%")) / (100 if part.endswith("%") else 1) for part in parts.split(",")]
    except ValueError:
        allowed = []
    if not name or not allowed or not all(0 <= each < float("inf") for each in allowed):
        raise DeclarationError(f"compare: --tolerance {text}: write column=0.01, column=1%, or column=0.01,1%")
    shares = [part.endswith("%") for part in parts.split(",")]
    absolute = max((each for each, share in zip(allowed, shares, strict=True) if not share), default=0.0)
    relative = max((each for each, share in zip(allowed, shares, strict=True) if share), default=0.0)
    return name, Tolerance(absolute, relative)


def _fold(text: str) -> tuple[str, tuple[str, ...]]:
    name, _, foldings = text.rpartition("=")
    if not name or not set(names(foldings)) or not set(names(foldings)) <= set(FOLDINGS):
        raise DeclarationError(f"compare: --fold {text}: write column=case, column=space, or column=case,space")
    return name, names(foldings)
