"""The declaration: what dbt's own YAML says becomes dataclasses, or one error with file, key and remedy."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows import declaration, transform
from flows.errors import DeclarationError
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


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's own manifest of a small project."""
    folder = tmp_path_factory.mktemp("declaration")
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


def test_a_source_is_read_from_dbt_s_own_places(manifest: dict[str, Any], tmp_path: Path) -> None:
    (source,) = read(manifest, tmp_path, lambda source, exposure: None).sources
    assert source == declaration.Source(
        name="shop.orders",
        raw_table="shop__orders",
        declared_in="models/models.yml",
        location="shop/*.csv",
        file_format=None,
        options={"delimiter": ";"},
        columns=(
            declaration.SourceColumn("order_id", "VARCHAR", ("Bestellnummer",)),
            declaration.SourceColumn("placed_on", "DATE", ()),
        ),
        schedule="0 2 * * *",
        on_change="append",
        schema_policy="evolve",
        max_rejected=0.2,
    )


def test_a_classifier_learns_from_every_contract_column_but_key_target_and_time(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    (classifier,) = read(manifest, tmp_path, lambda source, exposure: None).classifiers
    assert (classifier.key, classifier.target, classifier.time_column) == ("order_id", "was_returned", "placed_on")
    assert [(each.name, each.kind) for each in classifier.features] == [
        ("amount", "numeric"),
        ("country", "categorical"),
        ("is_gift", "boolean"),
    ]
    assert classifier.estimator == "sklearn.linear_model.LogisticRegression"
    assert classifier.gate == declaration.Gate(minimum_events=10)


WRONG = {
    "unknown key under external": (
        lambda source, exposure: source["external"].update(locatoin="x"),
        r"models/models.yml: source shop.orders: external: unknown key 'locatoin' .*did you mean 'location'",
    ),
    "unknown key under meta": (
        lambda source, exposure: source["config"]["meta"].update(shedule="0 2 * * *"),
        r"config.meta: unknown key 'shedule' .*did you mean 'schedule'",
    ),
    "unknown reader option": (
        lambda source, exposure: source["external"]["options"].update(delimeter=";"),
        r"external.options: unknown key 'delimeter' .*did you mean 'delimiter'",
    ),
    "no location": (
        lambda source, exposure: source["external"].pop("location"),
        r"source shop.orders: 'location' is missing",
    ),
    "unknown policy": (
        lambda source, exposure: source["config"]["meta"].update(on_change="replaced"),
        r"config.meta.on_change: 'replaced' is not allowed .*did you mean 'replace'",
    ),
    "a share above one": (
        lambda source, exposure: source["config"]["meta"].update(max_rejected=5),
        r"config.meta.max_rejected: '5' is not a share between 0 and 1",
    ),
    "no cron expression": (
        lambda source, exposure: source["config"]["meta"].update(schedule="nightly"),
        r"config.meta.schedule: 'nightly' is not a cron schedule",
    ),
    "a raw table with another name": (
        lambda source, exposure: source.update(identifier="orders"),
        r"set `schema: raw` and `identifier: shop__orders`",
    ),
    "a target that is no column": (
        lambda source, exposure: exposure["config"]["meta"].update(target="was_retuned"),
        r"exposure returns: target 'was_retuned' is not a column of orders .*did you mean 'was_returned'",
    ),
    "no key": (
        lambda source, exposure: exposure["config"]["meta"].pop("key"),
        r"exposure returns: 'key' is missing",
    ),
    "the target among the features": (
        lambda source, exposure: exposure["config"]["meta"].update(features=["amount", "was_returned"]),
        r"feature 'was_returned' cannot be learned from",
    ),
    "a date as feature": (
        lambda source, exposure: exposure["config"]["meta"].update(time_column=None),
        r"feature 'placed_on' has type 'date'.*listing `features`",
    ),
    "two training tables": (
        lambda source, exposure: exposure["depends_on"]["nodes"].append("model.tiny.orders"),
        r"depends_on names 2 nodes; name the one mart",
    ),
    "an unknown gate setting": (
        lambda source, exposure: exposure["config"]["meta"].update(gate={"min_events": 3}),
        r"config.meta.gate: unknown key 'min_events' .*did you mean 'minimum_events'",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_names_file_key_and_remedy(case: str, manifest: dict[str, Any], tmp_path: Path) -> None:
    change, message = WRONG[case]
    with pytest.raises(DeclarationError, match=message):
        read(manifest, tmp_path, change)


def test_a_project_dbt_cannot_parse_is_a_declaration_error(settings: Settings, tmp_path: Path) -> None:
    broken = Settings(project=write_project(tmp_path / "p", "models: [{name: orders"), warehouse=settings.warehouse)
    with pytest.raises(DeclarationError, match=r"(?s)dbt cannot parse the project.*models.yml"):
        transform.read_declaration(broken)


def test_a_folder_without_a_dbt_project_is_a_declaration_error(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="set TIDEMILL_PROJECT to a dbt project"):
        transform.read_declaration(Settings(project=tmp_path, warehouse=settings.warehouse))


def test_an_unchanged_project_is_not_parsed_again(settings: Settings, tmp_path: Path) -> None:
    project = write_project(tmp_path / "p", MODELS)
    here = Settings(project=project, warehouse=settings.warehouse)
    first = transform.read_declaration(here)
    manifest_file = here.target_path / "manifest.json"
    parsed_at = manifest_file.stat().st_mtime_ns
    assert transform.read_declaration(here) == first
    assert manifest_file.stat().st_mtime_ns == parsed_at
    (project / "models" / "models.yml").write_text(MODELS.replace("append", "replace"), encoding="utf-8")
    assert transform.read_declaration(here).sources[0].on_change == "replace"
