"""The records about which a run may conclude something else than the last one did; all others keep their rows.

Nothing connects two clusters, or parts one, but a pair that came, went or was decided otherwise; so a cluster without
such a pair, and without a record that is new, gone or elsewhere, stays as it is.
"""

import duckdb

from flows.sql import literal

PREVIOUS_PAIRS = """
    create table previous_pairs as
    select previous.record_id as left_id, pair.record_id as right_id, pair.match_probability, pair.rule, pair.is_same,
    from previous
    cross join unnest(pairs) as unnested(pair)
"""
# A record that comes back takes its name from the entity that has kept it.
REPLACED = """
    create table replaced as
    with
        uncompared as (select _record_id from differences where is_new or is_gone),

        standing as (
            select decisions.*,
            from decisions
            semi join records as lefts on decisions.left_id = lefts._record_id
            semi join records as rights on decisions.right_id = rights._record_id
        ),

        decided_before as (select left_id, right_id, is_same from previous_pairs where is_same is not null),

        changed_pairs as (
            select left_id, right_id from scored_pairs
            union all
            select left_id, right_id,
            from previous_pairs
            where left_id in (from uncompared) or right_id in (from uncompared)
            union all
            select left_id, right_id,
            from standing
            full join decided_before using (left_id, right_id)
            where standing.is_same is distinct from decided_before.is_same
        ),

        changed as (
            select _record_id from differences
            union
            select unnest([left_id, right_id]) from changed_pairs
            union
            select record_id,
            from previous
            semi join differences on previous.entity_id = differences._record_id and differences.is_new
            union
            select record_id from previous where _state <> {state}
        ),

        changed_clusters as (
            select distinct cluster_id from previous semi join changed on previous.record_id = changed._record_id
        )

    select _record_id from changed
    union
    select record_id,
    from previous
    semi join changed_clusters on previous.cluster_id = changed_clusters.cluster_id
"""
TOUCHED = """
    create table touched as
    select _record_id, _version, _file_id, _row_number,
    from records
    semi join replaced on records._record_id = replaced._record_id
"""
# A pair is concluded about at its left record; a touched one on its right alone changes nothing there.
PAIRS = """
    create table pairs as
    with
        uncompared as (select _record_id from differences where is_new or is_gone)

    select left_id, right_id, match_probability, rule,
    from previous_pairs
    semi join touched on previous_pairs.left_id = touched._record_id
    anti join uncompared as lefts on previous_pairs.left_id = lefts._record_id
    anti join uncompared as rights on previous_pairs.right_id = rights._record_id
    where match_probability is not null
    union all
    select left_id, right_id, match_probability, rule from scored_pairs
"""


def collect(connection: duckdb.DuckDBPyConnection, state: str) -> None:
    """Fill `touched` with those records, `pairs` with their pairs, and `replaced` with the ids whose old rows go.

    A last result of another `state` was concluded otherwise, and is touched as a whole.
    """
    connection.execute(PREVIOUS_PAIRS)
    connection.execute(REPLACED.format(state=literal(state)))
    connection.execute(TOUCHED)
    connection.execute(PAIRS)
