"""A model whose columns nobody has named: they are written out, ready to be put beside it."""

from typing import Any

import yaml

from flows import contracts, warehouse
from flows.settings import Settings

MISSING = (
    "Compilation Error in model {0} (models/staging/{0}.sql)\n"
    "  This model has an enforced contract, and its 'columns' specification is missing"
)


def failed(model: str, query: str, message: str = MISSING) -> dict[str, Any]:
    return {"message": message.format(model), "compiled_code": query}


def read(settings: Settings, model: str) -> Any:
    path = settings.target_path / "columns" / "models" / "staging" / f"{model}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["models"]


def test_the_columns_of_each_such_model_are_written_with_the_types_they_have(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute(
            'create table orders (order_id varchar, amount decimal(12, 2), "Fällig am" date, "on" bigint)'
        )
    said = contracts.write_missing(
        settings,
        [
            failed("stg_orders", "select * from orders -- all"),
            failed("other", "select 1", "Binder Error in model other"),
        ],
    )
    assert f"`cp -r {settings.target_path / 'columns'}/. {settings.project}`" in said
    (model,) = read(settings, "stg_orders")
    assert model["name"] == "stg_orders"
    assert [tuple(column.values()) for column in model["columns"]] == [
        ("order_id", "varchar"),
        ("amount", "decimal(12,2)"),
        ("Fällig am", "date"),
        ("on", "bigint"),
    ]
    assert len(list((settings.target_path / "columns").rglob("*.yml"))) == 1


def test_a_model_that_cannot_run_yet_has_none_and_what_was_written_before_is_gone(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute("create table orders (order_id varchar)")
    contracts.write_missing(settings, [failed("stg_orders", "select * from orders")])
    assert contracts.write_missing(settings, [failed("stg_lines", "select * from lines")]) == ""
    assert not (settings.target_path / "columns").exists()
