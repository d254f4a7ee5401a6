"""Similar rows in a whole project: from files to a published table, and every merged card traced to its winner."""

import csv
import io
from collections.abc import Sequence

from flows.settings import REPOSITORY
from tests.linked_people import Person, people
from tests.place import Place

PROJECT = ("--project", str(REPOSITORY / "tests" / "projects" / "people"))
PEOPLE = "select surname || born_on || phone, entity_id from marts.people"


def arrive(place: Place, name: str, cards: Sequence[Person]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("person_id", "name", "surname", "city", "born_on", "phone"), *cards])
    (place.landing / "people").mkdir(parents=True, exist_ok=True)
    (place.landing / "people" / name).write_text(text.getvalue(), encoding="utf-8")


def test_cards_of_two_files_become_people_and_every_one_is_accounted_for(place: Place) -> None:
    cards = people()
    arrive(place, "1.csv", cards[:400])
    place.tidemill(*PROJECT, "run")
    before = dict(place.ask(PEOPLE))
    arrive(place, "2.csv", cards[400:])
    printed = place.tidemill(*PROJECT, "run")
    assert "with 50 new of 450 rows; 150 rows merged into others" in printed
    assert place.ask("select count(*), count(distinct entity_id) from marts.people") == [(300, 300)]
    assert before.items() <= dict(place.ask(PEOPLE)).items()
    fates = "select fate, stage, count(*) from records.row_ledger group by all order by all"
    assert place.ask(fates) == [("duplicate", "similar", 150), ("kept", None, 300)]
    assert place.ask("select count(*) from marts.people_to_review where match_probability >= 0.95") == [(0,)]
    number = [card[0] for card in cards].index("p1-1") + 1
    traced = place.tidemill(*PROJECT, "trace", "1.csv", str(number))
    assert f"it lost to row {number - 1} of file 1" in traced
    assert "marts.people: entity_id 'p1-0'" in traced
