"""`join_report`, `join_counts` and the test `joins_once`, against pandas: what has no partner, what is multiplied."""

from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import DeclarationError
from tests.rendering import render

MANY = settings(max_examples=200, deadline=None)


KEYS = st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=10)


@MANY
@given(KEYS, KEYS)
def test_a_join_is_counted_as_pandas_merges(
    connection: duckdb.DuckDBPyConnection, left: list[int | None], right: list[int | None]
) -> None:
    for name, column, keys in (("l", "id", left), ("r", "ref", right)):
        connection.execute(
            f"create or replace table {name} as select unnest($keys::bigint[]) as {column}", {"keys": keys}
        )
    frames = [pd.DataFrame({"id": pd.array(keys, dtype="Int64")}).dropna() for keys in (left, right)]
    merged = frames[0].merge(frames[1], on="id", how="outer", indicator=True)["_merge"].value_counts()
    counts = connection.execute(render("join_counts", "l", "r", {"id": "ref"})).df().to_dict("records")[0]
    nulls = left.count(None), right.count(None)
    assert counts["joined_rows"] == merged["both"]
    assert counts["left_only_rows"] == merged["left_only"] + nulls[0]
    assert counts["right_only_rows"] == merged["right_only"] + nulls[1]
    assert (counts["left_rows"], counts["right_rows"]) == (len(left), len(right))
    assert (counts["left_rows_without_key"], counts["right_rows_without_key"]) == nulls
    joined = connection.execute("select count(*) from l left join r on id = ref").fetchone()
    assert joined == (counts["left_joined_rows"],)
    one, many = [frame["id"].is_unique for frame in frames]
    assert counts["relationship"] == f"{'one' if one else 'many'}_to_{'one' if many else 'many'}"
    report = connection.execute(render("join_report", "l", "r", {"id": "ref"})).df()
    assert report.loc[report["_merge"] != "right_only", "rows_left"].sum() - counts["left_only_rows"] == sum(
        left.count(key) for key in {*left} & {*right} - {None} if left.count(key) > 1 or right.count(key) > 1
    )
    joined = f"({render('join_report', 'l', 'r', {'id': 'ref'})})"
    found = connection.execute(f"select id from ({render('test_joins_once', joined)})").fetchall()
    assert {key for (key,) in found} == {key for key in left if key is None or right.count(key) != 1}


@pytest.mark.parametrize("macro", ["join_report", "join_counts"])
@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([], "join_report: no key is given; name the columns to join on"),
        ({}, "join_report: no key is given"),
        (["id", "ID"], "join_report: the key 'ID' is named twice"),
        ("rows_left", "join_report: the key 'rows_left' has a name that the report gives to a column of its own"),
    ],
)
def test_a_key_that_cannot_be_reported_on_is_refused(macro: str, key: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        render(macro, "l", "r", key)


def test_a_key_of_two_columns_with_a_null_in_it_meets_nothing_and_is_counted(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("create or replace table l as select * from (values (1, null), (1, 'a'), (1, 'a')) as t(a, b)")
    connection.execute("create or replace table r as select * from (values (null, 1), ('a', 1), ('b', 3)) as t(c, d)")
    key = {"a": "d", "b": "c"}
    assert connection.execute(render("join_report", "l", "r", key) + " order by all").fetchall() == [
        (1, "a", "both", 2, 1, 2),
        (1, None, "left_only", 1, 0, 0),
        (1, None, "right_only", 0, 1, 0),
        (3, "b", "right_only", 0, 1, 0),
    ]
    counts = connection.execute(render("join_counts", "l", "r", key)).df().to_dict("records")[0]
    assert (counts["left_rows_without_key"], counts["right_rows_without_key"]) == (1, 1)
    assert (counts["right_rows_multiplied"], counts["relationship"]) == (1, "many_to_one")
