"""Changed files: a place's new content supersedes what it held, whatever is known elsewhere and in whatever order."""

import os
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, ask, put, run_ingest, zipped

HEADER = "order_id,customer,note\n"
CONTENTS = {letter: f"{HEADER}{letter},Ada,first\n" for letter in "XYZ"}
LIVE = "select order_id from raw.shop__orders where _superseded_by_file_id is null order by 1"
CLOCK = count(1_700_000_000)


def live(settings: Settings) -> list[str]:
    return [str(order_id) for (order_id,) in ask(settings, LIVE)]


def write(settings: Settings, name: str, letters: str) -> Path:
    """Write a content, or an archive of several, at a time of its own: a clock tick could leave the old one."""
    members = {f"member_{place}": CONTENTS[letter] for place, letter in enumerate(letters)}
    path = put(settings, name, zipped(**members) if name.endswith(".zip") else CONTENTS[letters])
    now = next(CLOCK)
    os.utime(path, (now, now))
    return path


def test_the_older_content_of_a_place_is_superseded_also_by_content_known_elsewhere(settings: Settings) -> None:
    write(settings, "latest.csv", "X")
    run_ingest(settings)
    write(settings, "2026-02.csv", "Y")
    run_ingest(settings)
    write(settings, "latest.csv", "Y")
    assert run_ingest(settings).problems == ()
    assert live(settings) == ["Y"]
    assert ask(settings, "select _superseded_by_file_id from raw.shop__orders where order_id = 'X'") == [(2,)]


def test_content_that_comes_back_to_a_place_is_live_again(settings: Settings) -> None:
    for letter in "XYX":
        write(settings, "latest.csv", letter)
        run_ingest(settings)
    assert live(settings) == ["X"]


def test_two_places_that_swap_their_contents_lose_neither(settings: Settings) -> None:
    write(settings, "a.csv", "X")
    write(settings, "b.csv", "Y")
    run_ingest(settings)
    write(settings, "a.csv", "Y")
    write(settings, "b.csv", "X")
    run_ingest(settings)
    assert live(settings) == ["X", "Y"]


def test_a_member_that_a_repacked_archive_lacks_is_superseded(settings: Settings) -> None:
    put(settings, "a.zip", zipped(one=CONTENTS["X"], two=CONTENTS["Y"]))
    run_ingest(settings)
    put(settings, "a.zip", zipped(one=CONTENTS["X"]))
    run_ingest(settings)
    assert live(settings) == ["X"]


def test_a_refused_member_keeps_the_rows_of_its_older_version(settings: Settings) -> None:
    put(settings, "a.zip", zipped(one=CONTENTS["X"], two=CONTENTS["Y"]))
    run_ingest(settings)
    put(settings, "a.zip", zipped(one=CONTENTS["Z"], two="city;mayor\nUlm;Ada\n"))
    assert len(run_ingest(settings).problems) == 1
    assert live(settings) == ["Y", "Z"]


def test_a_refused_version_keeps_the_older_one_in_place(settings: Settings) -> None:
    path = write(settings, "a.csv", "X")
    run_ingest(settings)
    path.write_text("")
    assert len(run_ingest(settings).problems) == 1
    assert live(settings) == ["X"]


def test_a_declared_append_keeps_both_versions_and_links_them(settings: Settings) -> None:
    append = replace(ORDERS, on_change="append")
    for letter in "XY":
        write(settings, "a.csv", letter)
        run_ingest(settings, append)
    assert live(settings) == ["X", "Y"]
    assert ask(settings, "select file_id, supersedes_file_id from records.files order by 1") == [(1, None), (2, 1)]


def test_a_vanished_file_keeps_its_rows(settings: Settings) -> None:
    write(settings, "a.csv", "X")
    run_ingest(settings)
    (settings.landing / "orders" / "a.csv").unlink()
    write(settings, "b.csv", "Y")
    run_ingest(settings)
    assert live(settings) == ["X", "Y"]


FILES = st.tuples(st.sampled_from(["a.csv", "b.csv"]), st.sampled_from("XYZ"))
ARCHIVES = st.tuples(st.just("c.zip"), st.sampled_from(["X", "Y", "XY", "YX", "YZ", "XYZ"]))
STEPS = st.lists(st.tuples(FILES | ARCHIVES, st.booleans()), max_size=7)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(steps=STEPS)
def test_whenever_it_ran_the_live_rows_are_those_of_the_final_state(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[tuple[str, str], bool]]
) -> None:
    folder = tmp_path_factory.mktemp("places")
    own = Settings(warehouse=folder / "warehouse", landing=folder / "landing", threads=2)
    for (place, letters), is_run in steps:
        write(own, place, letters)
        if is_run:
            assert run_ingest(own).problems == ()
    run_ingest(own)
    assert live(own) == sorted(set("".join(dict(step for step, _ in steps).values())))


MENDED = {
    "max_rejected": (GOOD + "3\n4\n5\n", replace(ORDERS, max_rejected=0.1), replace(ORDERS, max_rejected=0.9)),
    "freeze": (
        GOOD.replace("note", "note,channel").replace("first", "first,web").replace("second", "second,shop"),
        replace(ORDERS, schema_policy="freeze"),
        ORDERS,
    ),
    "aliases": (
        GOOD.replace("order_id,customer,note", "nr,kunde,note"),
        ORDERS,
        replace(
            ORDERS,
            columns=tuple(
                replace(each, aliases=tuple({"order_id": ["nr"], "customer": ["kunde"]}.get(each.name, [])))
                for each in ORDERS.columns
            ),
        ),
    ),
}


@pytest.mark.parametrize("name", MENDED)
def test_a_refused_file_is_tried_again_once_the_declaration_is_mended(settings: Settings, name: str) -> None:
    content, declared, mended = MENDED[name]
    put(settings, "a.csv", content)
    assert len(run_ingest(settings, declared).problems) == 1
    assert run_ingest(settings, declared).sources[0].files_new == 0
    assert run_ingest(settings, mended).problems == ()
    assert live(settings) == ["1", "2"]


def test_a_refused_member_is_tried_again_once_the_declaration_is_mended(settings: Settings) -> None:
    content, declared, mended = MENDED["max_rejected"]
    put(settings, "a.zip", zipped(a_bad=content, z_good=CONTENTS["Z"]))
    assert len(run_ingest(settings, declared).problems) == 1
    assert run_ingest(settings, declared).sources[0].files_new == 0
    assert run_ingest(settings, mended).problems == ()
    assert live(settings) == ["1", "2", "Z"]


def test_another_schedule_is_no_reason_to_try_a_refused_file_again(settings: Settings) -> None:
    put(settings, "a.csv", "")
    run_ingest(settings)
    assert run_ingest(settings, replace(ORDERS, schedule="0 3 * * *")).sources[0].files_new == 0


def test_a_new_file_whose_content_is_loaded_already_is_counted_as_known(settings: Settings) -> None:
    write(settings, "a.csv", "X")
    assert run_ingest(settings).sources[0].files_known == 0
    write(settings, "a.csv", "X")
    write(settings, "b.csv", "Y")
    write(settings, "c.zip", "XZ")
    (summary,) = run_ingest(settings).sources
    assert (summary.files_new, summary.files_known, summary.records_loaded) == (3, 1, 2)
