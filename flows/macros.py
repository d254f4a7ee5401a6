"""Renders the dbt macros without dbt, so that the commands and the models run the very same SQL.

Knows the few names that dbt gives a macro (`return`, `adapter`, `exceptions` and so on). What the macros say, the files
in `dbt_project/macros` know.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, NoReturn

from jinja2 import Environment, Template
from jinja2.runtime import Context

from flows.errors import DeclarationError
from flows.settings import REPOSITORY

MACROS = REPOSITORY / "dbt_project" / "macros"
FOLDERS = ("batches", "cleaning", "combining", "comparing", "deduplicating", "dialect")
COMPARE: tuple[str, ...] = ("compare.sql", "refuse.sql", "comparing/*.sql", "dialect/*.sql")
PLACES: tuple[str, ...] = ("batches/likely_places.sql",)
# All macros take ten times as long to read, for which neither the command `compare` nor publishing waits.
FEW = dict.fromkeys(
    ("compare", "columns_of_comparison", "number_text", "is_json", "list_type", "names_of_compare"), COMPARE
)
FEW |= dict.fromkeys(("likely_places", "is_in_places"), PLACES)
ALL = ("*.sql", *(f"{folder}/*.sql" for folder in FOLDERS))


class _Returned(Exception):
    """What `return` in a macro was given, on its way to the caller: any value, where Jinja's macros give text only."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


def _return(value: object) -> NoReturn:
    raise _Returned(value)


class _Context(Context):
    """Calls macros as dbt does."""

    def call(self, called: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        if called is _return:
            _return(*arguments)
        try:
            return super().call(called, *arguments, **named)
        except _Returned as returned:
            return returned.value


class _Adapter:
    """What the macros use of dbt's adapter."""

    def __init__(self) -> None:
        self.template: Template | None = None

    def quote(self, name: str) -> str:
        return f'"{name}"'

    def dispatch(self, name: str, _package: str) -> Callable[..., str]:
        assert self.template is not None
        macro: Callable[..., str] = getattr(self.template.module, f"duckdb__{name}")
        return macro


class _Types:
    """What the macros use of dbt's own macros."""

    def type_string(self) -> str:
        return "varchar"

    def type_bigint(self) -> str:
        return "bigint"


@dataclass(frozen=True)
class _Model:
    """What the macros use of the model they are called in."""

    original_file_path: str = "model"


@dataclass(frozen=True)
class _Modules:
    """What the macros use of Python's modules."""

    re: ModuleType = re


class _Exceptions:
    """What the macros use of dbt's exceptions."""

    def raise_compiler_error(self, message: str) -> NoReturn:
        raise DeclarationError(message)


def render(macro: str, *arguments: object, **named: object) -> str:
    """Return the SQL of a macro, such as `compare` or `clean`.

    Raises
    ------
    DeclarationError
        When the macro refuses its arguments.
    """
    return str(returned(macro, *arguments, **named))


def returned(macro: str, *arguments: object, **named: object) -> Any:
    """Return what a macro gives to `return`, which need not be text."""
    template = _template(FEW.get(macro, ALL))
    try:
        return getattr(template.module, macro)(*arguments, **named)
    except _Returned as returned:
        return returned.value


@cache
def _template(patterns: tuple[str, ...]) -> Template:
    adapter = _Adapter()
    # The SQL is no HTML, and its names are quoted by the macros.
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.context_class = _Context
    environment.globals |= {"return": _return, "adapter": adapter, "exceptions": _Exceptions(), "modules": _Modules()}
    environment.globals |= {"dbt": _Types(), "model": _Model(), "tojson": json.dumps}
    files = [path for pattern in patterns for path in sorted(MACROS.glob(pattern))]
    adapter.template = environment.from_string("\n".join(path.read_text(encoding="utf-8") for path in files))
    return adapter.template
