"""Odd files in models_store: no SQL of a stranger runs, nothing is waited for, and no link is written through."""

import os
import threading
import tracemalloc
from pathlib import Path

import pytest

from flows import store
from flows.errors import TidemillError
from flows.settings import Settings
from tests.attacks import folder, sign_again

SCORED = 'select "person_id", 0.5 as probability from features'
QUERIES = {
    "writes a file": f"{SCORED}) ; copy (select 1) to '{{marker}}' ; select * from ({SCORED}",
    "reads a file": f"{SCORED} where exists (from read_text('{{marker}}'))",
    "lists a folder": f"{SCORED} where exists (from glob('/*'))",
    "asks for a table of its own": f"{SCORED} where exists (from marts.people)",
    "is no query": "copy (select 1) to '{marker}'",
    "is no query that returns": "create table features as select 1",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_an_sql_that_is_more_than_one_query_over_the_features_is_refused_even_where_it_is_signed(
    own_leaving: Settings, tmp_path: Path, query: str
) -> None:
    marker = tmp_path / "marker"
    (folder(own_leaving) / "model.sql").write_text(query.format(marker=marker))
    sign_again(own_leaving)
    with pytest.raises(
        TidemillError, match=r"model.sql: .*(one query over the features|disabled|does not exist|Parser Error)"
    ):
        store.load(own_leaving, "leaving", 1)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["manifest.json", "model.pkl", "training_rows.parquet"])
def test_what_is_no_file_is_refused_and_not_waited_for(own_leaving: Settings, name: str) -> None:
    path = folder(own_leaving) / name
    path.unlink()
    os.mkfifo(path)
    refusals: list[str] = []

    def load() -> None:
        try:
            store.load(own_leaving, "leaving", 1)
        except TidemillError as error:
            refusals.append(str(error))

    loading = threading.Thread(target=load, daemon=True)
    loading.start()
    loading.join(timeout=20)
    assert refusals and f"{name}: cannot be read (it is no file)" in refusals[0]
    path.unlink()
    path.mkdir()
    with pytest.raises(TidemillError, match=rf"{name}: cannot be read"):
        store.load(own_leaving, "leaving", 1)


def test_a_manifest_that_is_nested_without_end_is_refused(own_leaving: Settings) -> None:
    (folder(own_leaving) / "manifest.json").write_text("[" * 100_000)
    assert not store.is_verified(own_leaving, "leaving", 1)


def test_the_training_rows_are_hashed_without_holding_them(own_leaving: Settings) -> None:
    store.load(own_leaving, "leaving", 1)
    with (folder(own_leaving) / "training_rows.parquet").open("ab") as stream:
        stream.truncate(200 * 2**20)
    sign_again(own_leaving)
    tracemalloc.start()
    store.load(own_leaving, "leaving", 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_nothing_is_written_through_a_link(own_leaving: Settings, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("mine")
    noted = store.read_manifest(own_leaving, "leaving", 1)
    for name in ("card.html", "manifest.json-unfinished"):
        path = folder(own_leaving) / name
        path.unlink(missing_ok=True)
        path.symlink_to(theirs)
        store.note_decision(own_leaving, noted, b"<p>card</p>")
        assert theirs.read_text() == "mine" and not path.is_symlink()
    assert (folder(own_leaving) / "card.html").read_text() == "<p>card</p>"
    store.load(own_leaving, "leaving", 1)


def test_who_only_verifies_makes_no_key(own_leaving: Settings) -> None:
    key = own_leaving.models_store / ".signing_key"
    key.unlink()
    with pytest.raises(TidemillError, match=r"is not signed with this store's key"):
        store.load(own_leaving, "leaving", 1)
    assert not key.exists()


def test_a_key_is_made_beside_what_a_killed_process_of_the_same_number_left(settings: Settings) -> None:
    settings.models_store.mkdir()
    (settings.models_store / f".signing_key-{os.getpid()}").touch()
    assert store.keys.sign(settings, {"a": 1}, "version")
