"""`tidemill compare` of types that no CSV file has: points in time, and the widest whole numbers, also of two types."""

from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.rendering import relation, render
from tests.test_compare_command import counted

DAY = ["date '2026-01-31'", *(f"{each} '2026-01-31 00:00:00'" for each in ("timestamp", "timestamp_s", "timestamp_ms"))]
DAY += ["timestamp_ns '2026-01-31 00:00:00'", "timestamptz '2026-01-31 01:00:00+01'"]


def found(folder: Path, capsys: pytest.CaptureFixture[str], left: str, right: str, key: str | None) -> Any:
    for side, value in (("left", left), ("right", right)):
        with duckdb.connect(folder / f"{side}.duckdb") as connection:
            connection.execute(f"create or replace table t as select 1 as id, {value} as x")
    return counted(capsys, f"{folder / 'left.duckdb'}:t", f"{folder / 'right.duckdb'}:t", key)


@pytest.mark.parametrize(("left", "right"), list(permutations(DAY, 2)))
def test_the_same_point_in_time_is_equal_in_every_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], left: str, right: str
) -> None:
    assert found(tmp_path, capsys, left, right, "id")[1]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("timestamp_ns '2026-01-31 00:00:00.000000001'", "timestamp '2026-01-31 00:00:00'"),
        ("timestamp_ns '2026-01-31 00:00:00.000000001'", "timestamptz '2026-01-31 00:00:00+00'"),
        ("timestamp_ns '2026-01-31 00:00:00'", "date '9999-12-31'"),
        ("timestamp_s '2026-01-31 00:00:01'", "date '2026-01-31'"),
        ("5::uhugeint", "-5"),
        ("340282366920938463463374607431768211455::uhugeint", "3.402823669209385e+38::double"),
    ],
)
def test_what_is_not_the_same_is_told_apart_to_the_last_digit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], left: str, right: str
) -> None:
    for sides in ((left, right), (right, left)):
        assert found(tmp_path, capsys, *sides, "id")[0]["columns"]["x"]["different"] == 1
        assert found(tmp_path, capsys, *sides, None)[0]["left_only"] == 1


@pytest.mark.parametrize("right", ["5", "5.0::double", "5.00::decimal(9, 2)", "'5'", "5::bignum"])
def test_the_widest_whole_numbers_are_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str], right: str) -> None:
    counts, is_equal = found(tmp_path, capsys, "5::uhugeint", right, "id")
    assert is_equal and counts["columns"]["x"]["max_difference"] == 0


def test_a_declared_comparison_may_have_any_name() -> None:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse")
        compared = render("compare", "(select 1 as id, 2 as x)", "(select 1 as id, 3 as x)", "id", ["x"])
        connection.execute(f'create table "by-day" as {compared}')
        each = {"comparison": "by-day", "left": "Ada's list", "right": "r", "relation": relation("main", "by-day")}
        for macro in ("comparisons", "comparison_columns"):
            sql = render(macro, [each | {"left_relation": "(select 1)"}])
            assert "by-day" in str(connection.execute(sql.replace(render("current_run_id"), "'run'")).fetchall())
