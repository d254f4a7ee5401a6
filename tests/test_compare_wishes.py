"""What the options of `tidemill compare` mean, and which of them are refused because they would do nothing."""

from pathlib import Path

import pytest

from flows.errors import DeclarationError
from tests.test_compare_command import counted, made, put


def test_what_is_said_of_a_column_stands_behind_one_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = put(tmp_path, "l.csv", "id,x\n1,2\n")
    for wished in ({"tolerance": ["x=5", "X=1%"]}, {"fold": ["x=case", "x=space"]}):
        with pytest.raises(
            DeclarationError, match=r"--(tolerance|fold) names '[xX]' twice; write all of it behind one"
        ):
            counted(capsys, same, same, **wished)


@pytest.mark.parametrize("value", ["true", "[1]", "'A'::blob"])
def test_a_tolerance_of_values_that_are_neither_numbers_nor_times_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    same = made(tmp_path, "l.parquet", f"select 1 as id, {value} as x")
    with pytest.raises(DeclarationError, match=r"--tolerance of 'x', which is compared as .*: .* only numbers"):
        counted(capsys, same, same, tolerance=["x=1"])


def test_a_tolerance_of_a_text_counts_for_those_of_its_values_that_are_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = put(tmp_path, "l.csv", "id,x\n1,1.00\n2,none\n3,1.00\n")
    right = put(tmp_path, "r.csv", "id,x\n1,1.01\n2,none\n3,nothing\n")
    found, _ = counted(capsys, left, right, tolerance=["x=0.01"])
    column = found["columns"]["x"]
    assert (column["equal"], column["within_tolerance"], column["different"]) == (1, 1, 1)


def test_where_columns_are_chosen_no_other_column_makes_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = put(tmp_path, "l.csv", "id,x,y\n1,2,3\n"), put(tmp_path, "r.csv", "id,x,z\n1,2,4\n")
    assert not counted(capsys, left, right)[1]
    assert counted(capsys, left, right, columns="x")[1]
    assert counted(capsys, left, right, key=None, columns="x")[1]


@pytest.mark.parametrize(("one", "other"), [("1e400", "2e400"), ("1e-400", "0"), ("1.5e-322", "1.6e-322")])
def test_texts_of_numbers_that_a_double_cannot_hold_are_no_equal_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], one: str, other: str
) -> None:
    left, right = put(tmp_path, "l.csv", f"id,x\n1,{one}\n2,0e1\n"), put(tmp_path, "r.csv", f"id,x\n1,{other}\n2,0e1\n")
    assert counted(capsys, left, right)[0]["columns"]["x"]["different"] == 1
    assert counted(capsys, left, left)[1]


def test_a_table_of_a_database_server_is_refused_with_the_remedy_and_without_the_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = put(tmp_path, "l.csv", "id,x\n1,2\n")
    with pytest.raises(
        DeclarationError, match=r"is compared as a file: .* FILE:TABLE, any other as what tidemill read"
    ) as said:
        counted(capsys, "postgresql://ada:secret@localhost/db", same)
    assert "secret" not in str(said.value)
