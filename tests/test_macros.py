"""The macros: wrong rules are named when dbt compiles, and what dbt runs is what was tested."""

import re
import shutil
from collections import Counter
from pathlib import Path

import duckdb
import pytest
import yaml

from flows.macros import render, returned
from flows.settings import REPOSITORY
from tests.place import Finished, Place

MACROS = REPOSITORY / "dbt_project" / "macros"


def test_every_macro_has_a_name_of_its_own_as_dbt_wants_it() -> None:
    texts = [path.read_text(encoding="utf-8") for path in MACROS.rglob("*.sql")]
    names = [name for text in texts for name in re.findall(r"{%-? macro (\w+)", text)]
    assert len(names) > 100 and [name for name, count in Counter(names).items() if count > 1] == []


def test_every_documented_macro_has_the_arguments_that_are_documented() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in MACROS.rglob("*.sql"))
    heads = dict(re.findall(r"{%-? macro (\w+)\((.*?)\) -?%}", text))
    macros = yaml.safe_load((MACROS / "_macros.yml").read_text(encoding="utf-8"))["macros"]
    documented = {
        macro["name"]: [each["name"] for each in macro["arguments"]] for macro in macros if "arguments" in macro
    }
    taken = {name: [each.split("=")[0] for each in heads[name].split(", ")] for name in documented}
    assert len(documented) > 5 and documented == taken


def test_no_macro_is_left_that_nothing_calls() -> None:
    folders = (("dbt_project", "*.sql"), ("dbt_project", "*.yml"), ("docs", "*.md"))
    files = [path for folder, pattern in folders for path in (REPOSITORY / folder).rglob(pattern)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    named = Counter(re.findall(r"\w+", text))
    written = re.findall(r"{%-? macro (\w+)|dispatch\(\"(\w+)\"", text)
    once = Counter(name.removeprefix("duckdb__") for pair in written for name in pair if name)
    unused = {name for name, count in once.items() if named[name] + named[f"duckdb__{name}"] <= count}
    assert unused == {"generate_schema_name"}, "dbt itself calls the one; delete any other"


def test_a_wrong_cleaning_rule_is_named_before_anything_runs(continued: Place) -> None:
    project = continued.own_project()
    model = project / "models" / "staging" / "billing" / "stg_billing__exits.sql"
    model.write_text(model.read_text().replace('"has_exited": {"type": "boolean"}', '"has_exited": {"type": "boolen"}'))
    printed = continued.tidemill("--project", str(project), "run", expect=2)
    assert "unknown type 'boolen'" in printed
    assert "has_exited" in printed


def test_every_cleaning_rule_and_every_word_for_nothing_is_documented() -> None:
    macros = yaml.safe_load((MACROS / "_macros.yml").read_text(encoding="utf-8"))["macros"]
    (clean,) = (macro for macro in macros if macro["name"] == "clean")
    (description,) = (each["description"] for each in clean["arguments"] if each["name"] == "columns")
    items = re.findall(r"^\* (.*?):", description, re.MULTILINE)
    assert {rule for item in items for rule in re.findall(r"`(\w+)`", item)} == set(returned("cleaning_options"))
    ((words,),) = [re.findall(r"default: (n/a.*?)\)", " ".join(description.split()))]
    assert words.split(", ") == returned("default_null_tokens")
    types = re.search(r"`type`: (.*?)\. A value", " ".join(description.split()))
    assert types and set(returned("cleaning_types")) == set(re.findall(r"\w+", types.group(1))) - {
        "default", "precision", "scale", "or", "in", "UTC"
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


def test_dbt_and_the_command_run_the_same_comparison(finished: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    of_dbt = compiled(finished.place, "int_plans_compared")
    (left,) = set(re.findall(r"from ([^\s)]+int_accounts_deduplicated[^\s)]*)", of_dbt))
    (right,) = set(re.findall(r"from ([^\s)]+int_exits_deduplicated[^\s)]*)", of_dbt))
    own = render("compare", left, right, "account_id", ["plan"], same_types={"plan": "VARCHAR"})
    assert of_dbt.split("\n", 1)[1].split() == own.split()
    changed = warehouse.execute(f"select count(*) from ({own}) where is_changed").fetchone()
    assert changed == (finished.faults["plan_mismatch"] + finished.faults["not_available"],)


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
