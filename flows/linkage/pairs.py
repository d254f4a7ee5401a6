"""The pairs of similar rows: those known from the last run, and those of the rows that are new since.

A pair stands once, the lesser record id on its left, whichever of the two came first.
"""

import duckdb

from flows.declaration import Linkage
from flows.linkage.model import TrainedModel, linker

KNOWN_PAIRS = """
    create table pairs as
    select previous.record_id as left_id, pair.record_id as right_id, pair.match_probability, pair.rule
    from previous
    cross join unnest(pairs) as unnested(pair)
    semi join known_records as known_left on previous.record_id = known_left._record_id
    semi join known_records as known_right on pair.record_id = known_right._record_id
    where pair.match_probability is not null
"""


def collect(connection: duckdb.DuckDBPyConnection, linkage: Linkage, trained: TrainedModel | None) -> int:
    """Fill `pairs` with all pairs from the review threshold on; return how many new ones were scored."""
    connection.execute(KNOWN_PAIRS)
    if trained is None or not connection.execute("select 1 from new_records limit 1").fetchall():
        return 0
    from splink import DuckDBAPI

    database = DuckDBAPI(connection)
    inference = linker(database, trained.settings).inference
    new, known = (database.register(table, table_name=f"the_{table}") for table in ("new_records", "known_records"))
    # An untrained level is no news: the model is as it was stored.
    scored = (
        inference.predict_within(new, warning_mode="never"),
        inference.predict_between(known, new, warning_mode="never"),
    )
    return sum(_keep(connection, each.physical_name, linkage) for each in scored)


def _keep(connection: duckdb.DuckDBPyConnection, scored: str, linkage: Linkage) -> int:
    """Add the pairs worth keeping; return how many were scored."""
    rules = ", ".join(f"'{name}'" for name in linkage.blocking_rules)
    connection.execute(
        "insert into pairs select least(_record_id_l, _record_id_r), greatest(_record_id_l, _record_id_r), "
        f"match_probability, ([{rules}])[match_key::bigint + 1] "
        f"from {scored} where match_probability >= {linkage.review_threshold}"
    )
    n_scored = connection.execute(f"select count(*) from {scored}").fetchall()[0][0]
    connection.execute(f"drop table {scored}")
    return int(n_scored)
