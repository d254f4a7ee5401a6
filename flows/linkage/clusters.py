"""Who belongs together: rows that pairs connect are a cluster, and a cluster that may be merged is a group.

Rows of a cluster that is larger than allowed, or that holds a pair somebody has decided to be different, stay apart,
but for what was decided to be the same.
"""

import duckdb

from flows.declaration import Linkage

# A record is as old as the file it was first seen in; who is seen later is younger, also in a row of an older file.
GROUPS = """
    create table grouped as
    with
        sizes as (select cluster_id, count(*) as cluster_size from clustered group by cluster_id),

        newest as (select coalesce(max(_since), 0) as since, from previous),

        contradicted as ({contradicted}),

        contradicted_decisions as ({contradicted_decisions}),

        grouped as (
            select
                touched._record_id,
                coalesce(clustered.cluster_id, touched._record_id) as cluster_id,
                coalesce(sizes.cluster_size, 1) as cluster_size,
                contradicted.cluster_id is not null as is_contradicted,
                decided.cluster_id as decided_id,
                contradicted_decisions.cluster_id is not null as decisions_contradict,
                coalesce(previous._since, greatest(touched._file_id, newest.since + 1)) as since,
                coalesce(previous._first_row_number, touched._row_number) as first_row_number,
                previous.entity_id as previous_entity_id,
                previous._entity_since as previous_entity_since,
                previous._entity_row_number as previous_entity_row_number,
            from touched
            left join clustered on touched._record_id = clustered._record_id
            left join sizes on clustered.cluster_id = sizes.cluster_id
            left join contradicted on clustered.cluster_id = contradicted.cluster_id
            left join decided on touched._record_id = decided._record_id
            left join contradicted_decisions on decided.cluster_id = contradicted_decisions.cluster_id
            left join previous on touched._record_id = previous.record_id
            cross join newest
        )

    select
        *,
        case
            when cluster_size <= {max_cluster_size} and not is_contradicted
            then cluster_id
            when decided_id is not null and not decisions_contradict
            then decided_id
            else _record_id
        end as group_id,
    from grouped
"""
# The clusters that hold both rows of a pair somebody has decided to be different.
CONTRADICTED = """
    select distinct lefts.cluster_id,
    from pairs
    inner join {clusters} as lefts on pairs.left_id = lefts._record_id
    inner join {clusters} as rights on pairs.right_id = rights._record_id
    where not pairs.is_same and lefts.cluster_id = rights.cluster_id
"""


def group(connection: duckdb.DuckDBPyConnection, linkage: Linkage) -> None:
    """Fill `grouped`, each of `touched` with its cluster and its group."""
    alike = f"is_same is null and match_probability >= {linkage.match_threshold}"
    _cluster(connection, "clustered", f"is_same or ({alike})")
    _cluster(connection, "decided", "is_same")
    connection.execute(
        GROUPS.format(
            max_cluster_size=linkage.max_cluster_size,
            contradicted=CONTRADICTED.format(clusters="clustered"),
            contradicted_decisions=CONTRADICTED.format(clusters="decided"),
        )
    )


def _cluster(connection: duckdb.DuckDBPyConnection, table: str, condition: str) -> None:
    """Fill a table with all records that such pairs connect, each with the least id of those it is connected with."""
    edges, nodes = f"{table}_pairs", f"{table}_records"
    connection.execute(f"create table {edges} as select left_id, right_id from pairs where {condition}")
    connection.execute(
        f"create table {nodes} as select left_id as _record_id from {edges} union select right_id from {edges}"
    )
    connection.execute(f"create table {table} as {_clusters(connection, nodes, edges)}")


def _clusters(connection: duckdb.DuckDBPyConnection, nodes: str, edges: str) -> str:
    if not connection.execute(f"select 1 from {edges} limit 1").fetchall():
        return f"select _record_id, _record_id as cluster_id from {nodes}"
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    clusters = cluster_pairwise_predictions_at_threshold(
        nodes=nodes,
        edges=edges,
        db_api=DuckDBAPI(connection),
        node_id_column_name="_record_id",
        edge_id_column_name_left="left_id",
        edge_id_column_name_right="right_id",
    )
    least = "min(_record_id) over (partition by cluster_id)"
    return f"select _record_id, {least} as cluster_id from {clusters.physical_name}"
