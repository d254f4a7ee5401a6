"""Checks that every part of the declaration shares; each raises one clear error with what is allowed."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cronsim import CronSim, CronSimError

from flows.errors import DeclarationError


def required(where: str, mapping: Mapping[str, Any], key: str) -> Any:
    """Return the value of a key that must be there."""
    if not mapping.get(key):
        raise DeclarationError(f"{where}: '{key}' is missing")
    return mapping[key]


def one_of(where: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    """Return a value that must be one of these."""
    if value not in allowed:
        raise DeclarationError(f"{where}: '{value}' is not allowed{has(str(value), filter(None, allowed))}")
    return value


def mapping(where: str, value: Any) -> Mapping[str, Any]:
    """Return names with their values; what stands there empty is an error too, because it would be without effect."""
    if not isinstance(value, Mapping):
        said = "nothing" if value is None else f"'{value}'"
        raise DeclarationError(f"{where}: {said} stands where names with values belong; write {{name: value}}")
    return value


def text(where: str, value: Any) -> str:
    """Return a text that must not be empty."""
    if not isinstance(value, str) or not value:
        raise DeclarationError(f"{where}: '{value}' is not a text; write one, in quotes where it looks like a number")
    return value


def texts(where: str, value: Any) -> tuple[str, ...]:
    """Return a list of texts; a single text is refused, because it would be taken for a list of letters."""
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise DeclarationError(f"{where}: '{value}' is not a list of texts; write [{value}] or [one, another]")
    return tuple(value)


def whole(where: str, value: Any, smallest: int) -> int:
    """Return a whole number that must not be smaller than this."""
    if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
        raise DeclarationError(f"{where}: '{value}' is not a whole number from {smallest} on")
    return int(value)


def between(where: str, value: Any, low: float, high: float) -> float:
    """Return a number that must lie between these two, neither of them included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
        raise DeclarationError(f"{where}: '{value}' does not lie between {low} and {high}; write 0.95 for 95 %")
    return float(value)


def above_zero(where: str, value: Any) -> float:
    """Return a number that must be above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise DeclarationError(f"{where}: '{value}' is not a number above 0")
    return float(value)


def share(where: str, value: Any) -> float:
    """Return a number that must lie between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise DeclarationError(f"{where}: '{value}' is not a share between 0 and 1")
    return float(value)


def cron(where: str, expression: Any) -> str | None:
    """Return a schedule that must be a cron expression of five fields, or nothing."""
    if expression is None:
        return None
    try:
        CronSim(str(expression), datetime(2000, 1, 1))
    except CronSimError as error:
        raise DeclarationError(
            f"{where}: '{expression}' is not a cron schedule such as '0 2 * * *' ({error})"
        ) from None
    return str(expression)


def known_keys(where: str, mapping: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    """Refuse keys nobody reads: a misspelt one would be silently without effect."""
    for key in mapping:
        if key not in allowed:
            raise DeclarationError(f"{where}: unknown key '{key}'{has(key, allowed)}")


def has(name: str, allowed: Iterable[str]) -> str:
    """Return the allowed names and the nearest one, as the end of an error message."""
    listed = list(allowed)
    nearest = difflib.get_close_matches(name, listed, n=1)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
    return f" (has: {', '.join(listed)}){hint}"
