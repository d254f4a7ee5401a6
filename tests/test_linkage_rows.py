"""Which rows of a linkage are new or have changed, and so are compared."""

from pathlib import Path

from flows.linkage import rows
from tests.linked_people import Place, linkage, people

BY_BIRTH = linkage(
    comparisons={"name": "exact", "surname": "exact", "city": "exact", "phone": {"levenshtein": [1, 2]}},
    blocking_rules={"same_phone": ["phone"], "same_birth": ["born_on"]},
)


def test_a_row_that_changes_where_only_a_blocking_rule_looks_is_compared_anew(tmp_path: Path) -> None:
    place = Place(tmp_path)
    _, name, surname, city, born_on, phone = people()[0]
    assert phone
    slip = phone[:-1] + chr(ord("0") + (int(phone[-1]) + 1) % 10)
    place.arrive(1, [*people(), ("x", name, surname, city, "1800-01-01", slip)])
    place.link(BY_BIRTH)
    assert place.entities()["x"] == "x"
    place.connection.execute("update people set born_on = ?, _file_id = 2 where person_id = 'x'", [born_on])
    place.link(BY_BIRTH)
    assert place.entities()["x"] == "p0-0"
    by_batch, place.previous = place.pairs(), None
    place.link(BY_BIRTH)
    assert place.pairs() == by_batch


def test_a_row_without_a_key_is_no_row_whose_key_is_written_as_its_place(tmp_path: Path) -> None:
    place = Place(tmp_path)
    keys = [None, "1-1", "#1-1", "##1-1", "#", None, "1-6"]
    place.arrive(1, [(key, *people()[0][1:]) for key in keys])  # type: ignore[misc]
    rows.collect(place.connection, "select * from memory.main.people", BY_BIRTH, "memory")
    ids = place.ask("select _record_id from records order by _row_number")
    assert [each for (each,) in ids] == ["#1-1", "1-1", "##1-1", "###1-1", "##", "#1-6", "1-6"]
