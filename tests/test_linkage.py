"""Similar rows: who is linked with whom, in whatever batches they come, and what becomes of the pairs in between."""

import json
import random
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows import store
from flows.errors import DeclarationError, TidemillError
from flows.linkage import link
from tests.linked_people import DECLARED, Place, linkage, people


def stored(place: Place) -> list[dict[str, object]]:
    found = store.linkage_models(place.settings, "people_linked")
    return [json.loads(content) | {"learned_at": None} for _, content in found]


def beside(learned: Place, tmp_path: Path) -> Place:
    """A new place that uses what the other has learned."""
    shutil.copytree(learned.settings.models_store, tmp_path / "store")
    return Place(tmp_path / "store")


def test_rows_written_with_slips_of_the_pen_are_one_entity(learned: Place) -> None:
    entities = learned.entities()
    right = sum(entities[f"p{number}-1"] == f"p{number}-0" for number in range(1, 300, 2))
    wrong = sum(record.split("-")[0] != entity.split("-")[0] for record, entity in entities.items())
    assert (right, wrong) == (150, 0)


def test_every_merged_row_says_which_row_it_lost_to_and_why(learned: Place) -> None:
    losers = learned.ask("select * from linked where stage is not null")
    assert len(losers) == 150
    unsaid = learned.ask(
        "select count(*) from linked as loser left join linked as winner "
        "on winner._file_id = loser.winner_file_id and winner._row_number = loser.winner_row_number "
        "where loser.stage = 'similar' and (winner.stage is not null "
        "or winner.entity_id is distinct from loser.entity_id "
        "or loser.rule not in ('same_phone', 'same_birth', 'same_name') or loser.match_probability < 0.95)"
    )
    assert unsaid == [(0,)]


def test_what_is_learned_is_the_same_each_time_and_plain_json(learned: Place, tmp_path: Path) -> None:
    again = Place(tmp_path)
    again.arrive(1, people())
    again.link(linkage())
    assert stored(again) == stored(learned)
    assert len(stored(again)) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".json"]


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), n_batches=st.integers(2, 4))
def test_batches_in_any_order_give_what_all_rows_at_once_give(
    learned: Place, tmp_path_factory: pytest.TempPathFactory, seed: int, n_batches: int
) -> None:
    place = beside(learned, tmp_path_factory.mktemp("batches"))
    rows = people()
    random.Random(seed).shuffle(rows)
    for batch in range(n_batches):
        place.arrive(batch + 1, rows[batch::n_batches])
        place.link(linkage())
    assert place.pairs() == learned.pairs()
    assert Counter(Counter(place.entities().values()).values()) == Counter(
        Counter(learned.entities().values()).values()
    )


def test_pairs_of_old_rows_are_not_scored_again(learned: Place, tmp_path: Path) -> None:
    place = beside(learned, tmp_path)
    place.arrive(1, people()[:-2])
    place.link(linkage())
    place.connection.execute(
        "update linked set pairs = list_transform(pairs, lambda each: struct_update(each, match_probability := 0.99))"
    )
    place.arrive(2, people()[-2:])
    place.link(linkage())
    probability = "select distinct unnest(pairs).match_probability from linked where record_id {} 'p299-0'"
    assert place.ask(probability.format("<>")) == [(0.99,)]
    assert place.ask(probability.format("=")) != [(0.99,)]


def test_a_row_that_was_changed_is_compared_anew(learned: Place, tmp_path: Path) -> None:
    place = beside(learned, tmp_path)
    place.arrive(1, people())
    place.link(linkage())
    assert place.entities()["p1-1"] == "p1-0"
    place.connection.execute(
        "update people set name = 'zoe', surname = 'quinn', born_on = '1900-01-01', phone = '1', _file_id = 2 "
        "where person_id = 'p1-1'"
    )
    place.link(linkage())
    assert place.entities()["p1-1"] == "p1-1"


def test_other_thresholds_use_the_same_model_and_other_comparisons_another(learned: Place, tmp_path: Path) -> None:
    place = beside(learned, tmp_path)
    place.arrive(1, people())
    place.link(linkage(match_threshold=0.9999, review_threshold=0.01))
    n_merged = place.ask("select count(stage) from linked")[0][0]
    assert 0 < n_merged < 150
    assert len(stored(place)) == 1
    place.link(linkage(seed=2))
    assert len(stored(place)) == 2
    assert place.ask("select count(distinct _state) from linked") == [(1,)]


def test_a_cluster_above_the_cap_stays_apart_and_is_in_review(learned: Place, tmp_path: Path) -> None:
    place = beside(learned, tmp_path)
    same = people()[0][1:]
    place.arrive(1, [(f"same-{number}", *same) for number in range(5)])
    place.link(linkage())
    assert set(place.entities().values()) == {"same-0"}
    place.arrive(2, [("same-5", *same)])
    place.link(linkage())
    assert place.entities() == {f"same-{number}": f"same-{number}" for number in range(6)}
    assert place.ask("select distinct unnest(pairs).reason, cluster_size, stage from linked") == [
        ("cluster_too_large", 6, None)
    ]


def test_too_few_rows_teach_nothing_and_merge_nothing_until_there_are_more(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.arrive(1, people()[:99])
    place.link(linkage())
    assert stored(place) == []
    assert place.ask("select count(*), count(stage), count(pairs) from linked") == [(99, 0, 0)]
    place.arrive(2, people()[99:])
    place.link(linkage())
    assert place.ask("select count(stage) from linked") == [(150,)]


def test_a_first_rule_that_takes_all_rows_for_the_same_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.arrive(1, [(f"same-{number}", *people()[0][1:]) for number in range(100)])
    with pytest.raises(
        DeclarationError, match=r"blocking_rules: the first, same_phone, finds more than 70% of all pairs"
    ):
        place.link(linkage())


def test_rows_of_which_none_repeats_teach_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.arrive(1, [row for row in people() if row[0].endswith("-0")])
    place.link(linkage())
    assert (stored(place), place.ask("select count(stage) from linked")) == ([], [(0,)])


def test_a_damaged_model_is_named_with_what_to_do(learned: Place, tmp_path: Path) -> None:
    place = beside(learned, tmp_path)
    (tmp_path / "store" / "linkages" / "people_linked" / "1.json").write_text("{}")
    with pytest.raises(TidemillError, match=r"people_linked/1\.json: cannot be read .* remove it to learn anew$"):
        place.link(linkage())


@pytest.mark.parametrize(
    ("changed", "query", "message"),
    [
        (
            {"key": "person"},
            "select * from memory.main.people",
            r"^model people_linked: config\.meta\.linkage\.key names 'person', which is no column of its input "
            r"\(has: .*\); did you mean 'person_id'\?$",
        ),
        (
            {"key": "city"},
            "select * from memory.main.people",
            r"rows of its input have the key '\w+'; de-duplicate by key first, or name more columns",
        ),
        (
            {"blocking_rules": {"first": ["sbstr(name, 1)"], "second": ["phone"]}},
            "select * from memory.main.people",
            r"blocking_rules\.first: 'sbstr\(name, 1\)' cannot be evaluated on its input as text \(Catalog Error",
        ),
        ({}, "select * exclude (_file_id) from memory.main.people", r"every linked row has '_file_id', which is no"),
    ],
)
def test_what_does_not_fit_the_rows_is_said(
    tmp_path: Path, changed: dict[str, object], query: str, message: str
) -> None:
    place = Place(tmp_path)
    place.arrive(1, people()[:50])
    with pytest.raises(DeclarationError, match=message):
        place.link(linkage(**changed), query)


def test_without_splink_the_error_names_what_to_install(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with (
        patch.dict("sys.modules", {"splink": None}),
        pytest.raises(TidemillError, match=r"splink, which is missing; pip install 'tidemill\[linkage\]'$"),
    ):
        place.link(linkage())


def test_a_linking_that_fails_leaves_no_database_to_the_next_run_in_this_process(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.arrive(1, people()[:50])
    people_there = place.connection.sql("from memory.main.people")
    this = SimpleNamespace(database="memory", schema="main", identifier="people_linked")
    with pytest.raises(DeclarationError, match="rows of its input have the key"):
        link(SimpleNamespace(this=this), place.connection, people_there, DECLARED | {"key": "city"})
    assert place.ask("select database_name from duckdb_databases() where not internal") == [("memory",)]
