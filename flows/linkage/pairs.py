"""The pairs of rows that are new since the last run, with each other and with old rows.

A pair stands once, the lesser record id on its left, whichever of the two came first.
"""

import duckdb

from flows.declaration import Linkage
from flows.linkage.model import TrainedModel, linker

SCORED_PAIRS = """
    create table scored_pairs (left_id varchar, right_id varchar, match_probability double, rule varchar)
"""
# splink prepares every row it is given, so it gets only old rows that some rule compares with a new one.
REACHED_RECORDS = """
    create table reached_records as
    select records.*,
    from records
    semi join ({reached}) as reached on records._record_id = reached._record_id
    anti join new_records on records._record_id = new_records._record_id
"""


def collect(connection: duckdb.DuckDBPyConnection, linkage: Linkage, trained: TrainedModel | None) -> int:
    """Fill `scored_pairs` with the new pairs from the review threshold on; return how many were scored."""
    connection.execute(SCORED_PAIRS)
    if trained is None or not connection.execute("select 1 from new_records limit 1").fetchall():
        return 0
    from splink import DuckDBAPI

    database = DuckDBAPI(connection)
    inference = linker(database, trained.settings).inference
    new = database.register("new_records", table_name="the_new_records")
    # An untrained level is no news: the model is as it was stored.
    n_scored = _keep(connection, inference.predict_within(new, warning_mode="never").physical_name, linkage)
    if not connection.execute("select 1 from records anti join new_records using (_record_id) limit 1").fetchall():
        return n_scored
    reached = " union ".join(_reached_by(rule) for rule in linkage.blocking_rules.values())
    connection.execute(REACHED_RECORDS.format(reached=reached))
    old = database.register("reached_records", table_name="the_reached_records")
    return n_scored + _keep(
        connection, inference.predict_between(old, new, warning_mode="never").physical_name, linkage
    )


def _reached_by(rule: tuple[str, ...]) -> str:
    """Return the query for the records that a blocking rule compares with new ones."""
    keys = ", ".join(f"{expression} as key_{number}" for number, expression in enumerate(rule))
    equal = " and ".join(f"every.key_{number} = new.key_{number}" for number in range(len(rule)))
    return (
        f"select _record_id from (select _record_id, {keys} from records) as every "
        f"semi join (select {keys} from new_records) as new on {equal}"
    )


def _keep(connection: duckdb.DuckDBPyConnection, scored: str, linkage: Linkage) -> int:
    """Add the pairs worth keeping; return how many were scored."""
    rules = ", ".join(f"'{name}'" for name in linkage.blocking_rules)
    connection.execute(
        "insert into scored_pairs select least(_record_id_l, _record_id_r), greatest(_record_id_l, _record_id_r), "
        f"match_probability, ([{rules}])[match_key::bigint + 1] "
        f"from {scored} where match_probability >= {linkage.review_threshold}"
    )
    n_scored = connection.execute(f"select count(*) from {scored}").fetchall()[0][0]
    connection.execute(f"drop table {scored}")
    return int(n_scored)
