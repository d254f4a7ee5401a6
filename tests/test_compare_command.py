"""`tidemill compare`: any two files or tables, what is printed and written, and the exit status."""

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import publish, warehouse
from flows.cli import app
from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes
from flows.errors import DeclarationError
from flows.settings import REPOSITORY, Settings

LEFT = "id,name,amount,note\n1,Ada,1.0,\n2,Bob,2.00,x\n3,<b>,3,y\n3,<b>,3,y\n4,,4,z\n"
RIGHT = "id,name,amount,note\n5,E,5,z\n4,D,,z\n3,<b>,3,y\n2,bob,2.01,x\n1,Ada,1,\n"


def put(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def made(folder: Path, name: str, query: str) -> str:
    """A Parquet file of a query's rows."""
    duckdb.execute(f"copy ({query}) to '{folder / name}' (format parquet)")
    return str(folder / name)


def counted(capsys: pytest.CaptureFixture[str], left: str, right: str, key: str | None = "id", **wished: Any) -> Any:
    """What `--json` prints, and whether both are equal."""
    wishes = read_wishes(key, wished.get("columns"), wished.get("tolerance", []), wished.get("fold", []))
    is_equal = compare_files(left, right, wishes, Outputs(as_json=True))
    return json.loads(capsys.readouterr().out), is_equal


def shell(*arguments: str, expect: int, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "flows", "compare", *arguments]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def test_the_json_counts_rows_keys_and_every_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left, right = put(tmp_path, "l.csv", LEFT), put(tmp_path, "r.csv", RIGHT)
    names = ("equal", "different", "null_left", "null_right", "within_tolerance", "max_difference")
    found = counted(capsys, left, right, tolerance=["amount=0.01"])
    assert found == (
        {
            "both": 4,
            "changed": 2,
            "left_only": 1,
            "right_only": 1,
            "duplicate_keys": {"left": 1, "right": 0},
            "columns": {
                "name": dict(zip(names, (2, 1, 1, 0, 0, None), strict=True)),
                "amount": dict(zip(names, (2, 0, 0, 1, 1, 0.01), strict=True)),
                "note": dict(zip(names, (4, 0, 0, 0, 0, None), strict=True)),
            },
        },
        False,
    )


def test_the_exit_status_tells_equal_from_different_from_a_wrong_call(tmp_path: Path) -> None:
    left, right = put(tmp_path, "l.csv", LEFT), put(tmp_path, "r.csv", RIGHT)
    other_order = put(tmp_path, "o.csv", "\n".join([LEFT.split("\n")[0], *reversed(LEFT.split("\n")[1:-1])]) + "\n")
    assert shell(left, other_order, "--key", "id", expect=0).stdout.endswith("\nequal\n")
    different = shell(left, right, "--key", "id", expect=1).stdout
    assert "4 in both, 2 of them changed; 1 left only, 1 right only" in different
    assert "1 repeated in the left, 0 in the right" in different
    assert "max difference" in different and "Bob | bob" in different
    for wrong in ((left,), (left, "gone.csv"), (left, right, "--key", "ids"), (left, right, "--tolerance", "x")):
        assert "Traceback" not in shell(*wrong, expect=2).stderr
    assert "did you mean 'id'" in shell(left, right, "--key", "ids", expect=2).stderr


def test_rows_writes_every_row_that_is_not_plainly_equal(tmp_path: Path) -> None:
    left, right = put(tmp_path, "l.csv", LEFT), put(tmp_path, "r.csv", RIGHT)
    others = ("rows.PARQUET", "rows.json", "rows.jsonl")
    for name in ("rows.csv", *others):
        wishes = read_wishes("id", None, ["amount=0.01"], ["name=case"])
        assert not compare_files(left, right, wishes, Outputs(rows=tmp_path / name))
    rows = list(csv.DictReader((tmp_path / "rows.csv").read_text().splitlines()))
    assert [tuple(row.values()) for row in rows] == [
        ("2", "both", "false", ""),
        ("3", "left_only", "false", ""),
        ("4", "both", "true", "name,amount"),
        ("5", "right_only", "false", ""),
    ]
    assert list(rows[0]) == ["id", "_merge", "is_changed", "changed_columns"]
    for name, reader in zip(others, ("read_parquet", "read_json", "read_ndjson"), strict=True):
        assert duckdb.sql(f"select count(id) from {reader}('{tmp_path / name}')").fetchall() == [(4,)]


def test_tables_are_read_from_the_published_file_and_from_any_duckdb_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIDEMILL_WAREHOUSE", str(settings.warehouse))
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.numbers as select 1 as id, 2.5 as x union all select 2, null")
    publish.publish(settings, "run-1", ["marts.numbers"])
    with duckdb.connect(tmp_path / "own.duckdb") as connection:
        connection.execute('create schema s; create table s."a.b" as select 1 as id, 2.5 as x union all select 2, 3')
    found, is_equal = counted(capsys, "marts.numbers", f"{tmp_path / 'own.duckdb'}:s.a.b")
    assert not is_equal and found["columns"]["x"]["null_left"] == 1
    assert counted(capsys, "marts.numbers", "marts.numbers")[1]
    with pytest.raises(DeclarationError, match=r"did you mean 'marts\.numbers'"):
        counted(capsys, "marts.number", "marts.numbers")
    with pytest.raises(DeclarationError, match=r"name one table of it, .* \(has: s\.a\.b\)"):
        counted(capsys, str(tmp_path / "own.duckdb"), "marts.numbers")


def test_a_sheet_of_a_workbook_is_compared_with_a_csv_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name in ("first", "second"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([["id", "x"], [1, 2.5], [2, name]]):
                sheet.write_row(number, 0, row)
    other = put(tmp_path, "r.csv", "id,x\n2,first\n1,2.5\n")
    assert counted(capsys, f"{tmp_path / 'book.xlsx'}:first", other)[1]
    assert not counted(capsys, f"{tmp_path / 'book.xlsx'}:second", other)[1]
    with pytest.raises(DeclarationError, match=r"name one part of it, .* \(has: first, second\)"):
        counted(capsys, str(tmp_path / "book.xlsx"), other)


TYPED = "select 9007199254740993 as id, 0.1::double as ratio, 12.50::decimal(9, 2) as price, date '2026-01-31' as day"


@pytest.mark.parametrize(
    ("right", "different"),
    [
        ("id,ratio,price,day\n9007199254740993,1e-1,12.5,2026-01-31\n", set()),
        ("id,ratio,price,day\n9007199254740993,0.10,12.500,2026-01-31 00:00:00\n", set()),
        ("id,ratio,price,day\n9007199254740993,0.1,12.501,2026-01-31\n", {"price"}),
        ("id,ratio,price,day\n9007199254740993,0.10000000000000002,12.5,2026-01-31 00:00:01\n", {"ratio", "day"}),
        ("id,ratio,price,day\n9007199254740993,0.1,twelve,31.1.2026\n", {"price", "day"}),
    ],
)
def test_text_and_types_are_compared_exactly_and_flagged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], right: str, different: set[str]
) -> None:
    left = made(tmp_path, "l.parquet", TYPED)
    found, is_equal = counted(capsys, left, put(tmp_path, "r.csv", right))
    assert {name for name, column in found["columns"].items() if column["different"]} == different
    assert is_equal == (not different) and found["both"] == 1


def test_whole_numbers_and_doubles_are_equal_only_where_they_are_the_same_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = made(tmp_path, "l.parquet", "select * from (values (1, 9007199254740993), (2, 3), (3, -0)) as t(id, x)")
    right = made(
        tmp_path,
        "r.parquet",
        "select id, x::double as x from (values (1, 9007199254740992), (2, 3), (3, 0)) as t(id, x)",
    )
    found, _ = counted(capsys, left, right)
    assert (found["columns"]["x"]["equal"], found["columns"]["x"]["max_difference"]) == (2, 1.0)


def test_texts_are_numbers_only_where_both_sides_hold_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = put(tmp_path, "l.csv", "id,a,b,c\n01,1.0,007,1\n02,,008,2\n")
    right = put(tmp_path, "r.csv", "id,a,b,c\n01,1,7,1.0\n02,,8,two\n")
    found, _ = counted(capsys, left, right)
    assert {name: column["different"] for name, column in found["columns"].items()} == {"a": 0, "b": 2, "c": 2}


def test_columns_of_one_side_make_a_difference_and_a_likely_rename_is_named(tmp_path: Path) -> None:
    left = put(tmp_path, "l.csv", "id,mail,flag\n" + "".join(f"{i},m{i},{i % 2}\n" for i in range(50)))
    right = put(tmp_path, "r.csv", "id,email,active\n" + "".join(f"{i},m{i},{i % 2}\n" for i in range(49)) + "49,,1\n")
    printed = shell(left, right, "--key", "id", expect=1).stdout
    assert "only in the left: mail, flag" in printed and "only in the right: email, active" in printed
    assert "mail looks like email of the right: 98% of their values are common" in printed
    assert "flag looks like" not in printed
    assert "only in" not in shell(left, right, "--columns", "id", expect=0).stdout


def test_records_that_cannot_be_read_are_told_and_are_no_equality(tmp_path: Path) -> None:
    left = put(tmp_path, "l.csv", "id,x\n1,a\n2,b,c\n")
    told = shell(left, put(tmp_path, "r.csv", "id,x\n1,a\n"), "--key", "id", "--json", expect=1)
    assert json.loads(told.stdout)["changed"] == 0
    assert "left out 1 record that cannot be read, the first in line 3" in told.stderr


def test_names_that_sql_would_trip_over_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = put(tmp_path, "l.csv", 'i d,"a ""\'b",Select\n1,x,y\n')
    right = put(tmp_path, "r.csv", 'I D,"a ""\'b",select\n1,z,y\n')
    found, _ = counted(capsys, left, right, key="i d", fold=["Select=case"])
    assert found["columns"]["a \"'b"]["different"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": ["x=-1"]}, "write column=0.01, column=1%"),
        ({"tolerance": ["y=1"]}, "tolerance of 'y', which is not a compared column"),
        ({"fold": ["x=accents"]}, "write column=case, column=space"),
        ({"columns": "y"}, "has no column 'y'"),
    ],
)
def test_a_wish_that_cannot_be_met_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: dict[str, Any], message: str
) -> None:
    same = put(tmp_path, "l.csv", "id,x\n1,a\n")
    with pytest.raises(DeclarationError, match=message):
        counted(capsys, same, same, **options)


def test_the_documentation_shows_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (REPOSITORY / "docs" / "compare.md").read_text(encoding="utf-8")
    shown, old, new = re.findall(r"```(?:csv)?\n(.*?)```", text, re.DOTALL)[:3]
    command, printed = shown.split("\n", 1)
    put(tmp_path, "old.csv", old)
    put(tmp_path, "new.csv", new)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        app(shlex.split(command)[2:])
    assert (ended.value.code, capsys.readouterr().out) == (1, printed)
    options = set(re.findall(r"^\| `(--\w+)", text, re.MULTILINE))
    assert options == {"--key", "--columns", "--tolerance", "--fold", "--html", "--rows", "--json"}


def test_comparing_loads_neither_prefect_nor_dbt_nor_pandas(tmp_path: Path) -> None:
    same = put(tmp_path, "l.csv", LEFT)
    loaded = "[name for name in ('prefect', 'dbt', 'sklearn', 'pandas') if name in sys.modules]"
    code = f"import sys; from flows import cli; sys.argv[0] = 'tidemill'\ntry: cli.main()\nfinally: print({loaded})"
    done = subprocess.run([sys.executable, "-c", code, "compare", same, same], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
