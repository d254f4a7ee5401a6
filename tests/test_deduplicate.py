"""The macro `deduplicate` on random tables, against pandas: which rows stay, whom the others lost to, and why."""

from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import DeclarationError
from flows.macros import render, returned

Row = tuple[Any, ...]
COLUMNS = {"id": "bigint", "part": "varchar", "updated": "bigint", "email": "varchar", "phone": "varchar"}
INDEX = {name: number for number, name in enumerate(COLUMNS)}
TABLE = [*COLUMNS, "_file_id", "_row_number", "_row_fingerprint", "_is_rejected", "_superseded_by_file_id"]
FEW = st.one_of(st.none(), st.integers(0, 3))
TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "b"]))
ROWS = st.lists(st.tuples(FEW, TEXTS, FEW, TEXTS, TEXTS), max_size=14)
MANY = settings(max_examples=200, deadline=None)
SOME = settings(max_examples=60, deadline=None)
BY_KEY: dict[str, Any] = {"partition_by": ["id", "part"], "order_by": ["updated desc", "email"]}


def put(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    """Lay the rows into `t` as a staging model would, their places in the order in which they arrive."""
    described = ", ".join(f"{column} {data_type}" for column, data_type in COLUMNS.items())
    connection.execute(f"create or replace table arrived (_row_number bigint, {described})")
    if rows:
        numbered = [(number, *row) for number, row in enumerate(rows, start=1)]
        connection.executemany("insert into arrived values (?, ?, ?, ?, ?, ?)", numbered)
    connection.execute(
        f"create or replace table t as select {', '.join(COLUMNS)}, 1::bigint as _file_id, _row_number, "
        f"to_json([{', '.join(f'{name}::varchar' for name in COLUMNS)}])::varchar as _row_fingerprint, "
        "false as _is_rejected, null::bigint as _superseded_by_file_id from arrived"
    )


def asked(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def kept(connection: duckdb.DuckDBPyConnection, **rules: Any) -> list[dict[str, Any]]:
    return asked(connection, f"{render('deduplicate', 't', **rules)} order by _row_number")


def lost(connection: duckdb.DuckDBPyConnection, **rules: Any) -> dict[int, dict[str, Any]]:
    """The losers by their row number."""
    losers = asked(connection, render("losers", "t", **rules))
    assert len({row["_row_number"] for row in losers}) == len(losers)
    return {row["_row_number"]: row for row in losers}


def contents(rows: Sequence[dict[str, Any]]) -> list[Row]:
    return sorted((tuple(row[name] for name in COLUMNS) for row in rows), key=str)


def table(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The rows of `t` as pandas sorts them under `BY_KEY`: what is missing last, between equals the content."""
    rows = pd.DataFrame(asked(connection, "select * from t order by _row_number"), columns=list(TABLE), dtype=object)
    by_content = rows.sort_values(["_row_fingerprint", "_row_number"])
    by_email = by_content.sort_values("email", na_position="last", kind="stable")
    return by_email.sort_values("updated", ascending=False, na_position="last", kind="stable")


def numbers(rows: pd.DataFrame) -> list[int]:
    return sorted(rows["_row_number"])


@MANY
@given(ROWS)
def test_the_rows_that_stay_are_those_that_pandas_keeps(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    put(connection, rows)
    distinct = table(connection).drop_duplicates(list(COLUMNS))
    lacks_key = distinct[["id", "part"]].isna().any(axis=1)
    expected = pd.concat([distinct[~lacks_key].drop_duplicates(["id", "part"]), distinct[lacks_key]])
    ours = kept(connection, **BY_KEY)
    assert [row["_row_number"] for row in ours] == numbers(expected)
    assert [row["_row_number"] for row in ours if row["_has_null_key"]] == numbers(distinct[lacks_key])


@SOME
@given(ROWS)
def test_null_keys_merge_where_that_is_declared(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    put(connection, rows)
    ours = kept(connection, **BY_KEY, merge_null_keys=True)
    assert [row["_row_number"] for row in ours] == numbers(table(connection).drop_duplicates(["id", "part"]))
    assert not any(row["_has_null_key"] for row in ours)


@SOME
@given(ROWS, st.booleans())
def test_without_a_key_the_first_of_equal_rows_stays(
    connection: duckdb.DuckDBPyConnection, rows: list[Row], by_columns: bool
) -> None:
    put(connection, rows)
    rules = {"columns": list(COLUMNS), "is_staged": False} if by_columns else {}
    expected = table(connection).sort_values("_row_number").drop_duplicates(list(COLUMNS))
    assert [row["_row_number"] for row in kept(connection, **rules)] == numbers(expected)
    assert {each["rule"] for each in lost(connection, **rules).values()} <= {"equal_rows"}


@MANY
@given(ROWS)
def test_every_row_stays_or_lost_to_a_better_one_and_every_chain_ends_in_a_row_that_stays(
    connection: duckdb.DuckDBPyConnection, rows: list[Row]
) -> None:
    put(connection, rows)
    losers, stay = lost(connection, **BY_KEY), {row["_row_number"]: row for row in kept(connection, **BY_KEY)}
    assert sorted([*losers, *stay]) == list(range(1, len(rows) + 1))
    for number, loser in losers.items():
        row, winner = rows[number - 1], rows[loser["winner_row_number"] - 1]
        differing = [name for name in ("updated", "email") if row[INDEX[name]] != winner[INDEX[name]]]
        by_order = {"updated": "updated desc", "email": "email"}[differing[0]] if differing else "content"
        assert (loser["stage"], loser["rule"]) == (("exact", "equal_rows") if row == winner else ("key", by_order))
        assert row[:2] == winner[:2]
        while number in losers:
            number = losers[number]["winner_row_number"]
        assert loser["kept_row_number"] == number
        assert number in stay


@SOME
@given(ROWS)
def test_what_is_written_beside_the_winner_is_read_back_as_the_losers(
    connection: duckdb.DuckDBPyConnection, rows: list[Row]
) -> None:
    put(connection, rows)
    rules = BY_KEY | {"order_by": ["coalesce(updated::varchar || '%2C', 'a,b:c') desc"]}
    connection.execute(f"create or replace table stay as {render('deduplicate', 't', **rules)}")
    codes = "(select unnest(string_split(_duplicates, ',')) as code from stay)"
    fields = "file_id, row_number, stage, rule, winner_file_id, winner_row_number"
    read = connection.execute(f"select {render('fields_of_losers', 'code')} from {codes} order by all").fetchall()
    losers = f"({render('losers', 't', **rules)}) as losers (file_id, row_number)"
    assert read == connection.execute(f"select {fields} from {losers} order by all").fetchall()


BEST: dict[str, Any] = {"best_of": {"email": [], "phone": ["updated"]}}


@MANY
@given(ROWS)
def test_each_column_takes_its_best_value_and_names_the_row_that_gave_it(
    connection: duckdb.DuckDBPyConnection, rows: list[Row]
) -> None:
    put(connection, rows)
    of_key = {"email": table(connection)}
    of_key["phone"] = of_key["email"].sort_values("updated", na_position="last", kind="stable")
    for row in kept(connection, **BY_KEY, **BEST):
        donors = dict(each.split(":", 1) for each in filter(None, (row["_donors"] or "").split(",")))
        for column, ordered in of_key.items():
            group = ordered[(ordered["id"] == row["id"]) & (ordered["part"] == row["part"])]
            own = ordered[ordered["_row_number"] == row["_row_number"]]
            present = (own if row["_has_null_key"] else group).dropna(subset=column)
            best = present.iloc[0] if len(present) else own.iloc[0]
            assert row[column] == best[column]
            donor = donors.get(column, f"1:{row['_row_number']}").split(":")
            assert rows[int(donor[1]) - 1] == rows[best["_row_number"] - 1]


@SOME
@given(ROWS, st.randoms())
def test_the_order_of_arrival_never_matters(
    connection: duckdb.DuckDBPyConnection, rows: list[Row], random: Any
) -> None:
    put(connection, rows)
    before = contents(kept(connection, **BY_KEY, **BEST))
    random.shuffle(rows)
    put(connection, rows)
    assert contents(kept(connection, **BY_KEY, **BEST)) == before


@SOME
@given(ROWS)
def test_the_optimiser_that_is_switched_off_would_change_nothing(
    connection: duckdb.DuckDBPyConnection, rows: list[Row]
) -> None:
    put(connection, rows)
    without = kept(connection, **BY_KEY, **BEST), lost(connection, **BY_KEY)
    connection.execute("set disabled_optimizers = ''")
    try:
        assert (kept(connection, **BY_KEY, **BEST), lost(connection, **BY_KEY)) == without
    finally:
        connection.execute("set disabled_optimizers = 'common_subplan'")


def test_rejected_and_superseded_rows_neither_win_nor_lose(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, [(1, "a", 1, None, None), (1, "a", 2, None, None), (1, "a", 3, None, None)])
    connection.execute("update t set _is_rejected = true where updated = 3")
    connection.execute("update t set _superseded_by_file_id = 2 where updated = 2")
    assert [(row["updated"], row["_duplicates"]) for row in kept(connection, **BY_KEY)] == [(1, None)]
    assert lost(connection, **BY_KEY) == {}


def test_the_order_of_trust_may_be_sources_and_completeness(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, [(1, "b", 1, "x", "y"), (1, "a", 2, None, "y"), (1, "a", 2, "x", "y"), (1, "", 9, "x", "y")])
    trust = [returned("most_trusted", ["a", "b"], column="part"), returned("most_complete", ["email", "phone"])]
    rules: dict[str, Any] = {"partition_by": "id", "order_by": trust}
    assert [row["_row_number"] for row in kept(connection, **rules)] == [3]
    rules_lost = {number: row["rule"] for number, row in lost(connection, **rules).items()}
    assert rules_lost == {1: "most_trusted", 2: "most_complete", 4: "most_trusted"}


def test_a_row_that_won_once_may_lose_later_and_stays_traceable(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, [(1, "a", 1, "x", None), (1, "a", 2, "x", None), (2, "a", 3, "x", None)])
    once = f"({render('deduplicate', 't', 'id', 'updated desc')})"
    again = render("deduplicate", once, "email", "updated desc", columns=["id", "email"], is_staged=False)
    assert [row["_duplicates"] for row in asked(connection, once)[:1]] == ["1:1:key:updated desc:1:2"]
    assert [row["_duplicates"] for row in asked(connection, again)] == ["1:2:key:updated desc:1:3"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"partition_by": "id, part"}, "partition_by 'id, part' holds a comma; give a list"),
        ({"partition_by": ["lower(part), id"]}, "holds a comma"),
        ({"partition_by": "id", "order_by": "updated desc, email"}, "order_by 'updated desc, email' holds a comma"),
        ({"order_by": "updated desc"}, "without partition_by; name the key"),
        ({"merge_null_keys": True}, "without partition_by"),
        ({"partition_by": "id", "is_staged": False}, "is_staged=false without columns"),
        ({"partition_by": "id", "best_of": ["email", "Email"]}, "best_of names 'Email' twice"),
    ],
)
def test_a_declaration_that_would_do_something_else_is_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        render("deduplicate", "t", **rules)
