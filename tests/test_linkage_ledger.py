"""The ledger and the merged table of linked rows: batch by batch as all at once, and every row accounted for."""

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.linked_people import Place, linkage, people
from tests.rendering import Relation, render

CARDS, KEPT, LINKED, MERGED = (Relation(f'"memory"."main"."{name}"') for name in ("cards", "kept", "linked", "merged"))
LEDGER = [{"source": "people.cards", "raw": CARDS, "cleaned": CARDS, "deduplicated": [KEPT, MERGED]}]
STAGED = """
    create view cards as
    select
        *,
        md5([person_id, name, surname, city, born_on, phone]::varchar) as _row_fingerprint,
        false as _is_rejected,
        null::varchar as _problems,
        null::varchar as _formatting,
        null::bigint as _superseded_by_file_id,
    from people
"""


def build(place: Place) -> tuple[list[Any], list[Any]]:
    """Build what follows the cards; return the merged rows and the ledger."""
    place.connection.execute(f"create or replace table kept as {render('deduplicate', CARDS, 'person_id')}")
    place.link(linkage(), f"select * from {KEPT}")
    place.connection.execute(f"create or replace table merged as {render('merge_similar', KEPT, LINKED)}")
    return place.ask("from merged order by all"), place.ask(f"from ({render('row_ledger', LEDGER)}) order by all")


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), n_batches=st.integers(2, 4))
def test_the_ledger_and_the_merged_rows_of_any_batches_are_those_of_all_rows_at_once(
    learned: Place, seed: int, n_batches: int
) -> None:
    chance, place = random.Random(seed), Place(learned.settings.models_store)
    place.connection.execute(STAGED)
    # Some cards come twice.
    rows = [*people(), *chance.sample(people(), k=40)]
    chance.shuffle(rows)
    for batch in range(n_batches):
        place.arrive(batch + 1, rows[batch::n_batches])
        merged, ledger = build(place)
    place.previous = None
    assert build(place) == (merged, ledger)
    place.connection.execute(f"create table ledger as {render('row_ledger', LEDGER)}")
    fates = "select fate, stage, count(*) from ledger group by all order by all"
    assert place.ask(fates) == [
        ("duplicate", "exact", 40),
        ("duplicate", "similar", 150),
        ("kept", None, 300),
    ]
    lost_to_nobody = (
        "select count(*) from ledger as loser anti join ledger as winner on loser.winner_file_id = winner.file_id "
        "and loser.winner_row_number = winner.row_number where loser.fate = 'duplicate'"
    )
    assert place.ask(lost_to_nobody) == [(0,)]
