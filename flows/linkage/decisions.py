"""What people have decided about pairs: it holds whatever a pair's probability is, in this run and in all later ones.

Knows which decision counts. What becomes of clusters that contradict one, `entities.py` says.
"""

import duckdb

from flows.declaration import Linkage
from flows.declaration.checks import has
from flows.errors import DeclarationError, TidemillError

COLUMNS = ("left_record_id", "right_record_id", "is_same", "decided_by", "decided_at")
# The latest counts; of two made at the same time the one that merges nothing, so that arrival never decides.
LATEST = """
    create table decisions as
    with
        given as (
            select
                least(cast(left_record_id as varchar), cast(right_record_id as varchar)) as left_id,
                greatest(cast(left_record_id as varchar), cast(right_record_id as varchar)) as right_id,
                try_cast(is_same as boolean) as is_same,
                decided_at,
            from ({query})
        )

    select left_id, right_id, is_same,
    from given
    qualify row_number() over (partition by left_id, right_id order by decided_at desc nulls last, is_same) = 1
"""
NOTHING = "create table decisions (left_id varchar, right_id varchar, is_same boolean)"
HALF = """
    select count(*) over (), left_record_id, right_record_id, is_same,
    from ({query})
    where
        left_record_id is null
        or right_record_id is null
        or cast(left_record_id as varchar) = cast(right_record_id as varchar)
        or try_cast(is_same as boolean) is null
    order by all
    limit 1
"""
DECIDED_PAIRS = """
    create or replace table pairs as
    with
        there as (
            select decisions.*,
            from decisions
            semi join touched as lefts on decisions.left_id = lefts._record_id
            semi join records as rights on decisions.right_id = rights._record_id
        )

    select left_id, right_id, pairs.match_probability, pairs.rule, there.is_same,
    from pairs
    full join there using (left_id, right_id)
"""


def collect(connection: duckdb.DuckDBPyConnection, query: str | None, linkage: Linkage) -> None:
    """Fill `decisions`: the one that counts for each pair; none where no decisions are named.

    Raises
    ------
    DeclarationError
        When the decisions lack a column.
    TidemillError
        When a decision does not say whether two records are the same.
    """
    if query is None:
        connection.execute(NOTHING)
        return
    columns = [column[0] for column in connection.execute(f"select * from ({query}) limit 0").description or ()]
    for column in COLUMNS:
        if column not in columns:
            raise DeclarationError(
                f"model {linkage.name}: its decisions have no column '{column}'{has(column, columns)}; "
                "docs/linkage.md shows them"
            )
    standing = _standing(query, columns)
    _refuse_half_ones(connection, standing, linkage)
    connection.execute(LATEST.format(query=standing))


def _standing(query: str, columns: list[str]) -> str:
    """Leave out what `clean` has rejected and what a newer file has replaced, as `deduplicate` does."""
    if "_is_rejected" not in columns:
        return query
    return f"from ({query}) where not coalesce(_is_rejected, false) and _superseded_by_file_id is null"


def _refuse_half_ones(connection: duckdb.DuckDBPyConnection, query: str, linkage: Linkage) -> None:
    half = connection.execute(HALF.format(query=query)).fetchall()
    if half:
        count, *example = half[0]
        raise TidemillError(
            f"model {linkage.name}: {count} of its decisions do not say whether two records are the same, such as "
            f"{', '.join(map(str, example))}; name two different ids and true or false"
        )


def join(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each of `pairs` its decision as `is_same`, and add decided pairs of `touched` that were never scored."""
    connection.execute(DECIDED_PAIRS)
