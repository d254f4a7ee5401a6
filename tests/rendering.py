"""Renders every macro of the dbt project without dbt: milliseconds instead of seconds."""

import hashlib
import json
import re
import warnings
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment

from flows.comparing.macros import MACROS, _Adapter, _Context, _Exceptions, _return, _Returned

DBT = SimpleNamespace(type_string=lambda: "varchar", type_bigint=lambda: "bigint")


class Relation(str):
    """A relation as the macros see dbt's: its text is its full name."""

    @property
    def identifier(self) -> str:
        return self.split('"')[-2]


def relation(schema: str, identifier: str) -> Relation:
    return Relation(f'"warehouse"."{schema}"."{identifier}"')


def render(macro: str, *arguments: object, **named: object) -> Any:
    """Return the SQL of a macro, or the value that it returns."""
    try:
        return getattr(_template().module, macro)(*arguments, **named)
    except _Returned as returned:
        return returned.value


@cache
def _template() -> Any:
    adapter = _Adapter()
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.context_class = _Context
    environment.globals |= {
        "return": _return,
        "adapter": adapter,
        "exceptions": _Exceptions(),
        "tojson": json.dumps,
        "fromjson": json.loads,
        "local_md5": lambda text: hashlib.md5(text.encode()).hexdigest(),
        "modules": SimpleNamespace(re=re),
        "source": relation,
        "dbt": DBT,
        "execute": False,
        "model": SimpleNamespace(original_file_path="models/model.sql"),
    }
    with warnings.catch_warnings():
        # Jinja leaves the `\d` of a pattern as it stands, and Python warns of it.
        warnings.simplefilter("ignore", DeprecationWarning)
        adapter.template = environment.from_string("\n".join(_texts()))
    return adapter.template


def _texts() -> list[str]:
    """The macros, data tests among them as `test_<name>`; a materialization needs dbt."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(MACROS).rglob("*.sql"))]
    macros = [
        re.sub(r"{% test (\w+)", r"{% macro test_\1", text).replace("{% endtest %}", "{% endmacro %}") for text in texts
    ]
    return [text for text in macros if "{% materialization " not in text]
