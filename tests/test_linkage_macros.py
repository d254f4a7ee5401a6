"""What the macros make of linked rows: one row per entity, and the pairs somebody has to look at."""

import re

import pytest

from flows.declaration.linkages import KEYS
from flows.linkage.rows import LINKED
from flows.macros import render
from flows.settings import REPOSITORY
from tests.linked_people import Place, linkage, people

DOCS = (REPOSITORY / "docs" / "linkage.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("macros"))
    place.arrive(1, [*people(), *((f"same-{number}", *people()[0][1:]) for number in range(6))])
    place.link(linkage(review_threshold=0.01))
    return place


def test_one_row_per_entity_stays_and_names_those_it_has_beaten(linked: Place) -> None:
    merged = render("merge_similar", "people", "linked")
    kept = linked.ask(f"select person_id, entity_id, _duplicates from ({merged}) order by _row_number limit 3")
    assert kept[:2] == [("p0-0", "p0-0", None), ("p1-0", "p1-0", "1:3:similar:same_phone:1:2")]
    counts = f"select count(*), count(distinct entity_id), count(_duplicates) from ({merged})"
    (n_rows, n_entities, n_winners) = linked.ask(counts)[0]
    n_losers = linked.ask("select count(stage) from linked")[0][0]
    assert (n_rows, n_winners, n_rows + n_losers) == (n_entities, n_losers, 456)
    assert n_losers > 140
    columns = [name for (name,) in linked.ask(f"select column_name from (describe {merged})")]
    assert columns == [name for (name,) in linked.ask("select column_name from (describe people)")] + [
        "entity_id", "_duplicates"
    ]  # fmt: skip


def test_the_pairs_in_review_show_both_rows_and_why_they_were_not_merged(linked: Place) -> None:
    review = render("pairs_to_review", "linked", "people", ["person_id", "phone"])
    found = linked.ask(
        "select reason, min(match_probability) >= 0.01, max(match_probability) >= 0.95, "
        f"bool_and(left_person_id = left_record_id) from ({review}) group by all order by reason"
    )
    assert ("cluster_too_large", True, True, True) in found
    above = f"select count(*) from ({review}) where reason = 'below_match_threshold' and match_probability >= 0.95"
    assert linked.ask(above) == [(0,)]
    # Six equal rows and the one they were copied from.
    assert linked.ask(f"select count(*) from ({review}) where reason = 'cluster_too_large'") == [(7 * 6 // 2,)]


def test_the_docs_show_the_project_that_is_tested() -> None:
    shown = (
        *("_intermediate__models.yml", "int_people_linked.py", "int_people_merged.sql", "people_to_review.sql"),
        *("stg_people__decisions.sql", "int_decisions_deduplicated.sql"),
    )
    files = {path.name: path for path in (REPOSITORY / "tests" / "projects" / "people").rglob("models/*/*")}
    for name in shown:
        assert files[name].read_text(encoding="utf-8").strip() in DOCS


def table(place: Place, query: str) -> str:
    result = place.connection.execute(query)
    names = [column[0] for column in result.description]
    rows = [names, ["---"] * len(names), *result.fetchall()]
    text = "\n".join("| " + " | ".join("NULL" if cell is None else str(cell) for cell in row) + " |" for row in rows)
    return text.replace("| --- ", "|---").replace("--- |", "---|")


def test_the_docs_show_what_comes_out(linked: Place) -> None:
    cards = "select * exclude (_file_id) from people where person_id in ('p15-0', 'p15-1')"
    outcome = (
        "select record_id, entity_id, stage, rule, winner_file_id, winner_row_number, "
        "round(match_probability, 4) as match_probability from linked where record_id in ('p15-0', 'p15-1')"
    )
    for query in (cards, outcome):
        assert table(linked, f"{query} order by _row_number") in DOCS


def test_the_docs_name_every_key_and_every_column() -> None:
    assert set(re.findall(r"^\| `(\w+)`", DOCS, re.MULTILINE)) == set(KEYS)
    columns = re.findall(r"^ {8}(\w+) ", LINKED, re.MULTILINE)
    assert {name for name in columns if not name.startswith("_")} - {"record_id"} <= set(re.findall(r"`(\w+)`", DOCS))
