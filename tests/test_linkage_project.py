"""Similar rows in a whole project: from files to a published table, and every merged card traced to its winner."""

import csv
import io
import json
from collections.abc import Sequence

import duckdb

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


def decide(place: Place, *decisions: str) -> None:
    (place.landing / "people_decisions").mkdir()
    header = "left_record_id,right_record_id,is_same,decided_by,decided_at"
    (place.landing / "people_decisions" / "decided.csv").write_text(
        "\n".join([header, *decisions, ""]), encoding="utf-8"
    )


def generations(place: Place) -> dict[str, str]:
    with duckdb.connect(place.folder / "warehouse" / "warehouse.duckdb", read_only=True) as connection:
        marks = connection.execute(
            "select table_name, string_split(comment, chr(10))[-1] from duckdb_tables() where table_name in "
            "('stg_people__cards', 'int_people_deduplicated', 'int_people_linked', 'int_people_merged', 'row_ledger')"
        ).fetchall()
    return {name: json.loads(mark)["generation"] for name, mark in marks}


def test_cards_of_two_files_become_people_and_every_one_is_accounted_for(place: Place) -> None:
    cards = people()
    arrive(place, "1.csv", cards[:400])
    place.tidemill(*PROJECT, "run")
    built, before = generations(place), dict(place.ask(PEOPLE))
    arrive(place, "2.csv", cards[400:])
    at = "clerk,2026-01-01 10:00"
    decide(place, f"p2-0,p0-0,yes,{at}", f"p299-0,p299-1,yes,{at}:30", f"p299-1,p299-0,no,{at}:59", f"p1-0,,no,{at}")
    printed = place.tidemill(*PROJECT, "run")
    assert "with 50 new of 450 rows; 150 rows merged into others" in printed
    assert "2 of 2 decisions applied" in printed
    # Nothing was built anew; the comments of the tables say so.
    assert generations(place) == built and len(set(built.values())) == 1
    assert place.ask("select count(*), count(distinct entity_id) from marts.people") == [(300, 300)]
    after = dict(place.ask(PEOPLE))
    assert {entity for key, entity in before.items() if after.get(key) != entity} == {"p2-0"}
    fates = "select fate, stage, count(*) from records.row_ledger where source = 'people.{}' group by all order by all"
    assert place.ask(fates.format("cards")) == [("duplicate", "similar", 150), ("kept", None, 300)]
    assert place.ask(fates.format("decisions")) == [
        ("kept", None, 2),
        ("rejected", "clean", 1),
        ("superseded", "key", 1),
    ]
    assert place.ask("select count(*) from marts.people_to_review where match_probability >= 0.95") == [(0,)]
    number = [card[0] for card in cards].index("p1-1") + 1
    traced = place.tidemill(*PROJECT, "trace", "1.csv", str(number))
    assert f"it lost to row {number - 1} of file 1" in traced
    assert "marts.people: entity_id 'p1-0'" in traced
