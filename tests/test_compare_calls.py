"""`tidemill compare` called in ways nobody should: each is understood or refused with the remedy."""

import csv
import json
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import publish, warehouse
from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes
from flows.errors import DeclarationError
from flows.macros import render
from flows.settings import Settings
from flows.sql import quoted
from tests.test_compare_command import made, put


def counted(capsys: pytest.CaptureFixture[str], left: str, right: str, **wished: Any) -> Any:
    wishes = read_wishes(wished.get("key", "id"), wished.get("columns"), [], [])
    compare_files(left, right, wishes, Outputs(as_json=True))
    return json.loads(capsys.readouterr().out)


def test_a_column_that_is_named_twice_is_compared_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left, right = put(tmp_path, "l.csv", "id,x\n1,a\n2,b\n"), put(tmp_path, "r.csv", "id,x\n1,b\n2,b\n")
    once = counted(capsys, left, right, columns="x")
    assert counted(capsys, left, right, columns="x,X") == once
    assert counted(capsys, left, right, columns="x", key="id,ID") == once
    assert once["columns"]["x"]["equal"] == 1


def test_a_macro_that_is_given_a_column_twice_is_refused() -> None:
    for key, columns in (("id", ["x", "X"]), (["id", "ID"], ["x"])):
        with pytest.raises(DeclarationError, match=r"compare: the column '(X|ID)' is named twice"):
            render("compare", "l", "r", key, columns)


NAMES = ("plain", "a,b", "b", 'so "quoted"', "two words", "ends,", ",", '"', "line\nbreak")


@pytest.mark.parametrize("changed", [*combinations(NAMES, 2), NAMES])
def test_changed_columns_are_told_apart_whatever_their_names(changed: tuple[str, ...]) -> None:
    of_left = ", ".join(f"1 as {quoted(name)}" for name in NAMES)
    of_right = ", ".join(f"{2 if name in changed else 1} as {quoted(name)}" for name in NAMES)
    sql = render("compare", f"(select 0 as id, {of_left})", f"(select 0 as id, {of_right})", "id", list(NAMES))
    found = duckdb.execute(f"select changed_columns from ({sql})").fetchall()[0][0]
    assert next(csv.reader(StringIO(found, newline=""))) == [name for name in NAMES if name in changed]


def test_columns_with_commas_in_their_names_are_compared_and_written_as_they_are_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = put(tmp_path, "l.csv", 'id,"place, city",x,"x,y"\n1,Ulm,1,1\n')
    right = put(tmp_path, "r.csv", 'id,"place, city",x,"x,y"\n1,Ulm,1,2\n')
    wishes = read_wishes('id, "place, city"', '"x,y"', ["x,y=0.5"], [])
    compare_files(left, right, wishes, Outputs(as_json=True, rows=tmp_path / "rows.csv"))
    assert list(json.loads(capsys.readouterr().out)["columns"]) == ["x,y"]
    with (tmp_path / "rows.csv").open(newline="") as written:
        assert list(csv.reader(written)) == [
            ["id", "place, city", "_merge", "is_changed", "changed_columns"],
            ["1", "Ulm", "both", "true", '"x,y"'],
        ]


def test_columns_that_are_one_text_are_refused_with_the_remedy() -> None:
    with pytest.raises(DeclarationError, match=r"columns is the text 'x'; name them in a list, as \['x'\]"):
        render("compare", "l", "r", "id", "x")


def test_a_table_is_named_as_often_for_many_columns_as_for_one() -> None:
    """Each time, DuckDB looks up all columns of a view and of the file behind it."""
    for key in (["id"], []):
        few, many = (render("compare", "l_table", "r_table", key, [f"x{i}" for i in range(n)]) for n in (1, 40))
        for table in ("l_table", "r_table"):
            assert few.count(table) == many.count(table)


@pytest.mark.parametrize("option", [{"key": ","}, {"columns": " "}])
def test_a_list_of_columns_that_names_none_is_no_wish_for_whole_rows(option: dict[str, str]) -> None:
    with pytest.raises(DeclarationError, match=r"compare: --(key|columns) '.*': write names with commas between them"):
        read_wishes(option.get("key"), option.get("columns"), [], [])


def test_a_part_of_a_file_that_has_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = made(tmp_path, "l.parquet", "select 1 as id")
    with pytest.raises(DeclarationError, match=r"l\.parquet: it has no parts; name the file without ':x'"):
        counted(capsys, f"{file}:x", file)


def test_what_a_run_has_built_is_compared_with_what_is_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIDEMILL_WAREHOUSE", str(settings.warehouse))
    with pytest.raises(DeclarationError, match="nothing is published yet"):
        counted(capsys, "published:marts.numbers", "warehouse:marts.numbers")
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.numbers as select 1 as id, 2.5 as x union all select 2, null")
    publish.publish(settings, "run-1", ["marts.numbers"])
    with warehouse.write(settings) as connection:
        connection.execute("update marts.numbers set x = 2 where id = 2")
    found = counted(capsys, "published:marts.numbers", "warehouse:marts.numbers")
    assert (found["both"], found["changed"], found["columns"]["x"]["null_left"]) == (2, 1, 1)
    with pytest.raises(DeclarationError, match=r"there is no such file or table.*did you mean 'marts\.numbers'"):
        counted(capsys, "warehouse:marts.number", "marts.numbers")
    with pytest.raises(DeclarationError, match=r"houses:marts\.numbers: there is no such file, nor such a table"):
        counted(capsys, "houses:marts.numbers", "marts.numbers")


def test_a_column_named_as_one_of_the_results_is_refused_with_the_call_that_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = put(tmp_path, "l.csv", 'id,_merge,x,"a,b",Is_Changed\n1,both,2,3,true\n')
    right = put(tmp_path, "r.csv", 'id,_merge,x,"a,b",Is_Changed\n1,both,2,4,true\n')
    message = r"columns of its own named '_merge', 'Is_Changed'; rename yours in both sides, .* --columns 'x,\"a,b\"'"
    with pytest.raises(DeclarationError, match=message):
        counted(capsys, left, right)
    assert list(counted(capsys, left, right, columns='x,"a,b"')["columns"]) == ["x", "a,b"]
    with pytest.raises(DeclarationError, match=r"of its own named '_merge'; rename yours in both sides$"):
        counted(capsys, left, right, key="_merge", columns="x")


@pytest.mark.parametrize("form", ["interval '{} {}'", "[interval '{} {}']"])
def test_intervals_of_equal_hashes_are_told_apart(form: str) -> None:
    """DuckDB hashes a month, a day and a microsecond alike."""
    for one, other in (
        (form.format(1, a), form.format(1, b)) for a, b in combinations(("month", "day", "microsecond"), 2)
    ):
        for rows in ("1 as id", "unnest([1, 1]) as id"):
            sql = render("compare", f"(select {rows}, {one} as x)", f"(select {rows}, {other} as x)", "id", ["x"])
            assert duckdb.execute(f"select bool_and(is_changed), count(*) > 0 from ({sql})").fetchone() == (True, True)
    sql = render(
        "compare", "(select 1 as id, interval '30 days' as x)", "(select 1 as id, interval '1 month' as x)", "id", ["x"]
    )
    assert duckdb.execute(sql).fetchall() == []
