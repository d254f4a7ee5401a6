"""The macros: wrong rules are named when dbt compiles, and `compare` finds what another tool finds."""

import re
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from flows.settings import REPOSITORY
from tests.place import Finished, Place

CLEANING = REPOSITORY / "dbt_project" / "macros" / "cleaning"

WRONG_RULES = {
    '"has_exited": {"type": "boolen"}': "unknown type 'boolen'",
    '"has_exited": {"typ": "boolean"}': "typ",
    '"has_exited": {"type": "boolean", "on_error": "ignore"}': "on_error 'ignore' is not allowed",
    '"has_exited": {"type": "boolean", "null_tokens": "-"}': "null_tokens '-' is not a list",
}


@pytest.mark.parametrize("rule", WRONG_RULES)
def test_a_wrong_cleaning_rule_is_named_before_anything_runs(place: Place, rule: str) -> None:
    project = place.own_project()
    model = project / "models" / "staging" / "billing" / "stg_billing__exits.sql"
    model.write_text(model.read_text().replace('"has_exited": {"type": "boolean"}', rule))
    printed = place.tidemill("--project", str(project), "run", expect=2)
    assert WRONG_RULES[rule] in printed
    assert "has_exited" in printed


def listed(macro: str) -> set[str]:
    """The names that a macro of the cleaning rules returns."""
    text = (CLEANING / "check_cleaning_rules.sql").read_text(encoding="utf-8")
    found = re.search(rf"{macro}\(\) -%}}\s*{{{{ return\(\[(.*?)\]\)", text, re.DOTALL)
    assert found
    return set(re.findall(r'"([^"]+)"', found.group(1)))


def test_every_cleaning_rule_and_every_word_for_nothing_is_documented() -> None:
    macros = yaml.safe_load((CLEANING.parent / "_macros.yml").read_text(encoding="utf-8"))["macros"]
    (clean,) = (macro for macro in macros if macro["name"] == "clean")
    (description,) = (each["description"] for each in clean["arguments"] if each["name"] == "columns")
    items = re.findall(r"^\* (.*?):", description, re.MULTILINE)
    assert {rule for item in items for rule in re.findall(r"`(\w+)`", item)} == listed("cleaning_rule_names")
    ((words,),) = [re.findall(r"default: (n/a.*?)\)", " ".join(description.split()))]
    assert set(words.split(", ")) == listed("default_null_tokens")
    types = re.search(r"`type`: (.*?)\. A value", " ".join(description.split()))
    assert types and listed("cleaning_types") == set(re.findall(r"\w+", types.group(1))) - {
        "default", "precision", "scale", "or"
    }  # fmt: skip


def compiled(place: Place, model: str) -> str:
    """The SQL that dbt ran for a model."""
    (file,) = (place.folder / "warehouse" / "target" / "compiled").rglob(f"{model}.sql")
    return file.read_text()


@pytest.fixture
def warehouse(finished: Finished, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A copy of the finished warehouse."""
    shutil.copyfile(finished.place.folder / "warehouse" / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    return duckdb.connect(tmp_path / "warehouse.duckdb")


def test_compare_gives_the_same_with_and_without_the_optimiser_that_is_switched_off(
    finished: Finished, warehouse: duckdb.DuckDBPyConnection
) -> None:
    query = f"select * from ({compiled(finished.place, 'int_plans_compared')}) order by account_id"
    results = []
    for disabled in ("", "common_subplan"):
        warehouse.execute(f"set disabled_optimizers = '{disabled}'")
        results.append(warehouse.execute(query).fetchall())
    assert results[0] == results[1]
    assert len(results[0]) > 1000


def test_compare_finds_what_pandas_finds(finished: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    ours = warehouse.execute(compiled(finished.place, "int_plans_compared")).df()
    left, right = (
        warehouse.execute(f"select account_id, plan from intermediate.{name}").df()
        for name in ("int_accounts_deduplicated", "int_exits_deduplicated")
    )
    merged = pd.merge(left, right, on="account_id", how="outer", suffixes=("__left", "__right"), indicator=True)
    both = merged[merged["_merge"] == "both"]
    differs = both["plan__left"].fillna("?") != both["plan__right"].fillna("?")
    changed = ours[ours["changed_columns"].notna()]
    assert set(changed["account_id"]) == set(both.loc[differs, "account_id"])
    assert len(changed) >= finished.faults["plan_mismatch"]
    assert ours["_merge"].value_counts().to_dict() == merged["_merge"].value_counts().to_dict()


def test_deduplicate_keeps_what_pandas_keeps(finished: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    cleaned = warehouse.execute(
        "select * from staging.stg_crm__accounts where not _is_rejected and _superseded_by_file_id is null"
    ).df()
    kept = (
        cleaned.sort_values(["updated_at", "_file_id", "_row_number"], ascending=[False, True, True])
        .drop_duplicates("account_id")
        .set_index("account_id")["updated_at"]
    )
    ours = warehouse.execute("select account_id, updated_at from intermediate.int_accounts_deduplicated").df()
    assert ours.set_index("account_id")["updated_at"].sort_index().equals(kept.sort_index())
