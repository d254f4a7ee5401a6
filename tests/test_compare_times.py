"""How far dates, points in time and times of day are apart, in the macro `compare` and in the command."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes
from flows.errors import DeclarationError
from tests.rendering import executing, render
from tests.test_compare_command import counted, made, put


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        connection.execute("set timezone = 'Europe/Berlin'")
        yield connection


def compared(left: str, right: str, **rules: Any) -> str:
    return str(
        render("compare", f"(select 1 as id, {left} as x)", f"(select 1 as id, {right} as x)", "id", ["x"], **rules)
    )


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ("date '2026-03-01'", "date '2026-01-31'", 29.0),
        ("date '0001-01-01'", "date '9999-12-31'", 3652058.0),
        ("timestamp '2026-03-28 12:00:00'", "timestamp '2026-03-29 12:00:00'", 86400.0),
        ("timestamptz '2026-03-28 12:00:00+01'", "timestamptz '2026-03-29 12:00:00+02'", 82800.0),
        ("timestamp '1965-01-31 00:00:00.1'", "timestamp '2026-01-31 00:00:00.2'", 1924992000.1),
        ("date '2026-01-31'", "timestamp '2026-01-31 00:00:00.000001'", 1e-06),
        ("timestamp_ns '1965-01-31 00:00:00.000000001'", "timestamp '1965-01-31 00:00:00'", 1e-09),
        ("timestamp_ns '2026-01-31 00:00:00'", "date '9999-12-31'", 251632396800.0),
        ("timestamp_s '2026-01-31 00:00:01'", "timestamp_ms '2026-01-31 00:00:00.5'", 0.5),
        ("time '23:59:59.5'", "time '00:00:00'", 86399.5),
        ("'infinity'::date", "date '2026-01-31'", None),
        ("timestamp '2026-01-31 00:00:00'", "'-infinity'::timestamp", None),
        ("null::date", "date '2026-01-31'", None),
        ("interval 2 month", "interval 1 day", None),
        ("date '2026-01-31'", "20260131", None),
    ],
)
def test_days_lie_between_dates_and_seconds_between_other_times(
    connection: duckdb.DuckDBPyConnection, left: str, right: str, difference: float | None
) -> None:
    for sides in ((left, right), (right, left)):
        found = connection.execute(f"select _differences[1].difference from ({compared(*sides)})").fetchall()
        assert found == [(difference,)]


def test_the_record_of_a_comparison_holds_the_largest_difference_of_times(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    moments = (
        "select id, date '2026-01-31' + {} as day, timestamp '2026-01-31' + to_days({}) as at from range(3) as t(id)"
    )
    left, right = (f"({moments.format(*[each] * 2)})" for each in ("0", "id::integer"))
    connection.execute(f"create table compared as {render('compare', left, right, 'id', ['day', 'at'])}")
    query = f"select column_name, max_difference from ({render('columns_of_comparison', 'compared')}) order by all"
    assert connection.execute(query).fetchall() == [("at", 172800.0), ("day", 2.0)]


def test_a_tolerance_between_dates_is_one_of_days(connection: duckdb.DuckDBPyConnection) -> None:
    for tolerance, kind in ((1, "different"), (2, "within_tolerance")):
        sql = compared("date '2026-01-31'", "date '2026-02-02'", tolerance={"x": tolerance})
        assert connection.execute(f"select _differences[1].kind from ({sql})").fetchall() == [(kind,)]


def test_a_relative_tolerance_between_times_is_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with executing(connection), pytest.raises(DeclarationError, match=r"tolerance of 'x'.* share .*write days"):
        compared("date '2026-01-31'", "date '2026-02-02'", tolerance={"x": {"absolute": 1, "relative": 0.1}})


MOMENTS = "select 1 as id, date '{}' as day, timestamp '{}' as seen_at, time '{}' as opens"
LEFT = MOMENTS.format("2026-01-31", "2026-01-31 12:00:00", "08:00:00")
RIGHT = MOMENTS.format("2026-02-01", "2026-02-01 12:00:00.5", "08:00:30")


def test_the_command_tells_the_largest_difference_with_its_unit_and_takes_a_tolerance_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = made(tmp_path, "l.parquet", LEFT), made(tmp_path, "r.parquet", RIGHT)
    wishes = read_wishes("id", None, ["seen_at=90000", "opens=30"], [])
    assert not compare_files(left, right, wishes, Outputs(html=tmp_path / "page.html"))
    table, page = capsys.readouterr().out, (tmp_path / "page.html").read_text(encoding="utf-8")
    for shown in ("1 day", "86,400.5 seconds", "30 seconds"):
        assert f" {shown} " in table or f" {shown}\n" in table
        assert f">{shown}</td>" in page
    compare_files(left, right, wishes, Outputs(as_json=True))
    columns = json.loads(capsys.readouterr().out)["columns"]
    assert {name: (each["max_difference"], each["within_tolerance"]) for name, each in columns.items()} == {
        "day": (1.0, 0),
        "seen_at": (86400.5, 1),
        "opens": (30.0, 1),
    }


@pytest.mark.parametrize("share", ["1%", "1,1%"])
def test_the_command_refuses_a_share_of_a_time_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], share: str
) -> None:
    left, right = made(tmp_path, "l.parquet", LEFT), made(tmp_path, "r.parquet", RIGHT)
    with pytest.raises(DeclarationError, match=r"--tolerance of 'day', .* write days, as day=1"):
        counted(capsys, left, right, tolerance=[f"day={share}"])
    with pytest.raises(DeclarationError, match=r"--tolerance of 'opens', .* write seconds, as opens=1"):
        counted(capsys, left, right, tolerance=[f"opens={share}"])


@pytest.mark.parametrize(
    ("left", "right", "fold"),
    [
        ("date '2026-01-31'", "date '2026-02-01'", ["day=case"]),
        ("'soon'", "date '2026-02-01'", []),
        ("timestamp_ns '2026-01-31'", "timestamp '2026-02-01'", []),
    ],
)
def test_the_command_refuses_a_tolerance_of_times_that_it_compares_as_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], left: str, right: str, fold: list[str]
) -> None:
    sides = [made(tmp_path, f"{i}.parquet", f"select 1 as id, {each} as day") for i, each in enumerate((left, right))]
    with pytest.raises(DeclarationError, match=r"compared as (VARCHAR|points.*): such values have no difference"):
        counted(capsys, *sides, tolerance=["day=1"], fold=fold)


def test_texts_are_times_only_where_both_sides_hold_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = put(
        tmp_path, "l.csv", "id,a,b,c,d,e\n1,2026-01-31,2026-01-31T08:00,2026-01-31,2026-02-28,2026-01-31\n2,,,,,\n"
    )
    right = put(
        tmp_path,
        "r.csv",
        "id,a,b,c,d,e\n1,2026-02-02,2026-01-31 08:00:30.5,31.1.2026,2026-02-30,2026-01-31 00:00:00.0000001\n2,,,,,\n",
    )
    columns = counted(capsys, left, right)[0]["columns"]
    assert {name: each["max_difference"] for name, each in columns.items()} == {
        "a": 2.0,
        "b": 30.5,
        "c": None,
        "d": None,
        "e": None,
    }
    assert all(each["different"] == 1 for each in columns.values())
    assert counted(capsys, left, left)[1]
