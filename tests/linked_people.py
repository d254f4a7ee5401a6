"""People of whom some are written down twice, with slips of the pen; and linking them batch by batch."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from flows import declaration
from flows.declaration import Linkage
from flows.linkage import link_rows
from flows.settings import Settings

NAMES = (
    "anna",
    "bernard",
    "clara",
    "dietrich",
    "elena",
    "florian",
    "greta",
    "hannes",
    "ingrid",
    "johann",
    "katrin",
    "ludwig",
)
SURNAMES = ("albers", "brandt", "conrad", "dahlke", "ehlers", "fischer", "gerlach", "hoffmann", "jansen", "kruger")
CITIES = ("bremen", "dresden", "erfurt", "hamburg", "leipzig", "rostock", "stuttgart")
DECLARED: dict[str, Any] = {
    "key": "person_id",
    "comparisons": {
        "name": {"jaro_winkler": [0.9, 0.75]},
        "surname": {"jaro_winkler": [0.9, 0.75]},
        "city": "exact",
        "born_on": {"damerau_levenshtein": [1, 2]},
        "phone": {"levenshtein": [1, 2]},
    },
    "blocking_rules": {
        "same_phone": ["phone"],
        "same_birth": ["born_on"],
        "same_name": ["surname", "substr(name, 1, 2)"],
    },
    "match_threshold": 0.95,
    "review_threshold": 0.2,
    "max_cluster_size": 5,
    "minimum_rows": 100,
}
Person = tuple[str, str | None, str | None, str | None, str | None, str | None]


def linkage(**changed: Any) -> Linkage:
    """What is declared, with some of it changed."""
    return declaration.linkage("model people_linked", "people_linked", DECLARED | changed)


def people(count: int = 300, seed: int = 1) -> list[Person]:
    """Return people; every second one stands twice, the second time with up to two slips. The id says who is who."""
    chance, found = random.Random(seed), list[Person]()
    for number in range(count):
        born_on = f"{chance.randint(1930, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        phone = "".join(chance.choices("0123456789", k=8))
        values = [chance.choice(NAMES), chance.choice(SURNAMES), chance.choice(CITIES), born_on, phone]
        found.append((f"p{number}-0", *values))
        if number % 2:
            for at in chance.sample(range(5), k=chance.randint(0, 2)):
                values[at] = slip(values[at], chance)
            found.append((f"p{number}-1", *values))
    return found


def slip(text: str, chance: random.Random) -> str | None:
    at = chance.randrange(len(text))
    return chance.choice([text[:at] + text[at + 1 :], text[:at] + "7" + text[at + 1 :], None])


class Place:
    """A DuckDB in which files of people arrive one after the other and are linked each time."""

    def __init__(self, models_store: Path) -> None:
        self.settings = Settings(models_store=models_store)
        self.connection = duckdb.connect()
        self.connection.execute(
            "create table people (_file_id bigint, _row_number bigint, "
            "person_id varchar, name varchar, surname varchar, city varchar, born_on varchar, phone varchar)"
        )
        self.previous: str | None = None

    def arrive(self, file_id: int, rows: Sequence[Person]) -> None:
        numbered = [(file_id, number, *row) for number, row in enumerate(rows, start=1)]
        if numbered:
            self.connection.executemany("insert into people values (?, ?, ?, ?, ?, ?, ?, ?)", numbered)

    def link(
        self, linkage: Linkage, query: str = "select * from memory.main.people", decided: str | None = None
    ) -> None:
        table = link_rows(self.connection.cursor(), query, self.previous, linkage, self.settings, decided)
        self.connection.execute(f"create or replace table linked as from {table}")
        self.previous = "memory.main.linked"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def entities(self) -> dict[str, str]:
        return dict(self.ask("select record_id, entity_id from linked"))

    def pairs(self) -> list[tuple[Any, ...]]:
        """Who is similar to whom and how much, whatever came first."""
        return self.ask(
            "select record_id, cluster_id, cluster_size, list_sort(list_transform(pairs, lambda each: each::varchar)) "
            "from linked order by 1"
        )
