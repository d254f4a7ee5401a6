"""Renders dbt macros without dbt, so that commands, tests and models run the very same SQL.

Knows the few names that dbt gives a macro (`return`, `adapter`, `exceptions`). What the macros say, the files in
`dbt_project/macros` know.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from jinja2 import Environment, Template
from jinja2.runtime import Context

from flows.errors import DeclarationError
from flows.settings import REPOSITORY

MACROS = REPOSITORY / "dbt_project" / "macros"
FILES = ("compare.sql", "deduplicate.sql", "merge_similar.sql", "pairs_to_review.sql")
FOLDERS = ("batches", "comparing", "deduplicating", "dialect")


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


class _Exceptions:
    """What the macros use of dbt's exceptions."""

    def raise_compiler_error(self, message: str) -> NoReturn:
        raise DeclarationError(message)


def render(macro: str, *arguments: object, **named: object) -> str:
    """Return the SQL of a macro.

    Raises
    ------
    DeclarationError
        When the macro refuses its arguments.
    """
    return str(getattr(_template().module, macro)(*arguments, **named))


def returned(macro: str, *arguments: object, **named: object) -> Any:
    """Return what a macro gives to `return`, which need not be text."""
    try:
        return getattr(_template().module, macro)(*arguments, **named)
    except _Returned as returned:
        return returned.value


@cache
def _template() -> Template:
    adapter = _Adapter()
    # The SQL is no HTML, and its names are quoted by the macros.
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.context_class = _Context
    environment.globals |= {"return": _return, "adapter": adapter, "exceptions": _Exceptions()}
    environment.globals |= {"tojson": json.dumps, "modules": SimpleNamespace(re=re)}
    texts = [path.read_text(encoding="utf-8") for path in _files()]
    adapter.template = environment.from_string("\n".join(texts))
    return adapter.template


def _files() -> list[Path]:
    in_folders = (path for folder in FOLDERS for path in sorted((MACROS / folder).glob("*.sql")))
    return [*(MACROS / name for name in FILES), *in_folders]
