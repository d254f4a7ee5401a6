"""The declaration: what dbt's own YAML says becomes dataclasses, or one error with file, key and remedy."""

from pathlib import Path
from typing import Any

import pytest

from flows import declaration, transform
from flows.errors import DeclarationError
from flows.settings import Settings
from tests.tiny import MODELS, read, write_project


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
