"""Places: what lies in a folder is found, what is not a file is not, and what is gone is said once."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from flows import due, ingest, records, warehouse
from flows.declaration import Declaration
from flows.declaration.options import check_place
from flows.errors import DeclarationError
from flows.ingest.places.discover import discover
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, TWO_ROWS, ask, put, rows, run_ingest

DONE = replace(ORDERS, options={"done_marker": ".done"})
OTHER = GOOD.replace("1,", "3,").replace("2,", "4,")
ACTIONS = "select action, regexp_extract(uri, '[^/]+$') from records.file_loads order by load_id"


def names(settings: Settings, location: str) -> list[str]:
    return [found.name for found in discover(replace(ORDERS, location=location), settings.landing).files]


def test_a_landing_folder_with_glob_characters_in_its_path_is_read(settings: Settings) -> None:
    own = settings.model_copy(update={"landing": settings.landing.with_name("land[in]g")})
    put(own, "a.csv", GOOD)
    assert run_ingest(own).problems == ()
    assert rows(own) == TWO_ROWS


@pytest.mark.parametrize("location", ["orders/*", "orders/**/*"])
def test_hidden_and_unfinished_files_are_not_files(settings: Settings, location: str) -> None:
    for name in (".hidden.csv", "a.csv.part", "b.tmp", "c.csv.crdownload", "~$d.xlsx", "good.csv", ".trash/x.csv"):
        put(settings, name, GOOD)
    assert names(settings, location) == ["good.csv"]
    assert names(settings, "orders/b.tmp") == ["b.tmp"]  # named outright


def test_what_is_no_regular_file_is_never_opened(settings: Settings) -> None:
    put(settings, "good.csv", GOOD)
    os.mkfifo(settings.landing / "orders" / "pipe.csv")
    assert names(settings, "orders/*") == ["good.csv"]


def test_deep_trees_are_searched_to_their_end(settings: Settings) -> None:
    put(settings, "/".join(["deep"] * 60) + "/a.csv", GOOD)
    assert names(settings, "orders/**/*.csv") == ["a.csv"]


def test_a_file_waits_for_its_marker_and_is_recorded_once(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    for _ in range(2):
        assert run_ingest(settings, DONE).problems == ()
    assert ask(settings, ACTIONS) == [("waiting", "a.csv")]
    put(settings, "a.csv", GOOD + "5,Ed,fifth\n")
    run_ingest(settings, DONE)
    put(settings, "a.csv.done", "")
    assert run_ingest(settings, DONE).problems == ()
    assert ask(settings, ACTIONS) == [("waiting", "a.csv"), ("waiting", "a.csv"), ("loaded", "a.csv")]
    assert run_ingest(settings, DONE).sources[0].files_new == 0


def test_a_vanished_file_is_reported_once_and_its_rows_stay(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    path = put(settings, "a.csv", GOOD)
    put(settings, "b.csv", OTHER)
    run_ingest(settings)
    away = path.rename(path.parent.parent / "a.csv")
    caplog.set_level("INFO", "tidemill")
    for _ in range(2):
        assert run_ingest(settings).problems == ()
    assert caplog.text.count("a.csv: it is not there any more; its rows stay") == 1
    assert ask(settings, "select action, file_id from records.file_loads where uri like '%/a.csv'") == [
        ("loaded", 1),
        ("vanished", 1),
    ]
    away.rename(path)
    run_ingest(settings)
    assert len(rows(settings)) == 4


def test_nothing_has_vanished_from_a_place_that_is_not_there(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    shutil.rmtree(settings.landing / "orders")
    settings.landing.rmdir()
    own = replace(ORDERS, location=str(settings.landing / "orders" / "*"))
    run = records.Run("2", "ingest", "test", records.now())
    ingest.ingest(settings, Declaration("shop", (own,), ()), run)
    assert ask(settings, ACTIONS) == [("loaded", "a.csv")]


def test_an_unknown_place_and_an_unset_variable_are_wrong_declarations(settings: Settings) -> None:
    with pytest.raises(DeclarationError, match="did you mean 'sftp'"):
        discover(replace(ORDERS, location="stfp://host/x"), settings.landing)
    with pytest.raises(DeclarationError, match="variable NOT_SET_HERE is not set"):
        discover(replace(ORDERS, location="sftp://me:${NOT_SET_HERE}@host/x"), settings.landing)


def test_a_place_that_cannot_be_reached_is_a_problem_and_the_others_load(settings: Settings) -> None:
    away = replace(ORDERS, name="shop.away", raw_table="shop__away", location="ftp://127.0.0.1:1/x/*.csv")
    put(settings, "a.csv", GOOD)
    declared = Declaration("shop", (away, ORDERS), ())
    run = records.Run("1", "ingest", "test", records.now())
    problems = ingest.ingest(settings, declared, run).problems
    assert len(problems) == 1
    assert problems[0].startswith("shop.away: ftp://127.0.0.1:1/x/*.csv: ")
    assert "refused" in problems[0]
    assert rows(settings) == TWO_ROWS
    settings.published_file.touch()
    with warehouse.write(settings) as connection:
        records.add(connection, replace(run, flow="run"))
    assert "a place cannot be listed" in due.reasons_to_run(settings, declared)


LATE = ("fsspec", "s3fs", "aiohttp", "paramiko", "sqlalchemy", "psycopg")


def test_looking_for_local_files_loads_no_library_of_other_places() -> None:
    look = (
        "from flows import due; from flows.ingest import pending; from flows.ingest.places import discover, vanished; "
        "import sys; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert not set(LATE) & set(loaded.stdout.split())


@pytest.mark.parametrize(
    ("location", "options", "said"),
    [
        ("sftp://me:secret@host/x", {}, "holds a password"),
        ("postgresql://me:${A}b@host/x", {"table": "t"}, "holds a password"),
        ("postgresql://host/x", {}, "either `table` or `query`"),
        ("sqlite:///x.db", {"table": "t", "query": "select 1"}, "either `table` or `query`"),
        ("sqlite:///x.db", {"table": "t", "done_marker": ".done"}, "is for files"),
        ("orders/*.csv", {"cursor": "id"}, "is for a database"),
    ],
)
def test_options_and_passwords_that_do_not_belong_are_refused(
    location: str, options: dict[str, str], said: str
) -> None:
    with pytest.raises(DeclarationError, match=said) as error:
        check_place("sources.yml: source shop.orders", location, options)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "location", ["sftp://me@host/x", "ftp://me:${A}@host/x", "https://host/a:b/c@d.csv", "a/*@b:c"]
)
def test_locations_without_a_written_password_are_taken(location: str) -> None:
    check_place("sources.yml: source shop.orders", location, {})
