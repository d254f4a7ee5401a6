"""The ledger of rows that compete in one model after another: each has one fate, each chain ends in a kept row."""

import duckdb

from flows.commands.lineage import _fates
from flows.macros import returned
from tests.rendering import Relation, relation, render

PEOPLE = """
    create schema staging; create schema intermediate;
    create table staging.crm as select * from (values
        (1, 1, 'a', 7, 'ada@example.org', 1), (1, 2, 'a', 7, 'ada@example.org', 1),
        (1, 3, 'b', 7, 'ada@example.org', 2),
        (1, 4, 'c', null, null, 1), (1, 5, 'd', 8, 'bob@example.org', 1),
        (1, 6, 'g', null, 'zoe@example.org', 1), (1, 7, 'h', null, 'eve@example.org', 0)
    ) as rows (_file_id, _row_number, _row_fingerprint, id, email, version);
    create table staging.web as select * from (values
        (2, 1, 'e', 1, 'ada@example.org', 9), (2, 2, 'f', 2, 'eve@example.org', 1)
    ) as rows (_file_id, _row_number, _row_fingerprint, id, email, version);
"""
OWN = "_is_rejected boolean default false", "_superseded_by_file_id bigint", "_problems varchar", "_formatting varchar"


def build(connection: duckdb.DuckDBPyConnection) -> Relation:
    """Build each source's de-duplicated table, then one over both by e-mail address; return the last."""
    connection.execute("attach ':memory:' as warehouse; use warehouse")
    connection.execute(PEOPLE)
    for source in ("crm", "web"):
        for column in OWN:
            connection.execute(f"alter table staging.{source} add column {column}")
        sql = render("deduplicate", relation("staging", source), "id", "version desc")
        connection.execute(f"create table intermediate.{source} as {sql}")
    both = "(select * from intermediate.crm union all by name select * from intermediate.web)"
    trust = ["version desc", returned("most_complete", ["email"])]
    sql = render("deduplicate", both, "email", trust, columns=["id", "email", "version"], is_staged=False)
    connection.execute(f"create table intermediate.people as {sql}")
    return relation("intermediate", "people")


def test_a_row_that_won_in_its_source_and_lost_among_all_is_followed_to_the_one_that_was_kept() -> None:
    with duckdb.connect() as connection:
        people = build(connection)
        accounted = [
            {
                "source": source,
                "raw": relation("raw", source),
                "cleaned": relation("staging", source),
                "deduplicated": [relation("intermediate", source), people],
            }
            for source in ("crm", "web")
        ]
        columns = "file_id, row_number, fate, stage, rule, winner_file_id, winner_row_number"
        query = f"select {columns} from ({render('row_ledger', accounted)}) order by all"
        ledger = connection.execute(query).fetchall()
        connection.execute("set disabled_optimizers = 'common_subplan'")
        assert connection.execute(query).fetchall() == ledger
    assert ledger == [
        (1, 1, "superseded", "key", "version desc", 1, 3),
        (1, 2, "duplicate", "exact", "equal_rows", 1, 1),
        (1, 3, "superseded", "key", "version desc", 2, 1),
        (1, 4, "kept", "key", "null_key", None, None),
        (1, 5, "kept", None, None, None, None),
        (1, 6, "kept", "key", "null_key", None, None),
        (1, 7, "superseded", "key", "version desc", 2, 2),
        (2, 1, "kept", None, None, None, None),
        (2, 2, "kept", None, None, None, None),
    ]


def test_a_row_that_lost_in_each_of_three_models_is_followed_through_all_of_them() -> None:
    """By key in its source, then among all sources, then as similar."""
    with duckdb.connect() as connection:
        people = build(connection)
        connection.execute(
            f"create table intermediate.linked as select _file_id, _row_number, 'e' as entity_id, "
            "case email when 'ada@example.org' then 'similar' end as stage, 'same_phone' as rule, "
            f"1 as winner_file_id, 5 as winner_row_number from {people}"
        )
        merged = render("merge_similar", people, relation("intermediate", "linked"))
        connection.execute(f"create table intermediate.merged as {merged}")
        in_turn = [relation("intermediate", "crm"), people, relation("intermediate", "merged")]
        accounted = [{"source": "crm", "cleaned": relation("staging", "crm"), "deduplicated": in_turn}]
        accounted += [{"source": "web", "cleaned": relation("staging", "web"), "deduplicated": in_turn[1:]}]
        connection.execute(
            f"create schema records; create table records.row_ledger as {render('row_ledger', accounted)}"
        )
        chain = [(each.file_id, each.row_number, each.fate, each.stage) for each in _fates(connection, 1, 2)]
        fates = connection.execute("select fate, count(*) from records.row_ledger group by all order by all").fetchall()
    assert chain == [
        (1, 2, "duplicate", "exact"),
        (1, 1, "superseded", "key"),
        (1, 3, "superseded", "key"),
        (2, 1, "duplicate", "similar"),
        (1, 5, "kept", None),
    ]
    assert fates == [("duplicate", 2), ("kept", 4), ("superseded", 3)]
