"""Schema drift: every difference is recorded with its decision, and no value is ever rounded, cut or lost by it."""

from dataclasses import replace

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.declaration.declared import SourceColumn
from flows.ingest.column_types import FLOATING, SIGNED, UNSIGNED, common_type
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, ask, put, run_ingest

UNDECLARED = replace(ORDERS, columns=())
FROZEN = replace(ORDERS, schema_policy="freeze")
CHANGES = "select change, column_name, file_column_name, decision from records.schema_changes order by file_id, 1, 2"


def parquet(settings: Settings, name: str, select: str) -> None:
    path = put(settings, name, "")
    duckdb.connect().execute(f"copy ({select}) to '{path}' (format parquet)")


def typed(name: str, data_type: str) -> SourceColumn:
    return SourceColumn(name, data_type, ())


WIDENED = [
    ("1::integer", "12.75::double", "DOUBLE", ["1.0", "12.75"]),
    ("1::integer", "9007199254740993::bigint", "BIGINT", ["1", "9007199254740993"]),
    ("9007199254740993::bigint", "12.75::double", "VARCHAR", ["12.75", "9007199254740993"]),
    ("12.75::decimal(4,2)", "1::integer", "DECIMAL(12,2)", ["1.00", "12.75"]),
    ("date '2026-01-01'", "timestamp '2026-01-01 10:30'", "TIMESTAMP", ["2026-01-01 00:00:00", "2026-01-01 10:30:00"]),
    ("true", "5::integer", "VARCHAR", ["5", "true"]),
    ("1::integer", "'007'", "VARCHAR", ["007", "1"]),
]


@pytest.mark.parametrize(("first", "second", "data_type", "values"), WIDENED)
def test_an_undeclared_column_is_widened_so_that_every_value_is_kept(
    settings: Settings, first: str, second: str, data_type: str, values: list[str]
) -> None:
    parquet(settings, "a.parquet", f"select {first} as price")
    parquet(settings, "b.parquet", f"select {second} as price")
    assert run_ingest(settings, UNDECLARED).problems == ()
    assert ask(settings, "select price::varchar, typeof(price) from raw.shop__orders order by 1") == [
        (value, data_type) for value in values
    ]
    assert [row[:2] for row in ask(settings, CHANGES)] == [("added", "price"), ("type_conflict", "price")]
    assert "widened" in str(ask(settings, CHANGES)[-1][-1])


LOSSY = [
    ("integer", "12.75::double", "12.75 would become 13"),
    ("bigint", "12.75::decimal(4,2)", "12.75 would become 13"),
    ("date", "timestamp '2026-01-01 10:30'", "10:30:00 would become 2026-01-01"),
    ("double", "9007199254740993::bigint", "9007199254740993 would become"),
    ("integer", "3000000000::bigint", "3000000000 would become nothing"),
]


@pytest.mark.parametrize(("declared", "value", "said"), LOSSY)
def test_a_value_that_the_declared_type_would_lose_refuses_the_file_and_says_which(
    settings: Settings, declared: str, value: str, said: str
) -> None:
    source = replace(ORDERS, columns=(typed("price", declared),))
    parquet(settings, "a.parquet", f"select {value} as price")
    assert said in run_ingest(settings, source).problems[0]
    assert ask(settings, "select count(*) from raw.shop__orders") == [(0,)]
    assert ask(settings, CHANGES) == [("type_conflict", "price", "price", "the file is refused")]


def test_the_type_the_refusal_names_lets_the_file_in(settings: Settings) -> None:
    parquet(settings, "a.parquet", "select 12.75::double as price")
    source = replace(ORDERS, columns=(typed("price", "bigint"),))
    problem = run_ingest(settings, source).problems[0]
    named = problem.partition("declare `data_type: ")[2].partition("`")[0]
    assert run_ingest(settings, replace(ORDERS, columns=(typed("price", named),))).problems == ()
    assert ask(settings, "select price::varchar from raw.shop__orders") == [("12.75",)]


def test_a_declared_type_takes_another_ones_values_while_they_are_exact(settings: Settings) -> None:
    source = replace(ORDERS, columns=(typed("price", "integer"),))
    parquet(settings, "a.parquet", "select 12.0::double as price")
    assert run_ingest(settings, source).problems == ()
    assert ask(settings, "select price from raw.shop__orders") == [(12,)]
    assert ask(settings, CHANGES) == [("type_conflict", "price", "price", "every DOUBLE is a INTEGER exactly")]


@pytest.mark.parametrize(
    ("data_type", "good", "bad"),
    [
        ("integer", ["7", "007", "-3", "5.00", "1e3"], "12.75"),
        ("decimal(6,2)", ["7", "1.5", "1.500", ".25"], "1.255"),
        ("date", ["2026-01-01", "2026-01-01 00:00:00"], "2026-01-01 10:30:00"),
    ],
)
def test_a_text_that_a_declared_type_would_round_or_cut_refuses_the_file(
    settings: Settings, data_type: str, good: list[str], bad: str
) -> None:
    source = replace(ORDERS, columns=(typed("order_id", data_type), *ORDERS.columns[1:]))
    for place, value in enumerate([*good, bad]):
        put(settings, f"{place}.csv", f"order_id,customer,note\n{value},Ada,first\n")
    problems = run_ingest(settings, source).problems
    assert len(problems) == 1
    assert f"column order_id of shop.orders is {data_type.upper()}, which cannot hold exactly {bad}" in problems[0]
    assert ask(settings, "select count(*) from raw.shop__orders") == [(len(good),)]


def test_the_raw_table_follows_the_declaration(settings: Settings) -> None:
    source = replace(ORDERS, columns=(typed("price", "integer"),))
    parquet(settings, "a.parquet", "select 5::integer as price")
    run_ingest(settings, source)
    run_ingest(settings, replace(ORDERS, columns=(typed("price", "double"), typed("added_later", "date"))))
    assert ask(settings, "select typeof(price), typeof(added_later) from raw.shop__orders") == [("DOUBLE", "DATE")]


def test_a_type_declared_later_loses_nothing_of_what_is_there(settings: Settings) -> None:
    parquet(settings, "a.parquet", "select 9007199254740993::bigint as price")
    run_ingest(settings, replace(ORDERS, columns=(typed("price", "bigint"),)))
    run_ingest(settings, replace(ORDERS, columns=(typed("price", "double"),)))
    assert ask(settings, "select price from raw.shop__orders") == [("9007199254740993",)]


@pytest.mark.parametrize("name", ["order_id", "order_ix"])
def test_a_damaged_file_whose_columns_drift_is_refused_alone(settings: Settings, name: str) -> None:
    source = replace(ORDERS, columns=(typed("order_id", "integer"), *ORDERS.columns[1:]))
    parquet(settings, "a.parquet", f"select random() as {name}, 'Ada' as customer, 'x' as note from range(500)")
    path = settings.landing / "orders" / "a.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 56 + content[60:])
    put(settings, "b.csv", GOOD)
    problems = run_ingest(settings, source).problems
    assert ["a.parquet" in problem and "cannot be read" in problem for problem in problems] == [True]
    assert ask(settings, "select count(*) from raw.shop__orders") == [(2,)]


NUMBERS = st.sampled_from([*SIGNED, *UNSIGNED, *FLOATING, "DECIMAL(4,2)", "DECIMAL(18,0)", "DECIMAL(38,10)"])


@hypothesis_settings(deadline=None, derandomize=True)
@given(one=NUMBERS, other=NUMBERS)
def test_the_common_type_holds_the_extremes_of_both_exactly(one: str, other: str) -> None:
    wide = common_type(one, other)
    assert wide == common_type(other, one)
    with duckdb.connect() as connection:
        for name in (one, other):
            for text in ("0", "1", "127", "255", "65535", "16777217", "4294967295", "9007199254740993", "0.01", "0.1"):
                value = f"try_cast('{text}' as {name})"
                back = f"try_cast(try_cast({value} as {wide}) as {name}) is not distinct from {value}"
                assert connection.execute(f"select {back}").fetchall() == [(True,)], (one, other, wide, text)


def test_a_missing_declared_column_is_null_and_recorded_once_per_file(settings: Settings) -> None:
    put(settings, "a.csv", "order_id,customer\n1,Ada\n")
    put(settings, "b.csv", "order_id,customer\n2,Bob\n")
    assert run_ingest(settings).problems == ()
    assert ask(settings, "select note from raw.shop__orders") == [(None,), (None,)]
    assert ask(settings, CHANGES) == [("missing", "note", None, "NULL")] * 2


def test_a_new_column_with_the_values_of_a_missing_one_is_proposed_as_its_alias(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    put(settings, "b.csv", "order_id,kunde,note,place\n3,Ada,x,Ulm\n4,Bob,y,Bonn\n")
    assert run_ingest(settings).problems == ()
    decision = "proposed: declare alias 'kunde' for customer (100% of its values stand there)"
    assert ("renamed", "customer", "kunde", decision) in ask(settings, CHANGES)
    assert ask(settings, "select customer, kunde from raw.shop__orders where order_id = '3'") == [(None, "Ada")]


def test_a_new_column_with_other_values_is_not_proposed(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    put(settings, "b.csv", "order_id,place,note\n3,Ulm,x\n4,Bonn,y\n")
    run_ingest(settings)
    assert [row[0] for row in ask(settings, CHANGES)] == ["added", "missing"]


def test_another_order_of_columns_is_recorded_once_and_read_by_name(settings: Settings) -> None:
    turned = "note,order_id,customer\nthird,{0},Cy\n"
    put(settings, "a.csv", GOOD)
    put(settings, "b.csv", turned.format(3))
    put(settings, "c.csv", turned.format(4))
    run_ingest(settings)
    put(settings, "d.csv", GOOD.replace("1,", "6,"))
    put(settings, "e.csv", turned.format(5))
    run_ingest(settings)
    assert ask(settings, CHANGES) == [
        ("reordered", "note", '["note", "order_id", "customer"]', "read by name"),
    ]
    assert ask(settings, "select distinct customer from raw.shop__orders where note = 'third'") == [("Cy",)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("order_id,customer,note,channel\n1,Ada,x,web\n", "it brings channel, but shop.orders is frozen"),
        ("order_id,customer\n1,Ada\n", "it lacks note, but shop.orders is frozen"),
        ("order_id,customer,place\n1,Ada,Ulm\n", "it brings place and lacks note, but shop.orders is frozen"),
    ],
)
def test_a_frozen_source_refuses_a_file_with_other_columns_and_says_which(
    settings: Settings, content: str, said: str
) -> None:
    put(settings, "a.csv", content)
    assert said in run_ingest(settings, FROZEN).problems[0]
    assert {row[-1] for row in ask(settings, CHANGES)} == {"the file is refused"}
    assert ask(settings, "select count(*) from raw.shop__orders") == [(0,)]


def test_a_frozen_source_refuses_another_type_and_takes_another_order(settings: Settings) -> None:
    source = replace(FROZEN, columns=(typed("price", "integer"), typed("note", "varchar")))
    parquet(settings, "a.parquet", "select 12::bigint as price, 'x' as note")
    parquet(settings, "b.parquet", "select 'x' as note, 12::integer as price")
    problems = run_ingest(settings, source).problems
    assert len(problems) == 1
    assert "a.parquet: it has another type for price, but shop.orders is frozen" in problems[0]


def test_types_that_change_from_file_to_file_keep_every_value_while_batches_land_side_by_side(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.ingest.load.WINDOW_FILES", 4)
    for number in range(12):
        value = f"{number}::integer" if number % 3 else f"{number}.25::double" if number % 2 else f"'{number} pieces'"
        parquet(settings, f"{number:02}.parquet", f"select {value} as price, {number} as {'ab'[number % 2]}")
    assert run_ingest(settings, UNDECLARED).problems == ()
    landed = ask(settings, "select price, coalesce(a, b) from raw.shop__orders order by 2")
    assert [str(price).partition(" ")[0].removesuffix(".0") for price, _ in landed] == [
        f"{number}" if number % 3 or not number % 2 else f"{number}.25" for number in range(12)
    ]
