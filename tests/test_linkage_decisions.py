"""What people have decided about pairs holds, whatever a pair's probability is and however the rows come."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import pytest

from flows.errors import DeclarationError, TidemillError
from flows.linkage import link_rows
from tests.linked_people import Place, linkage, people
from tests.rendering import render

Decision = tuple[str, str, bool | None, str]


def decide(place: Place, *decisions: Decision) -> str:
    """Return the query for decisions, each made by the clerk on a day."""
    place.connection.execute(
        "create or replace table decided (left_record_id varchar, right_record_id varchar, is_same boolean, "
        "decided_by varchar, decided_at date)"
    )
    for left, right, is_same, day in decisions:
        place.connection.execute("insert into decided values (?, ?, ?, 'clerk', ?)", [left, right, is_same, day])
    return "select * from memory.main.decided"


def link(place: Place, *decisions: Decision) -> dict[str, str]:
    place.link(linkage(review_threshold=0.01), decided=decide(place, *decisions))
    return place.entities()


def reasons(place: Place) -> Sequence[tuple[str, str, str]]:
    review = render("pairs_to_review", "linked", "people", ["person_id"])
    return place.ask(f"select left_record_id, right_record_id, reason from ({review}) order by all")


@pytest.fixture
def place(learned: Place) -> Place:
    place = Place(learned.settings.models_store)
    place.arrive(1, people())
    return place


def test_what_is_decided_to_be_the_same_is_merged_whatever_blocking_reaches(place: Place) -> None:
    entities = link(place, ("p2-0", "p0-0", True, "2026-01-01"))
    assert entities["p2-0"] == "p0-0"
    loser = "select stage, rule, match_probability, winner_row_number from linked where record_id = 'p2-0'"
    assert place.ask(loser) == [("similar", "decided_same", None, 1)]
    merged = render("merge_similar", "people", "linked")
    assert place.ask(f"select _duplicates from ({merged}) where person_id = 'p0-0'") == [
        ("1:4:similar:decided_same:1:1",)
    ]


def test_what_is_decided_to_be_different_is_not_merged_and_not_asked_again(place: Place) -> None:
    assert link(place)["p1-1"] == "p1-0"
    assert link(place, ("p1-1", "p1-0", False, "2026-01-01"))["p1-1"] == "p1-1"
    assert not [pair for pair in reasons(place) if "p1-0" in pair]
    # Also when the row has come again otherwise, and is scored anew.
    place.connection.execute("update people set city = 'rostock', _file_id = 2 where person_id = 'p1-1'")
    assert link(place, ("p1-1", "p1-0", False, "2026-01-01"))["p1-1"] == "p1-1"


def test_every_decided_pair_leaves_the_review_and_is_still_counted(place: Place) -> None:
    link(place)
    before = reasons(place)
    left, right, _ = before[0]
    link(place, (left, right, False, "2026-01-01"))
    assert reasons(place) == before[1:]
    decided = "select pair.is_same, pair.match_probability >= 0.01 from (select unnest(pairs) as pair from linked)"
    assert place.ask(f"{decided} where pair.is_same is not null") == [(False, True)]


def test_the_later_decision_counts_and_at_the_same_time_the_one_that_merges_nothing(place: Place) -> None:
    same, different = ("p0-0", "p2-0", True), ("p2-0", "p0-0", False)
    assert link(place, (*different, "2026-01-01"), (*same, "2026-01-02"))["p2-0"] == "p0-0"
    assert link(place, (*different, "2026-01-03"), (*same, "2026-01-02"))["p2-0"] == "p2-0"
    assert link(place, (*same, "2026-01-02"), (*different, "2026-01-02"))["p2-0"] == "p2-0"


def test_a_cluster_that_contradicts_a_decision_goes_to_review_instead_of_being_merged(place: Place) -> None:
    same = people()[0][1:]
    place.arrive(2, [("a", *same), ("b", *same)])
    assert link(place)["b"] == "p0-0"
    entities = link(place, ("a", "b", False, "2026-01-01"))
    assert [entities[each] for each in ("p0-0", "a", "b")] == ["p0-0", "a", "b"]
    assert {("a", "p0-0", "contradicts_decision"), ("b", "p0-0", "contradicts_decision")} <= set(reasons(place))
    # The clerk says where b belongs, and a follows by itself.
    entities = link(place, ("a", "b", False, "2026-01-01"), ("b", "p0-0", False, "2026-01-01"))
    assert [entities[each] for each in ("p0-0", "a", "b")] == ["p0-0", "p0-0", "b"]


def test_what_is_decided_to_be_the_same_stays_merged_in_a_cluster_that_falls_apart(place: Place) -> None:
    same = people()[0][1:]
    place.arrive(2, [(name, *same) for name in "abcdef"])
    entities = link(place, ("a", "b", True, "2026-01-01"))
    assert [entities[each] for each in "abcdef"] == list("aacdef")
    assert ("c", "d", "cluster_too_large") in reasons(place)
    assert not [pair for pair in reasons(place) if pair[:2] == ("a", "b")]


def test_decisions_that_contradict_each_other_merge_nothing_and_are_shown(place: Place) -> None:
    said = [
        ("p0-0", "p2-0", True, "2026-01-01"),
        ("p2-0", "p4-0", True, "2026-01-01"),
        ("p0-0", "p4-0", False, "2026-01-01"),
    ]
    entities = link(place, *said)
    assert [entities[each] for each in ("p0-0", "p2-0", "p4-0")] == ["p0-0", "p2-0", "p4-0"]
    shown = [pair[:2] for pair in reasons(place) if pair[2] == "contradictory_decisions"]
    assert shown == sorted(each[:2] for each in said)


def test_a_decision_about_a_row_that_is_gone_waits_for_it(place: Place) -> None:
    decision = ("late", "p0-0", True, "2026-01-01")
    assert "late" not in link(place, decision)
    place.arrive(2, [("late", *people()[2][1:])])
    assert link(place, decision)["late"] == "p0-0"


@pytest.mark.parametrize(
    ("half", "example"),
    [
        (("p0-0", "p0-0", True, "2026-01-01"), "p0-0, p0-0, True"),
        (("p0-0", "p2-0", None, "2026-01-01"), "p0-0, p2-0, None"),
    ],
)
def test_half_a_decision_is_an_error_that_shows_it(place: Place, half: Decision, example: str) -> None:
    with pytest.raises(TidemillError, match=rf"1 of its decisions do not say .* such as {example}; name two"):
        link(place, half)


def test_a_decision_that_cleaning_rejects_or_a_newer_file_replaces_does_not_count(place: Place) -> None:
    cleaned = f"from ({decide(place, ('p0-0', 'p2-0', True, '2026-01-01'))})"
    for rejected, replaced_by, entity in ((False, "null", "p0-0"), (True, "null", "p2-0"), (False, "7", "p2-0")):
        staged = f"select *, {rejected} as _is_rejected, {replaced_by}::bigint as _superseded_by_file_id {cleaned}"
        place.link(linkage(), decided=staged)
        assert place.entities()["p2-0"] == entity


def test_decisions_without_a_column_are_named_with_what_they_have(place: Place) -> None:
    incomplete = f"select * exclude (decided_by) from ({decide(place)})"
    with pytest.raises(DeclarationError, match=r"no column 'decided_by' \(has: left_record_id, .*decided_at\)"):
        place.link(linkage(), decided=incomplete)


def test_two_models_linked_at_the_same_time_do_not_disturb_each_other(place: Place) -> None:
    place.link(linkage())
    expected, meeting = place.entities(), threading.Barrier(2)
    found = defaultdict(list)

    def run(name: str) -> None:
        meeting.wait()
        for _ in range(3):
            cursor = place.connection.cursor()
            table = link_rows(cursor, "from memory.main.people", None, replace(linkage(), name=name), place.settings)
            found[name].append(dict(cursor.execute(f"select record_id, entity_id from {table}").fetchall()))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("people_linked", "others_linked")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {"people_linked": [expected] * 3, "others_linked": [expected] * 3}
