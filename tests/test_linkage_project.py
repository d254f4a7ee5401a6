"""Similar rows in a whole project: from two files to a published table, and every merged card traced to its winner."""

import csv
import io
from collections.abc import Sequence

import pytest

from flows.settings import REPOSITORY
from tests.linked_people import Person, people
from tests.place import Place

PROJECT = str(REPOSITORY / "tests" / "projects" / "people")


def arrive(place: Place, name: str, cards: Sequence[Person]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("person_id", "name", "surname", "city", "born_on", "phone"), *cards])
    (place.landing / "people").mkdir(parents=True, exist_ok=True)
    (place.landing / "people" / name).write_text(text.getvalue(), encoding="utf-8")


@pytest.mark.slow
def test_cards_of_two_files_become_people_and_every_one_is_accounted_for(place: Place) -> None:
    cards, project = people(), ("--project", PROJECT)
    arrive(place, "1.csv", cards[:400])
    place.tidemill(*project, "run")
    before = dict(place.ask("select surname || born_on || phone, entity_id from marts.people"))
    arrive(place, "2.csv", cards[400:])
    printed = place.tidemill(*project, "run")
    assert "linkage: int_people_linked scored" in printed
    assert "with 50 new of 450 rows; 150 rows merged into others" in printed
    assert place.ask("select count(*), count(distinct entity_id) from marts.people") == [(300, 300)]
    after = dict(place.ask("select surname || born_on || phone, entity_id from marts.people"))
    assert before.items() <= after.items()
    fates = "select fate, stage, count(*) from records.row_ledger group by all order by all"
    assert place.ask(fates) == [("duplicate", "similar", 150), ("kept", None, 300)]
    assert place.ask("select count(*) from marts.people_to_review where match_probability >= 0.95") == [(0,)]
    number = cards.index(next(each for each in cards if each[0] == "p1-1")) + 1
    traced = place.tidemill(*project, "trace", "1.csv", str(number))
    assert f"it lost to row {number - 1} of file 1" in traced
    assert "marts.people: entity_id 'p1-0'" in traced
