"""The declaration changes under a warehouse that is in use, or is wrong: what is served stays true, and says why."""

import shutil
from pathlib import Path

from tests.place import Place
from tests.shop import project_of, run

NO_SOURCES = "{% macro accounted_sources() -%} {{ return([]) }} {%- endmacro %}"
NO_COMPARISONS = "{% macro declared_comparisons() -%} {{ return([]) }} {%- endmacro %}"


def lineage(project: Path, sources: str, comparisons: str) -> None:
    (project / "lineage" / "accounted_sources.sql").write_text(sources)
    (project / "lineage" / "declared_comparisons.sql").write_text(comparisons)


def marts(place: Place) -> list[tuple[object, ...]]:
    return place.ask("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")


def test_the_table_of_a_deleted_model_is_served_no_more(own_shop: Place) -> None:
    project = project_of(own_shop)
    (project / "models" / "marts" / "countries.sql").unlink()
    assert marts(own_shop) == [("countries",), ("orders",)]
    run(own_shop)
    assert marts(own_shop) == [("orders",)]


def test_a_project_without_sources_publishes_the_records_of_those_it_had(own_shop: Place) -> None:
    project = project_of(own_shop)
    for layer in ("staging", "intermediate", "marts"):
        shutil.rmtree(project / "models" / layer)
    lineage(project, NO_SOURCES, NO_COMPARISONS)
    run(own_shop)
    assert marts(own_shop) == []
    assert own_shop.ask("select count(*) from records.file_loads where action = 'loaded'") == [(2,)]
    assert own_shop.ask("select count(*) from records.row_ledger") == [(0,)]


def test_a_source_nobody_accounts_for_is_named_with_its_file_and_the_remedy(own_shop: Place) -> None:
    before = own_shop.published_file.read_bytes()
    project = project_of(own_shop)
    lineage(project, NO_SOURCES, NO_COMPARISONS)
    printed = run(own_shop, expect=1)
    assert "name shop.orders in lineage/accounted_sources.sql" in printed
    assert f"source shop.orders, file {own_shop.landing / 'orders' / '1.csv'}" in printed
    assert own_shop.published_file.read_bytes() == before


def test_a_missing_landing_folder_is_not_nothing_new(own_shop: Place) -> None:
    shutil.rmtree(own_shop.landing)
    for command in (["run"], ["ingest"], ["ingest", "--dry-run"]):
        printed = run(own_shop, *command, expect=1)
        assert f"the landing folder {own_shop.landing} does not exist" in printed
    assert run(own_shop, "status").count("failed") == 2


def test_a_run_that_a_wrong_declaration_ends_is_recorded(own_shop: Place) -> None:
    project = project_of(own_shop)
    model = project / "models" / "staging" / "stg_shop__orders.sql"
    model.write_text(model.read_text().replace('"decimal(12, 2)"', '"decimal"'))
    for verb in ("run", "ingest"):
        printed = run(own_shop, verb, expect=2)
        assert "column 'amount': type 'decimal' has no scale" in printed
    status = own_shop.tidemill("status")
    assert status.count("has no scale") == 2


def test_a_model_whose_columns_are_not_declared_is_named_with_the_remedy_and_no_macro_of_dbts(own_shop: Place) -> None:
    project = project_of(own_shop)
    (project / "models" / "marts" / "countries.sql").write_text(
        "{{ config(contract={'enforced': true}) }} select 1 as n"
    )
    printed = run(own_shop, expect=1)
    assert "countries (Compilation Error in model countries (models/marts/countries.sql)" in printed
    assert "name each of its columns with its data_type under `models:` in the YAML file beside it" in printed
    assert "columns/. " in printed and "puts them beside the models" in printed
    written = own_shop.published_file.parent / "target" / "columns" / "models" / "marts" / "countries.yml"
    assert '{name: "n", data_type: integer}' in written.read_text()
    assert "> called by macro" not in printed
