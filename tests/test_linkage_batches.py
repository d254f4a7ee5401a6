"""What a run takes over from the last one is what it would have concluded itself."""

from pathlib import Path
from typing import Any

import pytest

from tests.linked_people import Place, linkage, people


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place that has linked all people."""
    place = Place(tmp_path)
    place.arrive(1, people())
    place.link(linkage())
    return place


def conclude(place: Place, decisions: str) -> list[tuple[Any, ...]]:
    """Link with the last result and such decisions, and return the next."""
    given = "given(left_record_id, right_record_id, is_same)"
    place.link(linkage(), decided=f"select *, 'clerk' as decided_by, 1 as decided_at from ({decisions}) as {given}")
    return place.ask("from linked order by record_id")


def test_other_thresholds_conclude_anew_about_all_rows(place: Place) -> None:
    assert place.ask("select count(stage) from linked") == [(150,)]
    place.link(linkage(match_threshold=0.99999999))
    assert place.ask("select count(stage) < 150 from linked") == [(True,)]
    place.arrive(2, [("copy", *people()[4][1:])])
    place.link(linkage())
    assert place.ask("select count(stage) from linked") == [(151,)]
    place.link(linkage(max_cluster_size=2))
    assert place.ask("select count(stage) from linked") == [(149,)]


def test_only_rows_whose_cluster_has_changed_are_concluded_about(place: Place) -> None:
    place.connection.execute("update linked set rule = 'kept' where stage is not null")
    place.connection.execute("delete from people where person_id = 'p1-0'")
    place.arrive(2, [("copy", *people()[4][1:])])
    place.link(linkage())
    assert place.ask("select record_id from linked where rule <> 'kept' order by 1") == [("copy",), ("p3-1",)]
    assert place.entities()["copy"] == "p3-0"


def test_whatever_changes_the_rows_are_as_if_all_were_concluded_about(place: Place) -> None:
    decisions = "values ('p1-0', 'p1-1', false), ('p0-0', 'p2-0', true), ('p3-0', 'p3-1', true)"
    changes = (
        "delete from people where person_id in ('p5-0', 'p7-1')",
        "update people set _file_id = 2 where person_id in ('p9-0', 'p11-1')",
        "update people set phone = '1', name = 'zoe' where person_id = 'p13-1'",
    )
    for change, decided in zip(changes, (decisions, "values ('p0-0', 'p4-0', true)", decisions), strict=True):
        place.connection.execute(change)
        kept = conclude(place, decided)
        place.connection.execute("update linked set _state = split_part(_state, ':', 1) || ':otherwise'")
        assert conclude(place, decided) == kept
