"""Renders every macro of the dbt project without dbt: milliseconds instead of seconds."""

import hashlib
import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
from jinja2 import Environment

from flows.macros import MACROS, _Adapter, _Context, _Exceptions, _return, _Returned

DBT = SimpleNamespace(type_string=lambda: "varchar", type_bigint=lambda: "bigint")


class Relation(str):
    """A relation as the macros see dbt's: its text is its full name."""

    @property
    def database(self) -> str:
        return self.split('"')[1]

    @property
    def schema(self) -> str:
        return self.split('"')[3]

    @property
    def identifier(self) -> str:
        return self.split('"')[5]


def relation(schema: str, identifier: str) -> Relation:
    return Relation(f'"warehouse"."{schema}"."{identifier}"')


def _created(database: str, schema: str, identifier: str) -> Relation:
    return Relation(f'"{database}"."{schema}"."{identifier}"')


# What the declaration says of the tables that Python writes.
SOURCES = {
    name: SimpleNamespace(database="warehouse", schema=schema, identifier=name, external=SimpleNamespace(location="*"))
    for schema, names in {"raw": ("orders", "sales"), "records": ("file_loads", "files", "rejected_records")}.items()
    for name in names
}


def render(macro: str, *arguments: object, **named: object) -> Any:
    """Return the SQL of a macro, or the value that it returns."""
    try:
        return getattr(_template().module, macro)(*arguments, **named)
    except _Returned as returned:
        return returned.value


@dataclass
class _Warehouse:
    """What dbt's `execute` and `run_query` stand for; Jinja binds globals once, so it is one object for all calls."""

    connection: duckdb.DuckDBPyConnection | None = None

    def __bool__(self) -> bool:
        return self.connection is not None

    def run_query(self, query: str) -> Any:
        assert self.connection
        result = self.connection.execute(query)
        names, rows = [column[0] for column in result.description], result.fetchall()
        cells = list(zip(*rows, strict=True)) or [()] * len(names)
        columns = [SimpleNamespace(values=partial(list, each)) for each in cells]
        return SimpleNamespace(rows=[dict(zip(names, row, strict=True)) for row in rows], columns=columns)

    def get_columns_in_relation(self, relation: str) -> list[Any]:
        rows = self.run_query(f"describe {relation}").rows
        return [SimpleNamespace(name=row["column_name"], dtype=row["column_type"]) for row in rows]


WAREHOUSE = _Warehouse()


@contextmanager
def executing(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let macros ask the warehouse meanwhile, as dbt does when it builds."""
    WAREHOUSE.connection = connection
    try:
        yield
    finally:
        WAREHOUSE.connection = None


def render_with(overriding: str, macro: str, *arguments: object) -> str:
    """Return the SQL of a macro where another one is as given here."""
    return str(getattr(_template(overriding).module, macro)(*arguments))


@cache
def _template(overriding: str = "") -> Any:
    adapter = _Adapter()
    adapter.get_columns_in_relation = WAREHOUSE.get_columns_in_relation  # type: ignore[attr-defined]
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.context_class = _Context
    environment.globals |= {
        "return": _return,
        "adapter": adapter,
        "exceptions": _Exceptions(),
        "tojson": json.dumps,
        "fromjson": lambda text, default=None: json.loads(text),
        "graph": SimpleNamespace(sources=SOURCES),
        "api": SimpleNamespace(Relation=SimpleNamespace(create=_created)),
        "invocation_id": "",
        "local_md5": lambda text: hashlib.md5(text.encode()).hexdigest(),
        "modules": SimpleNamespace(re=re),
        "source": relation,
        "dbt": DBT,
        "execute": WAREHOUSE,
        "run_query": WAREHOUSE.run_query,
        "load_relation": lambda relation: relation,
        "model": SimpleNamespace(original_file_path="models/model.sql", contract={"checksum": ""}),
    }
    with warnings.catch_warnings():
        # Jinja leaves the `\d` of a pattern as it stands, and Python warns of it.
        warnings.simplefilter("ignore", DeprecationWarning)
        adapter.template = environment.from_string("\n".join([*_texts(), overriding]))
    return adapter.template


def _texts() -> list[str]:
    """The macros, data tests among them as `test_<name>`; a materialization needs dbt."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(MACROS).rglob("*.sql"))]
    macros = [
        re.sub(r"{% test (\w+)", r"{% macro test_\1", text).replace("{% endtest %}", "{% endmacro %}") for text in texts
    ]
    return [text for text in macros if "{% materialization " not in text]
