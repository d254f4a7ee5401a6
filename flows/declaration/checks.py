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


def share(where: str, value: Any) -> float:
    """Return a number that must lie between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise DeclarationError(f"{where}: '{value}' is not a share between 0 and 1")
    return float(value)


def cron(where: str, expression: str | None) -> str | None:
    """Return a schedule that must be a cron expression of five fields, or nothing."""
    if expression is None:
        return None
    try:
        CronSim(expression, datetime(2000, 1, 1))
    except CronSimError as error:
        raise DeclarationError(
            f"{where}: '{expression}' is not a cron schedule such as '0 2 * * *' ({error})"
        ) from None
    return expression


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
