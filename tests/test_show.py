"""What the look-up commands say of what waits for a person, and of what is not published."""

import pytest

from flows import due, loop, publish
from flows.commands import show
from flows.declaration import Declaration
from flows.errors import DeclarationError
from flows.settings import Settings
from tests.ingesting import GOOD, ask, put, run_ingest


@pytest.fixture(autouse=True)
def ours(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "Settings", lambda: settings)


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    show.show_status()
    return capsys.readouterr().out


def test_status_names_a_refused_file_until_it_is_mended_or_taken_away(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put(settings, "a.csv", GOOD)
    empty, other = put(settings, "b.csv", ""), put(settings, "c.csv", "")
    run_ingest(settings)
    said = printed(capsys).partition("not loaded\n")[2].partition("\n\n")[0].splitlines()
    assert [line.partition(": ")[0] for line in said] == [str(empty), str(other)]
    assert "it is empty" in said[0]
    other.unlink()
    assert printed(capsys).count("it is empty") == 1
    ask(settings, "update records.file_loads set run_id = 'run-0'")
    put(settings, "b.csv", GOOD.replace("Ada", "Eve"))
    run_ingest(settings)
    assert "not loaded" not in printed(capsys)


def test_a_question_about_a_table_that_is_not_published_says_what_is(settings: Settings) -> None:
    run_ingest(settings)
    publish.publish(settings, "run-1", [])
    with pytest.raises(DeclarationError, match="only the tables of schemas marts and records are published"):
        show.show_query("select * from intermediate.orders", "table")
    with pytest.raises(DeclarationError) as wrong:
        show.show_query("selct 1", "table")
    assert "published" not in str(wrong.value)


def test_a_run_with_nothing_new_says_how_many_refused_files_wait_and_where_to_look(
    settings: Settings,
) -> None:
    for name in ("a.csv", "b.csv"):
        put(settings, name, "")
    run_ingest(settings)
    said = [due.record_nothing_new(settings, Declaration("shop", (), ()), "test").said]
    (settings.landing / "orders" / "b.csv").unlink()
    said.append(due.record_nothing_new(settings, Declaration("shop", (), ()), "test").said)
    (settings.landing / "orders" / "a.csv").unlink()
    said.append(due.record_nothing_new(settings, Declaration("shop", (), ()), "test").said)
    assert [line.partition("as they are")[2] for line in said] == [
        "; 2 files that were refused before wait: `tidemill status` says which and why",
        "; 1 file that was refused before waits: `tidemill status` says which and why",
        "",
    ]


def test_a_scheduled_run_with_nothing_new_and_one_that_waited_for_another_say_so_as_well(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    put(settings, "a.csv", "")
    run_ingest(settings)
    with caplog.at_level("INFO", logger="tidemill"):
        loop.nothing_new(settings, Declaration("shop", (), ()), "schedule")
    assert "run: nothing is new" in caplog.text and "; 1 file that was refused before waits" in caplog.text
