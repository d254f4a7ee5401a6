"""What `deduplicate` cannot do right with a column is told with its name and the remedy; no column is lost."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from flows.errors import DeclarationError
from tests.rendering import executing, render
from tests.rendering import relation as named
from tests.test_deduplicate import asked

ROWS = named("staging", "rows")
PLACE = "1 as _file_id, i as _row_number"
# Values of one and another kind, of which DuckDB cannot say which comes first.
MIXED = "case when i % 2 = 0 then i::variant else ('s' || i)::variant end"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse; create schema staging")
        yield connection


def deduplicated(connection: duckdb.DuckDBPyConnection, described: str, **declared: Any) -> list[dict[str, Any]]:
    connection.execute(f"create table {ROWS} as select {PLACE}, {described} from range(6) as t(i)")
    with executing(connection):
        query = render("deduplicate", ROWS, **{"is_staged": False, **declared})
    return asked(connection, query)


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"partition_by": "V", "columns": "k"}, "'V' is VARIANT"),
        ({"columns": ["k", "list"]}, r"'list' is VARIANT\[\]"),
        ({"partition_by": "k", "order_by": "nested desc", "columns": "k"}, r"'nested' is STRUCT\(a VARIANT\)"),
        ({"partition_by": "k", "best_of": {"k": "v desc"}, "columns": "k"}, "'v' is VARIANT"),
        ({"partition_by": "k", "columns": "k"}, "'v' is VARIANT"),
    ],
)
def test_values_that_have_no_order_are_refused_by_name(
    connection: duckdb.DuckDBPyConnection, declared: dict[str, Any], told: str
) -> None:
    columns = f"i // 3 as k, {MIXED} as v, [{MIXED}] as list, {{'a': {MIXED}}} as nested"
    message = f"deduplicate: .*staging.*rows.*: {told}.*; cast it"
    with pytest.raises(DeclarationError, match=message):
        deduplicated(connection, columns, **declared)
    without_best = {name: given for name, given in declared.items() if name != "best_of"}
    with executing(connection), pytest.raises(DeclarationError, match="; cast it"):
        render("losers", ROWS, is_staged=False, **without_best)


def test_a_column_that_is_only_called_so_has_an_order(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "i % 2 as variant, {'variant': i % 2} as s, (i % 2)::varchar::enum ('0', '1', 'VARIANT') as e"
    assert len(deduplicated(connection, columns, columns=["variant", "s", "e"])) == 2


def test_a_part_of_a_value_without_an_order_may_be_a_key_and_the_value_is_kept(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    staged = "i as _row_fingerprint, false as _is_rejected, null::bigint as _superseded_by_file_id"
    columns = f"{{'a': i // 2, 'b': 'x'}}::variant as v, {staged}"
    rows = deduplicated(connection, columns, partition_by="v.a::int", order_by="_row_number", is_staged=True)
    assert sorted(row["v"]["a"] for row in rows) == [0, 1, 2]


def test_columns_called_like_those_of_clean_are_the_relations_own_where_it_is_no_staging_model(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    columns = "i // 3 as k, 'many' as _problems, 'long' as _Formatting, i as _row_fingerprint, true as _is_rejected"
    rows = deduplicated(connection, columns, partition_by="k", columns="k")
    assert [(row["_problems"], row["_Formatting"], row["_is_rejected"]) for row in rows] == [("many", "long", True)] * 2
    assert {"_row_fingerprint"} < set(rows[0])


def test_a_staging_model_is_not_taken_for_another_relation(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "i as _row_fingerprint, true as _is_rejected, null as _problems, null as _formatting"
    with pytest.raises(DeclarationError, match=r"rows.* is a staging model, .*; leave is_staged=false out"):
        deduplicated(connection, f"i as k, {columns}, null::bigint as _superseded_by_file_id", columns="k")


@pytest.mark.parametrize("name", ["_tidemill_is_kept", "_Tidemill_Hash"])
def test_a_column_with_a_name_of_the_macros_own_is_refused_instead_of_left_out(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    with pytest.raises(DeclarationError, match=f"deduplicate: .*rows.* has a column '{name}'.*; rename it"):
        deduplicated(connection, f"i // 3 as k, i as {name}", columns="k")
