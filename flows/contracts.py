"""The columns of models that declare none: written out as the YAML that an enforced contract wants."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from flows import warehouse
from flows.settings import Settings

# What dbt says of a model whose contract is enforced and which declares no column, and where it names its file.
MISSING = "its 'columns' specification is missing"
MODEL_FILE = re.compile(r"in model (\S+) \((.+)\.sql\)")
PLAIN = re.compile(r"(?!(?:on|off|yes|no|y|n|true|false|null)$)[a-z_][a-z0-9_]*")


def write_missing(settings: Settings, results: Sequence[Mapping[str, Any]]) -> str:
    """Write the columns that these models of dbt's `results` have, and say how to put them beside the models.

    Returns
    -------
    str
        A sentence behind a blank, or nothing where no model lacks its columns.
    """
    folder = settings.target_path / "columns"
    shutil.rmtree(folder, ignore_errors=True)  # what was copied and edited must not be written over later
    written = list(_written(settings, folder, results))
    if not written:
        return ""
    return (
        f" Their columns and types are written out: `cp -r {folder}/. {settings.project}` puts them beside the models."
    )


def _written(settings: Settings, folder: Path, results: Sequence[Mapping[str, Any]]) -> Iterator[Path]:
    """Write a file for each model, named as the model, so that it takes the place of no other."""
    for each in results:
        found = MODEL_FILE.search(str(each["message"]))
        if found and MISSING in str(each["message"]) and each["compiled_code"]:
            path = folder / f"{found[2]}.yml"
            if columns := _columns(settings, each["compiled_code"]):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"models:\n  - name: {found[1]}\n    columns:\n{columns}", encoding="utf-8")
                yield path


def _columns(settings: Settings, query: str) -> str:
    """Return the lines of a query's columns; none where it cannot run yet, which dbt says in its own words then."""
    with warehouse.read_records(settings) as connection:
        try:
            rows = connection.execute(f"describe select * from ({query}\n)").fetchall()
        except duckdb.Error:
            return ""
    return "".join(
        f"      - {{name: {_scalar(name)}, data_type: {_scalar(_lower(kind))}}}\n" for name, kind, *_ in rows
    )


def _lower(data_type: str) -> str:
    """Write a type as the rest of the declaration does, unless it names a field in quotes."""
    return data_type if '"' in data_type or "'" in data_type else data_type.lower()


def _scalar(text: str) -> str:
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
