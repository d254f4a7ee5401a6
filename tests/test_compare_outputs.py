"""`tidemill compare`: what it reads from, prints to and writes over, and its exit status when that fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows import warehouse
from flows.cli import app
from flows.commands import compare
from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes
from flows.errors import DeclarationError
from flows.settings import Settings
from tests.test_compare_command import LEFT, RIGHT, put

COMPARE = (sys.executable, "-m", "flows", "compare")
KEY = read_wishes("id", None, [], [])


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    return put(tmp_path, "l.csv", LEFT), put(tmp_path, "r.csv", RIGHT)


@pytest.mark.parametrize("way", ["itself", "another path", "symbolic link", "hard link"])
def test_an_output_is_never_written_over_what_is_compared(sides: tuple[str, str], tmp_path: Path, way: str) -> None:
    (tmp_path / "folder").mkdir()
    target = {"itself": tmp_path / "r.csv", "another path": tmp_path / "folder" / ".." / "r.csv"}.get(way)
    if target is None:
        target = tmp_path / "link.csv"
        (target.symlink_to if way == "symbolic link" else target.hardlink_to)(sides[1])
    for outputs in (Outputs(html=target), Outputs(rows=target)):
        with pytest.raises(DeclarationError, match=r"compare: --(html|rows) .*: is compared or written already"):
            compare_files(*sides, KEY, outputs)
    assert Path(sides[1]).read_text() == RIGHT


def test_an_output_is_never_written_over_the_warehouse_or_the_other_output(
    sides: tuple[str, str], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEMILL_WAREHOUSE", str(settings.warehouse))
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.numbers as select 1 as id")
    own = Outputs(rows=settings.warehouse_file)
    for left, outputs in (("warehouse:marts.numbers", own), (sides[0], Outputs(False, tmp_path / "x", tmp_path / "x"))):
        with pytest.raises(DeclarationError, match="is compared or written already"):
            compare_files(left, sides[1], KEY, outputs)
    assert not (tmp_path / "x").exists()


def test_a_side_may_come_through_a_pipe(sides: tuple[str, str]) -> None:
    with subprocess.Popen(["cat", sides[0]], stdout=subprocess.PIPE) as giving:
        assert giving.stdout
        assert compare_files(f"/dev/fd/{giving.stdout.fileno()}", sides[0], KEY, Outputs())


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_the_exit_status_is_true_also_where_nobody_reads_what_is_printed(
    sides: tuple[str, str], option: list[str]
) -> None:
    for right, status in ((sides[0], 0), (sides[1], 1)):
        reading, writing = os.pipe()
        os.close(reading)
        command = [*COMPARE, sides[0], right, "--key", "id", *option]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
        os.close(writing)
        assert (done.returncode, done.stderr) == (status, "")


def test_what_cannot_be_printed_is_a_failure_and_no_difference(sides: tuple[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMPARE, sides[0], sides[0]], stdout=full, stderr=subprocess.PIPE, text=True)
    said = "tidemill: compare: the result could not be printed (No space left on device)\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_a_bug_is_a_failure_and_no_difference(
    sides: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(compare, "open_side", broken)
    with pytest.raises(SystemExit) as ended:
        app(["compare", *sides])
    assert ended.value.code == 2
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_terminal_that_lacks_a_letter_shows_the_rest(tmp_path: Path) -> None:
    left, right = put(tmp_path, "l.csv", "id,x\n1,é\n"), put(tmp_path, "r.csv", "id,x\n1,e\n")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*COMPARE, left, right, "--key", "id"], env=ascii_only, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert r"\xe9 | e" in done.stdout


def test_names_of_files_and_columns_do_not_draw_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = put(tmp_path, "\x1b[31ml\udcff.csv", 'id,"a\x1b[2J",b\x07c\n1,2,3\n')
    right = put(tmp_path, "r.csv", 'id,"a\x1b[2J"\n1,2\n')
    assert not compare_files(left, right, KEY, Outputs(html=tmp_path / "page.html"))
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert (
        r"\x1b[31ml\udcff.csv: 1 row" in printed and r"a\x1b[2J" in printed and r"only in the left: b\x07c" in printed
    )
    assert not compare_files(left, right, KEY, Outputs(as_json=True))
    assert list(json.loads(capsys.readouterr().out)["columns"]) == ["a\x1b[2J"]


def test_a_database_that_somebody_writes_is_refused_with_the_remedy(sides: tuple[str, str], tmp_path: Path) -> None:
    held = tmp_path / "held.duckdb"
    holding = f"import duckdb; held = duckdb.connect({str(held)!r}); print(flush=True); input()"
    command = [sys.executable, "-c", holding]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline()
        with pytest.raises(DeclarationError, match=r"held\.duckdb: cannot be .*; wait until that process has ended"):
            compare_files(f"{held}:t", sides[1], KEY, Outputs())
        holder.communicate(b"\n")
