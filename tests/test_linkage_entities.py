"""What an entity is called: its oldest record's id, for as long as any of its records is left."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.linkage import clusters, decisions, entities, rows, touched
from tests.linked_people import linkage

LINKAGE = linkage(max_cluster_size=4)
Groups = Mapping[str, set[str]]


class Runs:
    """Runs one after the other over records that came in the order of their first letters."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as kept")
        self.previous: str | None = None

    def run(self, records: str, pairs: Iterable[str]) -> dict[str, str]:
        """Conclude from records such as `abc` and pairs such as `ab`; return each record's entity.

        Whatever is concluded about all records again is the same.
        """
        pairs = list(pairs)
        anew = self.conclude(records, pairs, "of another state")
        result = self.conclude(records, pairs, "")
        assert result == anew
        self.connection.execute("create or replace table kept.main.linked as from linked")
        self.previous = "kept.main.linked"
        return {row[2]: row[3] for row in result}

    def conclude(self, records: str, pairs: Sequence[str], state: str) -> list[tuple[Any, ...]]:
        connection = self.connection
        connection.execute("use kept; detach memory; attach ':memory:' as memory; use memory")
        connection.execute(
            "create table records (_record_id varchar, _version varchar, _file_id bigint, _row_number bigint)"
        )
        for record in records:
            # A pair comes or goes only where a record has changed.
            version = str(sorted(pair for pair in pairs if record in pair))
            connection.execute("insert into records values (?, ?, 1, ?)", [record, version, ord(record)])
        rows.recall(connection, self.previous)
        rows.tell_new_ones(connection, "")
        connection.execute(
            "create table scored_pairs (left_id varchar, right_id varchar, match_probability double, rule varchar)"
        )
        for left, right in pairs:
            connection.execute(
                "insert into scored_pairs select ?, ?, 0.99, 'same_phone' from new_records "
                "where _record_id in (?, ?) limit 1",
                [left, right, left, right],
            )
        decisions.collect(connection, None, LINKAGE)
        touched.collect(connection, state)
        decisions.join(connection)
        clusters.group(connection, LINKAGE)
        entities.name(connection)
        entities.conclude(connection, LINKAGE, "", "memory")
        return connection.execute("from linked order by record_id").fetchall()


def groups(entity_of: Mapping[str, str]) -> Groups:
    found = defaultdict(set)
    for record, entity in entity_of.items():
        found[entity].add(record)
    return found


def test_an_entity_is_called_after_its_oldest_record() -> None:
    assert Runs().run("abcd", ["bc", "cd"]) == {"a": "a", "b": "b", "c": "b", "d": "b"}


def test_a_new_row_joins_under_the_old_name_however_it_is_linked() -> None:
    runs = Runs()
    runs.run("bc", ["bc"])
    assert set(runs.run("bcd", ["bc", "cd"]).values()) == {"b"}
    # One that stood further up, but was rejected until now, is younger all the same.
    assert set(runs.run("abcd", ["ab", "bc", "cd"]).values()) == {"b"}
    assert set(runs.run("abcd", ["ab", "bc", "cd"]).values()) == {"b"}


def test_of_two_entities_that_turn_out_to_be_one_the_older_gives_the_name() -> None:
    runs = Runs()
    runs.run("abcd", ["ab", "cd"])
    assert set(runs.run("abcde", ["ab", "cd", "ad"]).values()) == {"a", "e"}


def test_an_entity_keeps_its_name_when_its_oldest_row_is_gone() -> None:
    runs = Runs()
    runs.run("abc", ["ab", "bc"])
    assert runs.run("bc", ["bc"]) == {"b": "a", "c": "a"}
    assert runs.run("bcd", ["bc", "cd"]) == {"b": "a", "c": "a", "d": "a"}


def test_an_entity_that_falls_apart_leaves_its_name_to_the_oldest_part() -> None:
    runs = Runs()
    runs.run("abcd", ["ab", "bc", "cd"])
    assert runs.run("abcd", ["ab", "cd"]) == {"a": "a", "b": "a", "c": "c", "d": "c"}


def test_a_record_that_comes_back_takes_its_own_name_and_nobody_shares_it() -> None:
    runs = Runs()
    runs.run("ab", ["ab"])
    assert runs.run("b", []) == {"b": "a"}
    assert runs.run("ab", []) == {"a": "a", "b": "b"}


def test_a_record_that_comes_back_to_its_entity_changes_nothing() -> None:
    runs = Runs()
    runs.run("abc", ["ab", "bc"])
    runs.run("bc", ["bc"])
    assert set(runs.run("abc", ["ab", "bc"]).values()) == {"a"}


RUN = st.tuples(
    st.sets(st.sampled_from("abcdef"), min_size=1),
    st.sets(st.sampled_from(["".join(pair) for pair in combinations("abcdef", 2)]), max_size=5),
)


@settings(max_examples=8, deadline=None)
@given(st.lists(RUN, min_size=2, max_size=4))
def test_whatever_comes_and_goes_names_are_unique_and_stay(history: list[tuple[set[str], set[str]]]) -> None:
    runs, before = Runs(), dict[str, str]()
    for present, linked in history:
        pairs = [pair for pair in linked if set(pair) <= present]
        now = runs.run("".join(sorted(present)), pairs)
        assert set(now) == present
        connected = runs.connection.execute(
            "select list(distinct entity_id), count(*) from linked where cluster_size <= 4 group by cluster_id"
        ).fetchall()
        assert all(len(names) == 1 for names, _ in connected)
        alone = runs.connection.execute("select count(*), count(distinct entity_id) from linked where cluster_size > 4")
        n_alone, n_names = alone.fetchall()[0]
        assert n_alone == n_names
        assert len(groups(now)) == len(connected) + n_alone
        for name, members in groups(before).items():
            came_back = name in now and name not in members
            if members in groups(now).values() and not came_back:
                assert {now[each] for each in members} == {name}
        before = now


def test_rows_above_the_cap_keep_names_of_their_own() -> None:
    runs = Runs()
    runs.run("abcd", ["ab", "bc", "cd"])
    assert runs.run("abcde", ["ab", "bc", "cd", "de"]) == {each: each for each in "abcde"}
