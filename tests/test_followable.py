"""Which models follow batch by batch: those that are one call of a macro, with rules that look at one row at a time."""

from typing import Any

import pytest

from tests.rendering import executing, relation, render
from tests.test_incremental import ACCOUNTED, CLEANED, KEPT, RAW, RULES, warehouse

CALLS = {
    "clean": render("clean", RAW, RULES),
    "combine": render("combine", {"shop": CLEANED}),
    "deduplicate": render("deduplicate", CLEANED, ["order_id"]),
    "merge_similar": render("merge_similar", KEPT, relation("intermediate", "linked")),
    "row_ledger": render("row_ledger", ACCOUNTED),
    "rejected_rows": render("rejected_rows", ACCOUNTED),
    "formatting_changes": render("formatting_changes", ACCOUNTED),
}


def is_followed(sql: str) -> bool:
    return render("batch_plan", sql) is not None


@pytest.mark.parametrize("macro", CALLS)
@pytest.mark.parametrize("around", ["{}", "\n\n-- What it is.\r\n\t{}\n", "{}\n-- That was it.", "--{}\n{}"])
def test_a_model_that_is_one_call_follows_whatever_white_space_and_comments_stand_around_it(
    macro: str, around: str
) -> None:
    assert is_followed(around.replace("--{}", "-- {{ clean }}").replace("{}", CALLS[macro]))


@pytest.mark.parametrize("macro", CALLS)
@pytest.mark.parametrize(
    "around",
    [
        "{}\nwhere true",
        "{}\nlimit 10",
        "{} -- those that count\nqualify row_number() over () = 1",
        "{}\nunion all by name {}",
        "{}\nunion all by name select 1 as amount -- {}",
        "{} /* and */ where true /* end of batched */",
        "select * from ({}) as rows",
        "with all_rows as ({}) select count(*) from all_rows",
        "/* {} */ select 1",
        "-- /* batched {} */\nselect 1",
        "select '{}'",
    ],
)
def test_a_model_with_sql_of_its_own_around_the_call_is_built_whole(macro: str, around: str) -> None:
    assert not is_followed(around.replace("{}", CALLS[macro]))


@pytest.mark.parametrize(
    "declared",
    [
        {"partition_by": "(select max(kind) from kinds where kinds.id = order_id)"},
        {"partition_by": "order_id", "order_by": "count(*) OVER (partition by amount) desc"},
        {"partition_by": "order_id", "order_by": "(from trusted select rank)"},
        {"partition_by": "order_id", "best_of": {"amount": "updated_at <= current_date desc"}},
        {"partition_by": "order_id", "order_by": "updated_at <= Now() desc"},
        {"partition_by": "order_id", "order_by": "random()"},
    ],
)
def test_rules_that_look_at_other_rows_or_at_the_clock_are_no_rules_of_a_group(declared: dict[str, Any]) -> None:
    assert not is_followed(render("deduplicate", CLEANED, **declared))


@pytest.mark.parametrize(
    ("declared", "is_place_known"),
    [
        ({"renamed": {"shop": {"amount": "price"}}}, True),
        ({"columns": ["order_id", "_FILE_ID", "_row_number"]}, True),
        ({"columns": ["order_id", "_file_id"]}, False),
        ({"renamed": {"shop": {"_file_id": "file"}}}, False),
        ({"renamed": {"shop": {"order_id": "_Row_Number", "_row_number": "line"}}}, False),
    ],
)
def test_combined_rows_follow_where_each_has_the_place_it_came_from(
    declared: dict[str, Any], is_place_known: bool
) -> None:
    assert is_followed(render("combine", {"shop": CLEANED}, **declared)) == is_place_known


@pytest.mark.parametrize("macro", ["batched_by_fate", "batched_by_rejection", "batched_by_run"])
def test_the_records_of_a_staging_model_that_is_no_table_are_built_whole(macro: str) -> None:
    ephemeral = [{**ACCOUNTED[0], "cleaned": "__dbt__cte__stg_shop__orders"}]
    assert "batched" in render(macro, ACCOUNTED)
    assert "batched" not in render(macro, ephemeral)


def test_a_table_is_known_to_be_referenced_while_a_foreign_key_points_to_it() -> None:
    connection = warehouse()
    connection.execute("create table staging.customers (id int primary key); create table staging.orders (id int)")
    customers, orders = relation("staging", "customers"), relation("staging", "orders")
    with executing(connection):
        assert not render("is_referenced", customers)
        connection.execute("create table staging.sales (customer int references staging.customers (id))")
        assert render("is_referenced", customers) and not render("is_referenced", orders)


@pytest.mark.parametrize("order", ["selected desc", "overdue", "extract(year from updated_at)", "now_valid"])
def test_rules_of_one_row_follow_whatever_their_columns_are_called(order: str) -> None:
    assert is_followed(render("deduplicate", CLEANED, "order_id", order))
