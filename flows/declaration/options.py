"""The values a source's `external.options` may have; which options there are stands in `sources.py`."""

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Any

from flows.declaration.checks import text, whole
from flows.errors import DeclarationError

DATABASES = ("sqlite:", "postgresql:", "postgresql+", "mysql:", "mysql+")
DATABASE_OPTIONS = ("table", "query", "cursor")
# A user, a colon, and anything but a variable before the last `@` of the host; of a database's also in the query.
WRITTEN_PASSWORD = re.compile(
    r"[a-z0-9+.-]+://[^/@]*:(?!\$\{\w+\}@)[^/]*@"
    r"|(?:postgresql|mysql)[+\w]*://(?:[^/@]*:(?!\$\{\w+\}@)[^@]*@|[^?]*\?(?:.*&)?password=(?!\$\{))",
    re.IGNORECASE,
)


def checked_options(where: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the options' values as texts, after the check each has, and that quotes can be told from delimiters."""
    named = f"{where}: external.options"
    checked = {name: CHECKS.get(name, text)(f"{named}.{name}", value) for name, value in options.items()}
    delimiter = checked.get("delimiter", "")
    for name in ("quote", "escape"):
        if checked.get(name) and checked[name] in delimiter:
            raise DeclarationError(
                f"{named}.{name}: '{checked[name]}' stands in the delimiter '{delimiter}' too; mend one of them"
            )
    return checked


def check_place(where: str, location: str, options: Mapping[str, Any]) -> None:
    """Check that a location holds no secret, and that the options belong to the kind of place it names.

    A location that is a variable as a whole, such as `${SHOP_URL}`, is a database where a table or query is declared.
    """
    if WRITTEN_PASSWORD.match(location):
        raise DeclarationError(
            f"{where}: external.location holds a password; take it out, set an environment variable, and write its "
            "name instead: //user:${VARIABLE}@host"
        )
    named = f"{where}: external.options"
    if location.startswith(DATABASES) or (location.startswith("${") and {"table", "query"} & set(options)):
        if ("table" in options) == ("query" in options):
            raise DeclarationError(f"{named}: a database needs either `table` or `query`")
        if "done_marker" in options:
            raise DeclarationError(f"{named}.done_marker is for files, not for a database; take it out")
    elif given := [name for name in DATABASE_OPTIONS if name in options]:
        raise DeclarationError(f"{named}.{given[0]} is for a database, but the location is '{location}'")


def _character(where: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1 or not value.isascii() or value in LINE_ENDS:
        shown = repr(value) if value in LINE_ENDS else f"'{value}'"
        raise DeclarationError(f"{where}: {shown} is not one character within a line; write '' where there is none")
    return value


LINE_ENDS = ("\r", "\n")


def _delimiter(where: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= 4 or set(value) & NO_DELIMITER:
        raise DeclarationError(f"{where}: '{value}' is no delimiter; write one to four characters such as ';' or '||'")
    return value


# What quotes, ends lines, or stands for no value when DuckDB reads.
NO_DELIMITER = frozenset("\"'\r\n\0\x05\x06")


def _footer(where: str, value: Any) -> str:
    """Return how many lines the footer has, or how its lines begin."""
    return str(whole(where, value, 1)) if isinstance(value, int) else text(where, value)


def _encoding(where: str, value: Any) -> str:
    try:
        "".encode(name := text(where, value))
        is_known = codecs.lookup(name).name not in NO_FILE_ENCODINGS
    except (LookupError, ValueError):
        is_known = False
    if not is_known:
        raise DeclarationError(f"{where}: {value!r} is no encoding of files that Python knows; write utf-8, cp1252, …")
    return str(value)


# Python counts them among its text encodings, but they write source code and host names.
NO_FILE_ENCODINGS = ("undefined", "unicode-escape", "raw-unicode-escape", "idna", "punycode")


def _row(where: str, value: Any) -> str:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    return str(whole(where, number, 0))


def _count(where: str, value: Any) -> str:
    return str(whole(where, int(value) if isinstance(value, str) and value.isdecimal() else value, 1))


def _yes_or_no(where: str, value: Any) -> str:
    if value not in (True, False, "true", "false"):
        raise DeclarationError(f"{where}: '{value}' is neither true nor false")
    return str(value).lower()


def _widths(where: str, value: Any) -> str:
    widths = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return ",".join(_count(where, width.strip() if isinstance(width, str) else width) for width in widths)


CHECKS: Mapping[str, Callable[[str, Any], str]] = {
    "delimiter": _delimiter,
    "quote": _character,
    "escape": _character,
    "flatten": _yes_or_no,
    "encoding": _encoding,
    "header_row": _row,
    "widths": _widths,
    "keep_padding": _yes_or_no,
    "header_rows": _count,
    "footer": _footer,
}
