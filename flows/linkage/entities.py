"""From pairs to entities: who belongs together, what an entity is called, and which row its others lost to.

An entity has the id of its oldest record, and keeps it as long as one of its records is left. Rows of a cluster that is
larger than allowed stay apart.
"""

import duckdb

from flows.declaration import Linkage
from flows.linkage.rows import LINKED
from flows.sql import literal

# A record is as old as the file it was first seen in; who is seen later is younger, also in a row of an older file.
GROUPS = """
    create table grouped as
    with
        sizes as (select cluster_id, count(*) as cluster_size from clustered group by cluster_id),

        newest as (select coalesce(max(_since), 0) as since, from previous),

        grouped as (
            select
                records._record_id,
                coalesce(clustered.cluster_id, records._record_id) as cluster_id,
                coalesce(sizes.cluster_size, 1) as cluster_size,
                coalesce(previous._since, greatest(records._file_id, newest.since + 1)) as since,
                coalesce(previous._first_row_number, records._row_number) as first_row_number,
                previous.entity_id as previous_entity_id,
                previous._entity_since as previous_entity_since,
                previous._entity_row_number as previous_entity_row_number,
            from records
            left join clustered on records._record_id = clustered._record_id
            left join sizes on clustered.cluster_id = sizes.cluster_id
            left join previous on records._record_id = previous.record_id
            cross join newest
        )

    select *, case when cluster_size > {max_cluster_size} then _record_id else cluster_id end as group_id,
    from grouped
"""
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
    insert into linked
    with
        merged_pairs as (
            select pairs.*,
            from pairs
            inner join grouped as lefts on pairs.left_id = lefts._record_id
            inner join grouped as rights on pairs.right_id = rights._record_id
            where lefts.group_id = rights.group_id
        ),

        judged_pairs as (
            select
                pairs.left_id,
                list(
                    {{
                        'record_id': pairs.right_id,
                        'match_probability': pairs.match_probability,
                        'rule': pairs.rule,
                        'reason': case
                            when merged_pairs.left_id is not null
                            then null
                            when pairs.match_probability >= {match_threshold}
                            then 'cluster_too_large'
                            else 'below_match_threshold'
                        end
                    }}
                    order by pairs.right_id
                ) as pairs,
            from pairs
            left join merged_pairs
                on pairs.left_id = merged_pairs.left_id and pairs.right_id = merged_pairs.right_id
            group by pairs.left_id
        ),

        ends as (
            select left_id as _record_id, match_probability, rule, right_id as other_id from merged_pairs
            union all
            select right_id, match_probability, rule, left_id from merged_pairs
        ),

        strongest as (
            select *
            from ends
            qualify row_number() over (partition by _record_id order by match_probability desc, other_id) = 1
        ),

        winners as (
            select grouped.group_id, grouped._record_id, records._file_id, records._row_number,
            from grouped
            inner join records on grouped._record_id = records._record_id
            qualify
                row_number() over (
                    partition by grouped.group_id
                    order by grouped.since, grouped.first_row_number, grouped._record_id
                )
                = 1
        ),

        placed as (
            select records.*, grouped.* exclude (_record_id), winners._record_id <> records._record_id as has_lost,
                winners._file_id as winner_file_id, winners._row_number as winner_row_number,
            from records
            inner join grouped on records._record_id = grouped._record_id
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
"""


def name(connection: duckdb.DuckDBPyConnection, linkage: Linkage) -> None:
    """Fill `grouped`, each record with its cluster and its group, and `named`, each group with its entity's id."""
    connection.execute(
        "create table matches as select left_id, right_id, match_probability from pairs "
        f"where match_probability >= {linkage.match_threshold}"
    )
    connection.execute(
        "create table matched_records as select left_id as _record_id from matches union select right_id from matches"
    )
    connection.execute(f"create table clustered as {_clusters(connection)}")
    connection.execute(GROUPS.format(max_cluster_size=linkage.max_cluster_size))
    connection.execute(NAMES)


def _clusters(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the query for all records that match any, each with the least id of those it is connected with."""
    if not connection.execute("select 1 from matches limit 1").fetchall():
        return "select _record_id, _record_id as cluster_id from matched_records"
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    clusters = cluster_pairwise_predictions_at_threshold(
        nodes="matched_records",
        edges="matches",
        db_api=DuckDBAPI(connection),
        node_id_column_name="_record_id",
        edge_id_column_name_left="left_id",
        edge_id_column_name_right="right_id",
    )
    least = "min(_record_id) over (partition by cluster_id)"
    return f"select _record_id, {least} as cluster_id from {clusters.physical_name}"


def conclude(connection: duckdb.DuckDBPyConnection, linkage: Linkage, state: str) -> None:
    """Fill `linked`, the result."""
    connection.execute(LINKED.format(table="linked"))
    connection.execute(CONCLUSION.format(match_threshold=linkage.match_threshold, state=literal(state)))
