"""The values a source's `external.options` may have; which options there are stands in `sources.py`."""

from collections.abc import Callable, Mapping
from typing import Any

from flows.declaration.checks import text, whole
from flows.errors import DeclarationError


def option(where: str, name: str, value: Any) -> str:
    """Return an option's value as text, after the check it has."""
    return CHECKS.get(name, text)(f"{where}: external.options.{name}", value)


def _character(where: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) != 1:
        raise DeclarationError(f"{where}: '{value}' is not one character; leave it out where no value is quoted")
    return value


def _encoding(where: str, value: Any) -> str:
    try:
        "".encode(text(where, value))
    except LookupError:
        raise DeclarationError(f"{where}: '{value}' is no encoding Python knows; write utf-8, cp1252, …") from None
    return str(value)


def _row(where: str, value: Any) -> str:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    return str(whole(where, number, 1))


def _yes_or_no(where: str, value: Any) -> str:
    if value not in (True, False, "true", "false"):
        raise DeclarationError(f"{where}: '{value}' is neither true nor false")
    return str(value).lower()


CHECKS: Mapping[str, Callable[[str, Any], str]] = {
    "quote": _character,
    "flatten": _yes_or_no,
    "encoding": _encoding,
    "header_row": _row,
}
