"""What an entity is called, which row its others lost to, and which pairs somebody has to look at.

An entity has the id of its oldest record, and keeps it as long as one of its records is left.
"""

import duckdb

from flows.declaration import Linkage
from flows.linkage.rows import LINKED
from flows.sql import literal

# Who may be called what: every record brings its own id and the entity's it belonged to. An id goes to the group of the
# record whose id it is, or else of the oldest that had it; a group takes the oldest of its ids. So no two groups share
# an id, and each has one, at worst its oldest record's own.
NAMES = """
    create table named as
    with
        claims as (
            select
                group_id, _record_id as entity_id, since as entity_since,
                first_row_number as entity_row_number, 0 as turn, since, first_row_number, _record_id,
            from grouped
            union all
            select
                group_id, previous_entity_id, previous_entity_since,
                previous_entity_row_number, 1 as turn, since, first_row_number, _record_id,
            from grouped
            where previous_entity_id <> _record_id
        ),

        granted as (
            select entity_id, group_id,
            from claims
            qualify
                row_number() over (
                    partition by entity_id order by turn, since, first_row_number, _record_id
                )
                = 1
        )

    select claims.group_id, claims.entity_id, claims.entity_since, claims.entity_row_number,
    from claims
    semi join granted on claims.entity_id = granted.entity_id and claims.group_id = granted.group_id
    qualify
        row_number() over (partition by group_id order by entity_since, entity_row_number, entity_id) = 1
"""
CONCLUSION = """
    insert into concluded
    with
        placed_pairs as (
            select
                pairs.*,
                coalesce(lefts.group_id = rights.group_id, false) as is_merged,
                lefts.is_contradicted,
                coalesce(lefts.decided_id = rights.decided_id, false) as decisions_contradict,
            from pairs
            inner join grouped as lefts on pairs.left_id = lefts._record_id
            left join grouped as rights on pairs.right_id = rights._record_id
        ),

        judged_pairs as (
            select
                left_id,
                list(
                    {{
                        'record_id': right_id,
                        'match_probability': match_probability,
                        'rule': rule,
                        'reason': case
                            when is_merged
                            then null
                            when is_same is not null
                            then case when decisions_contradict then 'contradictory_decisions' end
                            when match_probability < {match_threshold}
                            then 'below_match_threshold'
                            when is_contradicted
                            then 'contradicts_decision'
                            else 'cluster_too_large'
                        end,
                        'is_same': is_same
                    }}
                    order by right_id
                ) as pairs,
            from placed_pairs
            group by left_id
        ),

        merged_pairs as (
            select left_id, right_id, match_probability, case when is_same then 'decided_same' else rule end as rule,
            from placed_pairs
            where is_merged
        ),

        ends as (
            select left_id as _record_id, match_probability, rule, right_id as other_id from merged_pairs
            union all
            select right_id, match_probability, rule, left_id from merged_pairs
        ),

        strongest as (
            select *
            from ends
            qualify
                row_number() over (
                    partition by _record_id
                    order by rule = 'decided_same' desc, match_probability desc nulls last, other_id
                )
                = 1
        ),

        winners as (
            select grouped.group_id, grouped._record_id, touched._file_id, touched._row_number,
            from grouped
            inner join touched on grouped._record_id = touched._record_id
            qualify
                row_number() over (
                    partition by grouped.group_id
                    order by grouped.since, grouped.first_row_number, grouped._record_id
                )
                = 1
        ),

        placed as (
            select touched.*, grouped.* exclude (_record_id), winners._record_id <> touched._record_id as has_lost,
                winners._file_id as winner_file_id, winners._row_number as winner_row_number,
            from touched
            inner join grouped on touched._record_id = grouped._record_id
            inner join winners on grouped.group_id = winners.group_id
        )

    select
        placed._file_id,
        placed._row_number,
        placed._record_id as record_id,
        named.entity_id,
        case when has_lost then 'similar' end as stage,
        case when has_lost then strongest.rule end as rule,
        case when has_lost then placed.winner_file_id end as winner_file_id,
        case when has_lost then placed.winner_row_number end as winner_row_number,
        case when has_lost then strongest.match_probability end as match_probability,
        placed.cluster_id,
        placed.cluster_size,
        judged_pairs.pairs,
        placed._version,
        {state} as _state,
        placed.since as _since,
        placed.first_row_number as _first_row_number,
        named.entity_since as _entity_since,
        named.entity_row_number as _entity_row_number,
    from placed
    inner join named on placed.group_id = named.group_id
    left join strongest on placed._record_id = strongest._record_id
    left join judged_pairs on placed._record_id = judged_pairs.left_id
    order by placed._file_id, placed._row_number
"""
# A view, so that whoever keeps the result is the only one to copy it. It is read from other places, so names are full.
RESULT = """
    create view linked as
    select previous.*,
    from {database}.main.previous
    anti join {database}.main.replaced on previous.record_id = replaced._record_id
    union all
    from {database}.main.concluded
"""
# For the tables that follow batch by batch: all rows of clusters about which something else may be concluded now.
CHANGED_PLACES = """
    create table changed_places as
    select _file_id, _row_number from previous semi join replaced on previous.record_id = replaced._record_id
    union
    select _file_id, _row_number from concluded
"""


def name(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `named`, each group with its entity's id."""
    connection.execute(NAMES)


def state_of(linkage: Linkage, scored: str) -> str:
    """Return what decides about a result: the state of the scores, and what is declared to become of them."""
    return f"{scored}:{linkage.match_threshold!r}:{linkage.max_cluster_size}"


def conclude(connection: duckdb.DuckDBPyConnection, linkage: Linkage, state: str, database: str) -> None:
    """Make the result known as `linked`: what is concluded about `touched`, and the last result of all others.

    `changed_places` has the places of all rows that may differ from the last result, whether they stand or stood there.
    """
    connection.execute(LINKED.format(table="concluded"))
    connection.execute(RESULT.format(database=database))
    connection.execute(CONCLUSION.format(match_threshold=linkage.match_threshold, state=literal(state)))
    connection.execute(CHANGED_PLACES)
