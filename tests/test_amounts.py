"""Messages name one thing in the singular, and many in the plural."""

from pathlib import Path

import pytest

from flows.amounts import amount
from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes


def test_only_one_is_singular() -> None:
    assert [amount(number, "new file") for number in (0, 1, 1204)] == ["0 new files", "1 new file", "1,204 new files"]


def test_a_table_of_one_row_is_compared_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.csv").write_text("id\n1\n", encoding="utf-8")
    (tmp_path / "two.csv").write_text("id\n1\n2\n", encoding="utf-8")
    page = tmp_path / "page.html"
    compare_files(
        str(tmp_path / "one.csv"), str(tmp_path / "two.csv"), read_wishes("id", None, [], []), Outputs(html=page)
    )
    told = capsys.readouterr().out
    assert "one.csv: 1 row\n" in told and "two.csv: 2 rows\n" in told
    assert "1 of 1 row not plainly equal" in page.read_text("utf-8")
