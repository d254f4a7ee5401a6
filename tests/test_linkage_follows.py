"""What follows linked rows batch by batch is what all at once gives: the merged table and its ledger."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flows.linkage import link_rows
from tests.linked_people import Person, Place, linkage, people
from tests.rendering import Relation, executing, relation, render
from tests.test_incremental import CLEANED, KEPT, RAW, Model, note, rows_of, warehouse
from tests.test_incremental_changes import KILLS, Killed, statements

COLUMNS = ("person_id", "name", "surname", "city", "born_on", "phone")
RULES: dict[str, dict[str, Any]] = {name: {"type": "text"} for name in (*COLUMNS, "balance")}
LINKED, MERGED = relation("intermediate", "people_linked"), relation("intermediate", "merged")
ACCOUNTED = [{"source": "people.cards", "raw": RAW, "cleaned": CLEANED, "deduplicated": [KEPT, MERGED]}]
BEFORE = [
    Model(CLEANED, render("clean", RAW, RULES)),
    Model(KEPT, render("deduplicate", CLEANED, "person_id", ["balance desc"])),
]
AFTER = [
    Model(MERGED, render("merge_similar", KEPT, LINKED)),
    Model(relation("records", "row_ledger"), render("row_ledger", ACCOUNTED)),
]
TABLES = [CLEANED, KEPT, LINKED, *(model.table for model in AFTER)]
CHANCES = st.integers(0, 10_000)
DECISIONS = """
    select *, 'clerk' as decided_by, 1 as decided_at
    from (values ('p1-0', 'p1-1', false), ('p0-0', 'p2-0', true)) as given(left_record_id, right_record_id, is_same)
"""


class Cards:
    """Files of cards that arrive in a warehouse, and the tables that follow them."""

    def __init__(self, learned: Place) -> None:
        self.connection, self.settings = warehouse(), learned.settings
        listed = ", ".join(f"{name} varchar" for name in (*COLUMNS, "balance"))
        bookkeeping = "_file_id bigint, _row_number bigint, _loaded_at timestamp, _superseded_by_file_id bigint"
        self.connection.execute(f"create or replace table {RAW} ({listed}, {bookkeeping})")
        self.decided: str | None = None
        self.code = "from {table}"

    def arrive(self, file: int, cards: list[Person], balance: str = "0") -> None:
        for number, card in enumerate(cards, start=1):
            place = [balance, file, number]
            self.connection.execute(
                f"insert into {RAW} values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, null)", [*card, *place]
            )
        note(self.connection, file, file, "loaded")

    def replace(self, old: int, new: int) -> None:
        self.connection.execute(f"update {RAW} set _superseded_by_file_id = {new} where _file_id = {old}")
        note(self.connection, new, old, "superseded")

    def run(self, number: int, kill: int | None = None, only: Sequence[Relation] = TABLES) -> None:
        """Build tables as dbt does, each in a transaction; killed after so many statements."""
        left = 10_000 if kill is None else kill
        for table, model in zip(TABLES, [*BEFORE, None, *AFTER], strict=True):
            if table not in only:
                continue
            found = statements(self.connection, model, number) if model else self._linking(number, self._mark())
            self.connection.execute("begin")
            for statement in found:
                if not left:
                    self.connection.execute("rollback")
                    raise Killed
                self.connection.execute(statement)
                left -= 1
            self.connection.execute("commit")

    def _mark(self) -> Any:
        with executing(self.connection):
            return render("read_mark", LINKED)

    def _linking(self, number: int, mark: Any) -> Iterator[str]:
        table = link_rows(
            self.connection.cursor(),
            f"select * from {KEPT}",
            str(LINKED) if mark else None,
            linkage(),
            self.settings,
            self.decided,
        )
        yield f"create or replace table {LINKED} as {self.code.format(table=table)}"
        with executing(self.connection):
            next_mark = render("mark_after_linking", LINKED, mark, self.code, str(number))
            noted = render("note_linking", LINKED, mark, next_mark)
        yield from noted
        yield render("set_table_mark", LINKED, json.dumps(next_mark))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def generations(self) -> dict[str, str]:
        marks = self.connection.execute("select table_name, comment from duckdb_tables() where comment like '{%'")
        return {name: json.loads(mark)["generation"] for name, mark in marks.fetchall()}

    def assert_as_if_built_at_once(self) -> None:
        by_batch = [rows_of(self.connection, model) for model in AFTER]
        for model in AFTER:
            self.connection.execute(f"create or replace table {model.table} as {model.sql}")
        assert by_batch == [rows_of(self.connection, model) for model in AFTER]


def batches(chance: random.Random) -> list[tuple[int, list[Person], str, int | None]]:
    """Files: many cards first, then few, of which some come again or take the place of an older file."""
    cards = people()
    chance.shuffle(cards)
    found: list[tuple[int, list[Person], str, int | None]] = [(1, cards[:400], "0", None)]
    for file in (2, 3, 4):
        new = cards[400 + 15 * (file - 2) : 400 + 15 * (file - 1)]
        again = [(key, *values) for key, *values in chance.sample(cards[:400], k=10)]
        found.append(
            (file, [*new, *again], chance.choice("123"), chance.choice([None, file - 1]) if file > 2 else None)
        )
    return found


@settings(
    max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=CHANCES, kills=KILLS, is_decided=st.booleans())
def test_whatever_files_come_and_however_runs_end_the_tables_are_as_if_built_at_once(
    learned: Place, seed: int, kills: list[int | None], is_decided: bool
) -> None:
    place = Cards(learned)
    for (file, cards, balance, replaced), kill in zip(batches(random.Random(seed)), kills, strict=False):
        place.arrive(file, cards, balance)
        if replaced:
            place.replace(replaced, file)
        if is_decided and file > 1:
            place.decided = DECISIONS
        try:
            place.run(file, kill)
        except Killed:
            continue
    place.run(9)
    place.assert_as_if_built_at_once()


@pytest.fixture
def followed(learned: Place) -> Cards:
    """Most cards, one of them in a file of its own, and all tables that follow them."""
    place, (first, winner, *others) = Cards(learned), people()[:400]
    place.arrive(1, [winner])
    place.arrive(2, [first, *others])
    place.run(2)
    return place


def test_a_batch_changes_the_rows_of_its_entities_only_and_builds_nothing_anew(followed: Cards) -> None:
    entity = followed.ask(f"select _file_id, _row_number from {LINKED} where entity_id = 'p1-0'")
    assert len(entity) == 2
    followed.arrive(3, [("copy", *people()[2][1:])])
    followed.run(3)
    assert set(followed.generations().values()) == {"2"}
    for table in ("people_linked", "merged"):
        changed = (
            f"select distinct file_id, row_number from batches.changed_rows where relation = 'intermediate.{table}'"
        )
        assert set(followed.ask(changed)) == {*entity, (3, 1)}
    followed.assert_as_if_built_at_once()


def test_what_decisions_change_without_a_new_file_reaches_the_merged_table(followed: Cards) -> None:
    followed.decided = DECISIONS
    followed.run(3)
    assert followed.generations() == {"orders": "2", "people_linked": "3", "merged": "3", "row_ledger": "3"}
    followed.run(4)
    assert followed.generations()["merged"] == "3"
    followed.assert_as_if_built_at_once()


def test_a_winner_of_whom_only_a_value_has_changed_that_is_not_compared_still_names_all_it_has_beaten(
    followed: Cards,
) -> None:
    merged = f"select balance, _duplicates from {MERGED} where person_id = 'p1-0'"
    ((_, beaten),) = followed.ask(merged)
    followed.connection.execute(f"update {RAW} set balance = '5' where _file_id = 1")
    note(followed.connection, 3, 1, "replayed")
    followed.run(3)
    assert followed.ask(merged) == [("5", beaten)]
    assert beaten.startswith("2:")
    followed.assert_as_if_built_at_once()


def test_a_winner_that_a_partial_run_left_out_names_all_it_has_beaten_when_it_is_back(followed: Cards) -> None:
    """The merged table reads rows that are de-duplicated up to a load of which linking does not know yet."""
    merged = followed.ask(f"from {MERGED} where person_id = 'p1-0'")
    note(followed.connection, 3, 1, "replayed")
    followed.run(3, only=TABLES[:3])
    followed.arrive(4, people()[1:2], "9")
    followed.run(4, only=TABLES[:2])
    followed.run(5, only=TABLES[3:])
    assert followed.ask(f"from {MERGED} where person_id = 'p1-0'") == []
    followed.replace(4, 6)
    followed.run(6)
    assert set(followed.generations().values()) == {"2"}
    assert followed.ask(f"from {MERGED} where person_id = 'p1-0'") == merged
    followed.assert_as_if_built_at_once()


def test_a_linked_table_of_other_code_is_another_table(followed: Cards) -> None:
    """The model may leave out rows of what linking has concluded, whatever linking says has changed."""
    followed.code = "from {table} where entity_id <> 'p1-0'"
    followed.arrive(3, [])
    followed.run(3)
    assert followed.generations() == {"orders": "2", "people_linked": "3", "merged": "3", "row_ledger": "3"}
    followed.assert_as_if_built_at_once()
