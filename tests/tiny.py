"""A small dbt project, and how its declaration is read after one change."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows import declaration, transform
from flows.settings import Settings

PROJECT = """
name: tiny
profile: tidemill
version: "1.0"
models:
  tiny:
    +schema: marts
flags: {send_anonymous_usage_stats: false}
"""
PROFILES = """
tidemill:
  target: duckdb
  outputs: {duckdb: {type: duckdb, path: ":memory:"}}
"""
MODELS = """
sources:
  - name: shop
    schema: raw
    tables:
      - name: orders
        identifier: shop__orders
        external:
          location: shop/*.csv
          options: {delimiter: ";"}
        config:
          meta: {schedule: "0 2 * * *", on_change: append, max_rejected: 0.2}
        columns:
          - name: order_id
            config: {meta: {aliases: [Bestellnummer]}}
          - name: placed_on
            data_type: date
models:
  - name: orders
    columns:
      - {name: order_id, data_type: varchar}
      - {name: amount, data_type: "decimal(12, 2)"}
      - {name: country, data_type: varchar}
      - {name: is_gift, data_type: boolean}
      - {name: placed_on, data_type: date}
      - {name: was_returned, data_type: boolean}
exposures:
  - name: returns
    type: ml
    owner: {name: the shop}
    depends_on: [ref('orders')]
    config:
      meta:
        key: order_id
        target: was_returned
        time_column: placed_on
        params: {C: 0.5}
        gate: {minimum_events: 10}
"""
# The real macro, so that schemas are named as in every Tidemill project.
SCHEMA_NAME = "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}"


def parse(folder: Path) -> dict[str, Any]:
    """dbt's own manifest of the project."""
    settings = Settings(project=write_project(folder / "project", MODELS), warehouse=folder / "warehouse")
    transform.read_declaration(settings)
    content: dict[str, Any] = json.loads((settings.target_path / "manifest.json").read_text(encoding="utf-8"))
    return content


def write_project(folder: Path, models: str) -> Path:
    files = {
        "dbt_project.yml": PROJECT,
        "profiles.yml": PROFILES,
        "models/models.yml": models,
        "models/orders.sql": "select 1 as order_id",
        "macros/generate_schema_name.sql": SCHEMA_NAME,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def read(manifest: dict[str, Any], folder: Path, change: Callable[[Any, Any], None]) -> declaration.Declaration:
    """Read the manifest after one change to its source and its exposure."""
    changed = copy.deepcopy(manifest)
    change(changed["sources"]["source.tiny.shop.orders"], changed["exposures"]["exposure.tiny.returns"])
    (folder / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    return declaration.read(folder / "manifest.json")
