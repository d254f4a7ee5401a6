"""The macro `compare` on random tables, against pandas and against counting: which rows differ."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.macros import render

Row = tuple[Any, ...]
COLUMNS = {"id": "bigint", "name": "varchar", "amount": "double"}
KEYS = st.one_of(st.none(), st.integers(0, 12))
NAMES = st.one_of(st.none(), st.sampled_from(["", "a", "b", "A ", "NULL"]))
AMOUNTS = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 1.5, 2.0, -3.25, math.inf]))
ROWS = st.lists(st.tuples(KEYS, NAMES, AMOUNTS), max_size=14)
MANY = settings(max_examples=100, deadline=None)
SOME = settings(max_examples=30, deadline=None)


def put(connection: duckdb.DuckDBPyConnection, **tables: Sequence[Row]) -> None:
    for name, rows in tables.items():
        described = ", ".join(f"{column} {data_type}" for column, data_type in COLUMNS.items())
        connection.execute(f"create or replace table {name} ({described})")
        if rows:
            connection.executemany(f"insert into {name} values (?, ?, ?)", rows)


def compared(
    connection: duckdb.DuckDBPyConnection, key: str | list[str] = "id", left: str = "l", right: str = "r", **rules: Any
) -> list[dict[str, Any]]:
    columns = [name for name in COLUMNS if name not in key]
    result = connection.execute(f"{render('compare', left, right, key, columns, **rules)} order by all")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def counts(rows: Sequence[dict[str, Any]]) -> Counter[str]:
    """How many rows are on which side, and which of those on both are changed."""
    return Counter(row["_merge"] for row in rows) + Counter("changed" for row in rows if row["is_changed"])


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(ROWS, ROWS), min_size=20, max_size=40))
def test_hundreds_of_tables_are_merged_as_pandas_merges_them(
    connection: duckdb.DuckDBPyConnection, tables: list[tuple[list[Row], list[Row]]]
) -> None:
    """All in one comparison, with the table in the key, because planning takes longer than comparing."""
    frames = [[unique_rows(rows) for rows in pair] for pair in tables]
    for side, name in enumerate("lr"):
        rows = [(number, *row) for number, pair in enumerate(frames) for row in pair[side].values.tolist()]
        connection.execute(f"create or replace table {name} (number bigint, id bigint, name varchar, amount double)")
        if rows:
            connection.executemany(f"insert into {name} values (?, ?, ?, ?)", rows)
    sql = render("compare", "l", "r", ["number", "id"], ["name", "amount"])
    found = connection.execute(f"select number, id, _merge, is_changed, changed_columns from ({sql})").fetchall()
    assert sorted(found, key=str) == sorted(
        ((number, *row) for number, pair in enumerate(frames) for row in merged_by_pandas(*pair)), key=str
    )


def unique_rows(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object).drop_duplicates("id")


def merged_by_pandas(left: pd.DataFrame, right: pd.DataFrame) -> Iterator[Row]:
    """Each pair that is not plainly equal: the key, where it is, whether it changed, and in which columns."""
    merged = left.merge(right, on="id", how="outer", indicator=True, suffixes=("__left", "__right")).fillna("nothing")
    for row in merged.to_dict("records"):
        is_both = row["_merge"] == "both"
        changed = [name for name in ("name", "amount") if is_both and row[f"{name}__left"] != row[f"{name}__right"]]
        if changed or not is_both:
            key = None if row["id"] == "nothing" else row["id"]
            yield key, row["_merge"], bool(changed), ",".join(changed) or None


@MANY
@given(ROWS, ROWS)
def test_rows_of_one_key_are_compared_as_a_multiset(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    ours = compared(connection)
    expected: Counter[str] = Counter()
    equal_pairs_of_repeated_keys = 0
    for key in {row[0] for row in left + right}:
        of_left, of_right = ([row for row in side if row[0] == key] for side in (left, right))
        pairs, twins = min(len(of_left), len(of_right)), (Counter(of_left) & Counter(of_right)).total()
        repeated = max(len(of_left), len(of_right)) > 1
        equal_pairs_of_repeated_keys += twins if repeated else 0
        expected += Counter(left_only=len(of_left) - pairs, right_only=len(of_right) - pairs, changed=pairs - twins)
        rows = [row for row in ours if row["id"] == key]
        assert {(row["_rows_left"], row["_rows_right"]) for row in rows} <= {(len(of_left), len(of_right))}
        assert sorted(row["_pair"] for row in rows) == list(range(1, len(rows) + 1))
    found = counts(ours)
    assert found.pop("both", 0) == expected["changed"] + equal_pairs_of_repeated_keys
    assert found == +expected


@SOME
@given(ROWS, ROWS, st.randoms())
def test_the_order_of_the_rows_never_matters(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row], random: Any
) -> None:
    put(connection, l=left, r=right)
    before = compared(connection)
    random.shuffle(left)
    random.shuffle(right)
    put(connection, l=left, r=right)
    assert compared(connection) == before


MIRRORED = {"left_only": "right_only", "right_only": "left_only", "null_left": "null_right", "null_right": "null_left"}
RULES: dict[str, Any] = {
    "tolerance": {"amount": {"absolute": 0.5, "relative": 0.1}},
    "fold": {"name": ["case", "space"]},
}


@SOME
@given(ROWS, ROWS)
def test_comparing_the_other_way_round_mirrors_everything(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    there, back = compared(connection, **RULES), compared(connection, left="r", right="l", **RULES)
    assert sorted(map(str, map(mirrored, back))) == sorted(map(str, there))


def mirrored(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its sides exchanged, its names in the order of a row that is not."""
    other = {"left": "right", "right": "left"}
    named = {name: name[: -len(side)] + other[side] for name in row for side in other if name.endswith(f"_{side}")}
    turned: dict[str, Any] = {name: row[named.get(name, name)] for name in row}
    turned["_merge"] = MIRRORED.get(row["_merge"], row["_merge"])
    turned["_differences"] = [
        each
        | {"kind": MIRRORED.get(each["kind"], each["kind"])}
        | {"left_value": each["right_value"], "right_value": each["left_value"]}
        for each in row["_differences"]
    ]
    return turned


@SOME
@given(ROWS, ROWS)
def test_the_optimiser_that_is_switched_off_would_change_nothing(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    without = compared(connection, **RULES)
    connection.execute("set disabled_optimizers = ''")
    try:
        assert compared(connection, **RULES) == without
    finally:
        connection.execute("set disabled_optimizers = 'common_subplan'")


@SOME
@given(ROWS, ROWS)
def test_whole_rows_are_compared_where_there_is_no_key(
    connection: duckdb.DuckDBPyConnection, left: list[Row], right: list[Row]
) -> None:
    put(connection, l=left, r=right)
    found = Counter((row["_merge"], tuple(row[name] for name in COLUMNS)) for row in compared(connection, key=[]))
    expected = Counter({("left_only", row): n for row, n in (Counter(left) - Counter(right)).items()})
    expected.update({("right_only", row): n for row, n in (Counter(right) - Counter(left)).items()})
    assert found == expected
