"""The macro `combine`, against pandas: which columns and types meet in which."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import DeclarationError
from flows.macros import render, returned

MANY = settings(max_examples=200, deadline=None)
INTEGERS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64, "hugeint": 128}
UNSIGNED = {"utinyint": 8, "usmallint": 16, "uinteger": 32, "ubigint": 64}


def plan(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str], **rules: Any) -> list[Mapping[str, Any]]:
    met = {
        source: {row[0]: row[1] for row in connection.execute(f"describe select * from {relation}").fetchall()}
        for source, relation in relations.items()
    }
    arguments = {"columns": None, "renamed": {}, "types": {}} | rules
    planned: list[Mapping[str, Any]] = returned("plan_of_combination", met, *arguments.values())
    return planned


def combined(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str], **rules: Any) -> Any:
    sql = render("combined_as_planned", relations, plan(connection, relations, **rules))
    return connection.execute(sql)


def common(*types: str) -> str | None:
    found: str | None = returned("common_type", list(types))
    return found


NAMES = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=3, unique=True)
TABLE = NAMES.flatmap(
    lambda names: st.lists(
        st.fixed_dictionaries({name: st.one_of(st.none(), st.integers(0, 3)) for name in names}), min_size=1, max_size=5
    )
)


@MANY
@given(st.lists(TABLE, min_size=1, max_size=4))
def test_sources_with_other_columns_are_put_together_as_pandas_does(
    connection: duckdb.DuckDBPyConnection, tables: list[list[dict[str, int | None]]]
) -> None:
    relations = {f"source {number}": values(rows) for number, rows in enumerate(tables)}
    frames = [
        pd.DataFrame(rows, dtype=object).assign(_source=name) for name, rows in zip(relations, tables, strict=True)
    ]
    expected = pd.concat(frames)
    result = combined(connection, relations)
    names = [column[0] for column in result.description]
    ours = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    assert set(names) == set(expected.columns)
    wanted = [
        {name: None if pd.isna(row[name]) else row[name] for name in names} for row in expected.to_dict("records")
    ]
    assert sorted(map(str, ours)) == sorted(map(str, wanted))


def values(rows: Sequence[Mapping[str, int | None]]) -> str:
    selects = (
        ", ".join(f"{'null' if row[name] is None else row[name]}::bigint as {name}" for name in rows[0]) for row in rows
    )
    return "(" + " union all ".join(f"select {each}" for each in selects) + ")"


@pytest.mark.parametrize("one", INTEGERS)
@pytest.mark.parametrize("other", [*INTEGERS, *UNSIGNED])
def test_the_common_type_of_whole_numbers_holds_the_extremes_of_both(
    connection: duckdb.DuckDBPyConnection, one: str, other: str
) -> None:
    common_type = common(one, other) if one != other else one
    assert common_type
    for each, bits in ((one, INTEGERS[one]), (other, (INTEGERS | UNSIGNED)[other])):
        largest = 2 ** (bits - 1 if each in INTEGERS else bits) - 1
        assert connection.execute(f"select '{largest}'::{each}::{common_type}::varchar").fetchone() == (str(largest),)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["decimal(12,2)", "decimal(10,4)"], "decimal(14,4)"),
        (["decimal(12,2)", "bigint"], "decimal(21,2)"),
        (["integer", "double"], "double"),
        (["float", "double"], "double"),
        (["utinyint", "uinteger"], "uinteger"),
        (["date", "timestamp"], "timestamp"),
        (["bigint", "double"], None),
        (["decimal(12,2)", "double"], None),
        (["decimal(38,2)", "decimal(38,10)"], None),
        (["hugeint", "ubigint", "uhugeint"], None),
        (["varchar", "bigint"], None),
        (["timestamp", "timestamp with time zone"], None),
        (["boolean", "integer"], None),
    ],
)
def test_types_meet_only_where_no_value_can_change(types: list[str], expected: str | None) -> None:
    assert common(*types) == expected
    assert common(*reversed(types)) == expected


RELATIONS = {
    "crm": "(select 'A1' as account_id, 1.50::decimal(12, 2) as amount, 7 as Extra)",
    "billing": "(select 'A2' as acct, 2::bigint as amount, true as has_exited)",
}
RULES: dict[str, Any] = {
    "renamed": {"billing": {"acct": "account_id"}},
    "columns": ["account_id", "amount", "has_exited"],
}


def test_what_was_met_missing_and_left_out_can_be_asked(connection: duckdb.DuckDBPyConnection) -> None:
    listed = render("listed_plan", plan(connection, RELATIONS, **RULES))
    assert connection.execute(f"select * from ({listed}) order by all").fetchall() == [
        ("account_id", "billing", "acct", "varchar", "varchar", "as_is"),
        ("account_id", "crm", "account_id", "varchar", "varchar", "as_is"),
        ("amount", "billing", "amount", "bigint", "decimal(21,2)", "cast"),
        ("amount", "crm", "amount", "decimal(12,2)", "decimal(21,2)", "cast"),
        ("extra", "billing", None, None, None, "missing"),
        ("extra", "crm", "Extra", "integer", None, "left_out"),
        ("has_exited", "billing", "has_exited", "boolean", "boolean", "as_is"),
        ("has_exited", "crm", None, None, "boolean", "missing"),
    ]
    sql = render("combined_as_planned", RELATIONS, plan(connection, RELATIONS, **RULES))
    assert "-- amount: decimal(21,2), from crm decimal(12,2), billing bigint" in sql
    assert "-- has_exited: boolean, missing in crm" in sql


def test_renamed_missing_and_extra_columns_and_the_source_are_kept(connection: duckdb.DuckDBPyConnection) -> None:
    rows = combined(connection, RELATIONS, **RULES).fetchall()
    assert [(row[0], str(row[1]), *row[2:]) for row in rows] == [
        ("A1", "1.50", None, "crm"),
        ("A2", "2.00", True, "billing"),
    ]


def test_a_declared_type_takes_every_value_it_holds_and_ends_the_run_at_the_first_it_does_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    relations = {"one": "(select 2::bigint as x)", "two": "(select 0.5::double as x)"}
    assert combined(connection, relations, types={"x": "double"}).fetchall() == [(2.0, "one"), (0.5, "two")]
    relations["one"] = f"(select {2**53 + 1} as x)"
    with pytest.raises(duckdb.Error, match=f"combine: one.x: '{2**53 + 1}' would change as double"):
        combined(connection, relations, types={"x": "double"}).fetchall()
    assert plan(connection, relations, types={"x": "DECIMAL(30, 2)"})[0]["type"] == "decimal(30,2)"
    assert combined(connection, relations, types={"x": "varchar"}).fetchall()[1] == ("0.5", "two")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"columns": ["z"]}, "columns names 'z', which is none of"),
        ({"renamed": {"erp": {}}}, "renamed names 'erp', which is none of crm, billing"),
        ({"renamed": {"crm": {"z": "y"}}}, "renamed\\['crm'\\] names 'z'"),
        ({"types": {"z": "text"}}, "types names 'z'"),
        ({"renamed": {"crm": {"Extra": "amount"}}}, "would be a second column 'amount'"),
        (
            {"renamed": {"crm": {"amount": "account"}, "billing": {"has_exited": "account"}}},
            "no type holds every value",
        ),
        (
            {"renamed": {"crm": {"account_id": "amount", "amount": "a"}}, "types": {"amount": "bigint"}},
            "clean the text",
        ),
    ],
)
def test_a_combination_that_cannot_be_is_refused(
    connection: duckdb.DuckDBPyConnection, rules: dict[str, Any], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        plan(connection, RELATIONS, **rules)


def test_names_are_taken_as_sql_takes_them_whatever_their_case(connection: duckdb.DuckDBPyConnection) -> None:
    rules = {
        "renamed": {"billing": {"ACCT": "Account_Id"}, "crm": {"EXTRA": "more"}},
        "columns": ["ACCOUNT_ID", "Amount", "MORE"],
        "types": {"AMOUNT": "varchar"},
    }
    result = combined(connection, RELATIONS, **rules)
    assert [column[0] for column in result.description] == ["account_id", "amount", "more", "_source"]
    assert result.fetchall() == [("A1", "1.50", 7, "crm"), ("A2", "2", None, "billing")]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"columns": ["amount", "Amount"]}, "columns names 'Amount' twice"),
        ({"types": {"amount": "varchar", "AMOUNT": "double"}}, "types names 'AMOUNT' twice"),
        ({"renamed": {"crm": {"extra": "a", "Extra": "b"}}}, "renamed\\['crm'\\] names 'Extra' twice"),
        ({"renamed": {"crm": {"extra": "AMOUNT"}}}, "crm.Extra would be a second column 'amount'"),
    ],
)
def test_spellings_that_sql_does_not_tell_apart_are_refused(
    connection: duckdb.DuckDBPyConnection, rules: dict[str, Any], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        plan(connection, RELATIONS, **rules)
    with pytest.raises(DeclarationError, match="relations names 'CRM' twice"):
        plan(connection, {**RELATIONS, "CRM": RELATIONS["crm"]})


def test_the_words_of_an_enumeration_and_the_names_in_a_struct_stay_as_they_are(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    typed = "(select 'A'::enum('A', 'B, c') as grade, {'Name': 'x'} as place)"
    result = combined(connection, {"one": typed, "two": "(select 'y' as note)"})
    types = [str(column[1]) for column in result.description[:2]]
    assert types == ["ENUM('A', 'B, c')", 'STRUCT("Name" VARCHAR)']
    assert result.fetchall() == [("A", {"Name": "x"}, None, "one"), (None, None, "y", "two")]


def test_three_types_meet_in_the_one_that_holds_all_of_them(connection: duckdb.DuckDBPyConnection) -> None:
    relations = {
        "one": "(select -1::tinyint as x)",
        "two": "(select 2.5::decimal(3, 1) as x)",
        "three": "(select 9::bigint as x)",
    }
    result = combined(connection, relations)
    assert str(result.description[0][1]) == "DECIMAL(20,1)"
    assert [(str(value), source) for value, source in result.fetchall()] == [
        ("-1.0", "one"),
        ("2.5", "two"),
        ("9.0", "three"),
    ]


def test_text_is_another_word_for_varchar_and_no_source_is_no_combination(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    relations = {"one": "(select 'x' as t)", "two": "(select 2 as t)"}
    assert combined(connection, relations, types={"t": "Text"}).fetchall() == [("x", "one"), ("2", "two")]
    with pytest.raises(DeclarationError, match="combine: relations names no source"):
        plan(connection, {})
