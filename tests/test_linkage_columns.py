"""Which columns the macros of linked rows take, give and leave as they are."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from flows.errors import DeclarationError
from tests.rendering import render

# Row 1 has beaten row 2; rows 3 and 4 are in review.
ROWS = """
    create table people as select * from (values
        (1, 1, 'ada', 'eva', 7, 'old', 'e-7'), (1, 2, 'adda', 'eva', 8, null, 'e-8'),
        (1, 3, 'bob', 'max', 9, null, 'e-9'), (1, 4, 'rob', 'mix', 9, null, 'e-9')
    ) as rows (_file_id, _row_number, name, "Mother's ""real"" name", winner_file_id, _duplicates, entity_id);
    create table linked as select *, name as record_id from (values
        (1, 1, 'ada', 'ada', null, null, null, null, null), (1, 2, 'adda', 'ada', 'similar', 'same_name', 1, 1, null),
        (1, 3, 'bob', 'bob', null, null, null, null, [{'record_id': 'rob', 'match_probability': 0.5,
            'rule': 'same_name', 'reason': 'below_match_threshold', 'is_same': false}]),
        (1, 4, 'rob', 'rob', null, null, null, null, null)
    ) as rows (_file_id, _row_number, name, entity_id, stage, rule, winner_file_id, winner_row_number, pairs);
"""
ODD = 'Mother\'s "real" name'


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(ROWS)
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query, which are the same with the optimiser that is switched off in a run."""
    found = []
    for disabled in ("", "common_subplan"):
        connection.execute(f"set disabled_optimizers = '{disabled}'")
        result = connection.execute(f"select * from ({query}) order by all")
        names = [column[0] for column in result.description]
        found.append([dict(zip(names, row, strict=True)) for row in result.fetchall()])
    assert found[0] == found[1]
    return found[0]


def test_a_merged_row_keeps_all_its_columns_but_those_that_merging_writes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    merged = rows(connection, render("merge_similar", "people", "linked"))
    assert [row["winner_file_id"] for row in merged] == [7, 9, 9]
    assert [row["entity_id"] for row in merged] == ["ada", "bob", "rob"]
    assert [row["_duplicates"] for row in merged] == ["1:2:similar:same_name:1:1", None, None]
    assert all(row[ODD] for row in merged)


@pytest.mark.parametrize("columns", ["name", ["name"], ["NAME", ODD]])
def test_one_column_to_review_needs_no_list_and_any_name_will_do(
    connection: duckdb.DuckDBPyConnection, columns: Any
) -> None:
    ((pair),) = rows(connection, render("pairs_to_review", "linked", "people", columns))
    names = {name.lower(): value for name, value in pair.items()}
    assert (names["left_name"], names["right_name"]) == ("bob", "rob")
    if len(columns) == 2:
        assert (pair[f"left_{ODD}"], pair[f"right_{ODD}"]) == ("max", "mix")


@pytest.mark.parametrize("column", ["record_id", "Entity_ID", "file_id", "row_number"])
def test_a_column_to_review_that_would_take_another_ones_name_is_refused(column: str) -> None:
    with pytest.raises(DeclarationError, match=rf"pairs_to_review: '{column}' would be a second column 'left_"):
        render("pairs_to_review", "linked", "people", ["name", column])
