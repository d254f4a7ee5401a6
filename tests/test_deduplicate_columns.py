"""How `deduplicate` takes the columns that it is given: one or several, in any case, in part of a row."""

from collections.abc import Iterator

import duckdb
import pytest

from flows.errors import DeclarationError
from tests.rendering import Relation, executing, render
from tests.test_deduplicate import asked, kept, put

ROWS = [(1, "a", 1, None, "1"), (1, "a", 2, "x", None), (2, "b", 1, "y", "2")]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        put(connection, ROWS)
        yield connection


@pytest.mark.parametrize("best_of", ["email", ["email"], ["EMAIL"], {"Email": "updated"}])
def test_one_column_needs_no_list_and_no_certain_case_and_stands_once(
    connection: duckdb.DuckDBPyConnection, best_of: object
) -> None:
    query = render("deduplicate", "t", "id", "updated", best_of=best_of)
    connection.execute(f"create table best as {query}")
    names = [name for name, *_ in connection.execute("describe best").fetchall()]
    assert [name.lower() for name in names].count("email") == 1 and "email_1" not in [name.lower() for name in names]
    assert connection.execute("select email from best order by id").fetchall() == [("x",), ("y",)]


def test_one_column_to_be_equal_in_needs_no_list(connection: duckdb.DuckDBPyConnection) -> None:
    assert kept(connection, columns="part") == kept(connection, columns=["part"])
    assert len(kept(connection, columns="part")) == 2


def test_one_value_or_column_to_trust_needs_no_list() -> None:
    assert render("most_trusted", "crm") == render("most_trusted", ["crm"])
    assert render("most_complete", "email") == render("most_complete", ["email"])


@pytest.mark.parametrize("is_staged", [True, False])
@pytest.mark.parametrize("partition_by", [None, "id"])
def test_rows_that_are_equal_in_some_columns_only_stay_or_go_by_their_content_not_by_their_arrival(
    connection: duckdb.DuckDBPyConnection, partition_by: str | None, is_staged: bool
) -> None:
    query = render("deduplicate", "t", partition_by, columns=["id", "part"], is_staged=is_staged)
    stayed = []
    for rows in (ROWS, ROWS[::-1]):
        put(connection, rows)
        stayed.append(asked(connection, f"select id, part, updated, email, phone from ({query}) order by id"))
    assert stayed[0] == stayed[1] and len(stayed[0]) == 2


def test_the_donor_of_a_column_with_a_comma_in_its_name_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    query = render("deduplicate", "named", "id", "updated", best_of='e,"m')
    connection.execute('create table named as select * rename (email as "e,""m") from t')
    donors = connection.execute(f"select _donors from ({query}) order by id").fetchall()
    assert donors == [('e%2C"m:1:2',), (None,)]


@pytest.mark.parametrize("best_of", [None, "email"])
def test_no_column_of_the_rows_is_lost_to_a_name_of_the_macros_own(
    connection: duckdb.DuckDBPyConnection, best_of: str | None
) -> None:
    connection.execute("create table named as select *, 1 as _place, 2 as _outcome_file_id, 3 as _best_1 from t")
    query = render("deduplicate", "named", "id", "updated", best_of=best_of)
    assert asked(connection, f"select _place, _outcome_file_id, _best_1 from ({query}) limit 1") == [
        {"_place": 1, "_outcome_file_id": 2, "_best_1": 3}
    ]


@pytest.mark.parametrize("name", ["_donors", "_Has_null_key"])
def test_a_column_called_like_one_of_the_macros_own_is_refused_instead_of_lost(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    connection.execute(f"create table other as select _file_id, _row_number, id, 'mine' as {name} from t")
    relation = Relation('"memory"."main"."other"')
    with (
        executing(connection),
        pytest.raises(DeclarationError, match=f"other\" has a column '{name.lower()}', .* rename it"),
    ):
        render("deduplicate", relation, "id", columns=["id"], is_staged=False)


def test_what_an_earlier_deduplication_has_written_gives_way(connection: duckdb.DuckDBPyConnection) -> None:
    earlier = render("deduplicate", "t", "part", "updated", best_of=["email"])
    connection.execute(f"create table earlier as {earlier}")
    with executing(connection):
        relation = Relation('"memory"."main"."earlier"')
        query = render("deduplicate", relation, "id", columns=["id"], is_staged=False)
    names = [name for name, *_ in connection.execute(f"describe {query}").fetchall()]
    assert names.count("_duplicates") == 1 and "_donors" not in names
