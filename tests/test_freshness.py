"""Freshness: an expected file that does not arrive is an alarm, in every run and just as dbt counts it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from flows import due, records, warehouse
from flows.commands import show
from flows.declaration import Declaration, Freshness
from flows.errors import DeclarationError
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, ask, put, run_ingest
from tests.place import Place
from tests.tiny import read

DAILY = replace(ORDERS, freshness=Freshness(timedelta(days=1), timedelta(days=3)))
STATES = "select source, status from records.freshness order by checked_at"


def days_pass(settings: Settings, days: int) -> None:
    """Put back all that is recorded by so many days."""
    with warehouse.write(settings) as connection:
        connection.execute(f"update records.file_loads set ended_at = ended_at - interval {days} day")
        connection.execute(f"update records.runs set started_at = started_at - interval {days} day")


@pytest.mark.parametrize(("days", "status", "is_overdue"), [(0, "ok", False), (2, "warn", False), (4, "error", True)])
def test_a_source_is_late_by_the_time_since_its_last_rows(
    settings: Settings, caplog: pytest.LogCaptureFixture, days: int, status: str, is_overdue: bool
) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings, DAILY)
    days_pass(settings, days)
    assert bool(run_ingest(settings, DAILY).overdue) == is_overdue
    assert ask(settings, STATES)[-1] == ("shop.orders", status)
    assert ("shop.orders: its last rows came" in caplog.text) == (status != "ok")


def test_a_file_without_rows_is_no_arrival(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings, DAILY)
    days_pass(settings, 4)
    put(settings, "b.csv", "order_id,customer,note\n")
    assert len(run_ingest(settings, DAILY).overdue) == 1


def test_a_source_without_any_file_counts_from_the_first_run(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        records.begin(connection, records.Run("run-0", "ingest", "test", records.now()))
    assert run_ingest(settings, DAILY).overdue == ()
    days_pass(settings, 4)
    overdue = run_ingest(settings, DAILY).overdue
    assert "no rows have come since the first run 4 days ago" in overdue[0]
    assert "orders/*" in overdue[0]
    assert ask(settings, "select distinct last_loaded_at from records.freshness") == [(None,)]


def test_a_run_with_nothing_new_checks_as_well(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings, DAILY)
    days_pass(settings, 4)
    idle = due.record_nothing_new(settings, Declaration("shop", (DAILY,), ()), "test")
    assert len(idle.overdue) == 1
    assert ask(settings, f"select status from records.freshness where run_id = '{idle.run_id}'") == [("error",)]


def test_status_shows_which_sources_are_late_and_only_those_still_declared(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings, DAILY)
    days_pass(settings, 4)
    run_ingest(settings, DAILY)
    monkeypatch.setattr(show, "Settings", lambda: settings)
    assert [line.split("│")[1:3] for line in shown(capsys) if "shop" in line] == [[" shop.orders ", " error   "]]
    run_ingest(settings, replace(DAILY, name="shop.sales"))
    assert [line.split("│")[1:3] for line in shown(capsys) if "shop" in line] == [[" shop.sales ", " ok      "]]


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `tidemill status` prints of freshness."""
    show.show_status()
    return capsys.readouterr().out.partition("freshness\n")[2].partition("published\n")[0].splitlines()


def test_a_source_without_declared_freshness_is_never_late(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    days_pass(settings, 4000)
    assert run_ingest(settings).overdue == ()
    assert ask(settings, STATES) == []


def declared(source: Any, **more: Any) -> None:
    limits = {"warn_after": {"count": 36, "period": "hour"}, "error_after": {"count": None, "period": None}}
    source.update(freshness=limits | {"filter": None}, loaded_at_field="_loaded_at")
    source.update(more)


def test_dbts_freshness_is_read(manifest: dict[str, Any], tmp_path: Path) -> None:
    (source,) = read(manifest, tmp_path, lambda source, exposure: declared(source)).sources
    assert source.freshness == Freshness(timedelta(hours=36), None)
    (source,) = read(manifest, tmp_path, lambda source, exposure: None).sources
    assert source.freshness is None


def test_a_freshness_that_dbt_counts_otherwise_is_refused(manifest: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="loaded_at_field: _loaded_at"):
        read(manifest, tmp_path, lambda source, exposure: declared(source, loaded_at_field="ordered_at"))


def test_dbt_says_the_same_of_the_example_and_an_overdue_source_fails_every_run(continued: Place) -> None:
    place, project = continued, continued.own_project()
    crm = project / "models" / "staging" / "crm" / "_crm__sources.yml"
    content = yaml.safe_load(crm.read_text())
    content["sources"][0]["tables"][0]["config"]["freshness"]["error_after"] = {"count": 45, "period": "day"}
    crm.write_text(yaml.safe_dump(content))
    with duckdb.connect(place.folder / "warehouse" / "warehouse.duckdb") as connection:
        connection.execute("update records.file_loads set ended_at = ended_at - interval 50 day")
        for table in ("activity__monthly", "billing__exits", "crm__accounts", "finance__firms"):
            connection.execute(f"update raw.{table} set _loaded_at = _loaded_at - interval 50 day")
    assert "crm.accounts: its last rows came 50 days ago" in place.tidemill("--project", str(project), "run", expect=1)
    printed = place.tidemill("--project", str(project), "run", expect=1)
    assert "nothing is new" in printed
    assert "crm.accounts: its last rows came 50 days ago" in printed
    with duckdb.connect(place.folder / "warehouse" / "warehouse.duckdb", read_only=True) as connection:
        ours = dict(
            connection.execute(
                "select source, arg_max(status, checked_at) from records.freshness group by 1"
            ).fetchall()
        )
    assert ours == dbts_states(place, project)
    assert set(ours.values()) == {"ok", "warn", "error"}


def dbts_states(place: Place, project: Path) -> dict[str, str]:
    target = place.folder / "warehouse" / "target"
    folders = ["--project-dir", project, "--profiles-dir", project, "--target-path", target, "--log-path", target]
    place.run("-m", "dbt.cli.main", "source", "freshness", *map(str, folders), expect=1)
    results = json.loads((target / "sources.json").read_text())["results"]
    names = {"pass": "ok"}
    return {".".join(each["unique_id"].split(".")[-2:]): names.get(each["status"], each["status"]) for each in results}
