"""`tidemill read`: what ingest would land and reject, out of the files alone."""

import base64
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from flows.errors import DeclarationError, TidemillError
from flows.ingest.outputs import file_name
from flows.read import read_files
from tests.workbooks import ods

GOOD = "order_id,customer,note\n1,Ada,first\n2,Bob,second\n"


def read_into(folder: Path, *names: Path, options: Sequence[str] = ()) -> dict[str, str]:
    read_files([str(name) for name in names], folder, False, options, None)
    return {path.name: path.read_bytes().decode() for path in folder.iterdir()}


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def shell(*arguments: str, given: bytes = b"", expect: int = 0) -> "subprocess.CompletedProcess[bytes]":
    done = subprocess.run([sys.executable, "-m", "flows", "read", *arguments], input=given, capture_output=True)
    assert done.returncode == expect, done.stderr
    return done


def test_title_rows_above_the_header_of_a_sheet_are_left_out_without_a_declaration(tmp_path: Path) -> None:
    titles = [["Rated firms", None, None], [None, None, None]]
    table = [[None, "firm", "rating"], ["1", "Ada & Co", "good"], ["2", "Bob & Co", None], ["3", "Cyd & Co", "bad"]]
    workbook = put(tmp_path, "firms.ods", ods({"Firms": [*titles, *table]}))
    written = read_into(tmp_path / "out", workbook)
    assert written["firms.ods.Firms.csv"] == 'column_1,firm,rating\n1,Ada & Co,good\n2,Bob & Co,""\n3,Cyd & Co,bad\n'


def test_one_file_is_printed_as_plain_csv_and_what_is_rejected_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "a;b\n007;x \n1;2;3\n'é';\"quoted\nline\"\n")
    done = shell(str(path))
    assert done.stdout.decode() == "a,b\n007,x \n'é',\"quoted\nline\"\n"
    assert "2 rows, 1 rejected" in done.stderr.decode()
    assert "line 3: extra-cell" in done.stderr.decode()


def test_standard_input_and_named_pipes_are_read(tmp_path: Path) -> None:
    assert shell("-", given=GOOD.encode()).stdout.decode() == GOOD
    os.mkfifo(pipe := tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", f"printf '{GOOD}' > {pipe}"]):
        assert shell(str(pipe)).stdout.decode() == GOOD


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", GOOD + "3,Eve,third\n" * 100_000)
    command = f"{sys.executable} -m flows read {path} | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True)
    assert (done.stdout, done.stderr) == (b"order_id,customer,note\n", b"")


def test_rejected_records_keep_their_place_reason_and_bytes(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", b"a,b\n\xc3\xa9,2\n1,\xff\n3,4,5\n")
    written = read_into(tmp_path / "out", path)
    assert written["a.csv.csv"] == "a,b\né,2\n"
    rejected = [json.loads(line) for line in written["a.csv.rejected.jsonl"].splitlines()]
    assert [(each["row_number"], each["line"], each["byte_offset"], each["error_code"]) for each in rejected] == [
        (2, 3, 9, "encoding-error"),
        (3, 4, 13, "extra-cell"),
    ]
    assert [base64.b64decode(each["raw_base64"]) for each in rejected] == [b"1,\xff", b"3,4,5"]


def test_nothing_and_an_empty_text_are_told_apart(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", '{"a": null, "b": ""}\n{"a": "NA", "b": " 1.0"}\n')
    assert read_into(tmp_path / "out", path)["a.jsonl.csv"] == 'a,b\n,""\nNA, 1.0\n'
    path = put(tmp_path, "one.jsonl", '{"a": null}\n{"a": "x"}\n')
    assert read_into(tmp_path / "out", path)["one.jsonl.csv"] == 'a\n""\nx\n'


def test_every_part_of_an_archive_and_every_sheet_has_an_output_of_its_own(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name in ("first", "second"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["a", "b"])
            sheet.write_row(1, 0, [name, "x"])
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("up/a.csv", GOOD)
        archive.writestr("b.csv", GOOD)
    written = read_into(tmp_path / "out", tmp_path / "book.xlsx", tmp_path / "z.zip")
    assert {name for name in written if name.endswith(".csv")} == {
        "book.xlsx.first.csv",
        "book.xlsx.second.csv",
        "z.zip.up_a.csv.csv",
        "z.zip.b.csv.csv",
    }
    assert written["book.xlsx.second.csv"] == "a,b\nsecond,x\n"
    with pytest.raises(DeclarationError, match="2 parts; give --to DIR"):
        read_files([str(tmp_path / "z.zip")], None, False, [], None)


def test_files_of_one_name_and_of_odd_names_do_not_overwrite_each_other(tmp_path: Path) -> None:
    odd = "a b[1]*?'\"\n.csv"
    paths = [put(tmp_path, f"{place}/{name}", f"n\n{place}{name[0]}\n") for place in "xyz" for name in ("a.csv", odd)]
    not_utf8 = Path(os.fsdecode(os.fsencode(tmp_path) + b"/in/\xff.csv"))
    not_utf8.write_text(GOOD)
    written = read_into(tmp_path / "out", *paths, not_utf8)
    assert [written[f"a.csv{number}.csv"] for number in ("", ".2", ".3")] == ["n\nxa\n", "n\nya\n", "n\nza\n"]
    assert written[f"{odd.replace(chr(10), '_')}.3.csv"] == "n\nza\n"
    assert written[f"{not_utf8.name}.csv"] == GOOD
    assert len(os.fsencode(file_name("é" * 300))) < 255


def test_an_output_does_not_overwrite_a_file_that_is_read(tmp_path: Path) -> None:
    first, second = put(tmp_path, "a", "n\n1\n"), put(tmp_path, "a.csv", "n\n2\n")
    written = read_into(tmp_path / "in", first, second)
    assert (written["a.csv"], written["a.2.csv"], written["a.csv.csv"]) == ("n\n2\n", "n\n1\n", "n\n2\n")


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = [
        put(tmp_path, "empty.csv", ""),
        put(tmp_path, "binary.csv", bytes(range(256)) * 9),
        tmp_path,
        tmp_path / "gone.csv",
        put(tmp_path, "good.csv", GOOD),
        put(tmp_path, "header.csv", "a,b\n"),
    ]
    with pytest.raises(TidemillError, match="4 of 6 files"):
        read_into(tmp_path / "out", *names)
    written = {path.name: path.read_text() for path in (tmp_path / "out").glob("*.csv")}
    assert written == {"good.csv.csv": GOOD, "header.csv.csv": "a,b\n"}
    assert all(str(name) in caplog.text for name in names[:4])


def test_json_says_how_each_part_is_read_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [put(tmp_path, "a.csv", "\ufeffa|b\n1|2\n\n1\n"), put(tmp_path, "b.jsonl", '{"x": 1}\n')]
    read_files([str(path) for path in paths], None, True, [], None)
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["format"], first["encoding"], first["dialect"]["delimiter"]) == ("csv", "utf-8-sig", "|")
    assert (first["columns"], first["header_row"]) == (["a", "b"], 1)
    counts = first["counts"]
    assert [counts[each] for each in ("records_read", "header", "blank", "loaded", "quarantined")] == [4, 1, 1, 1, 1]
    assert (second["format"], second["columns"]) == ("jsonl", ["x"])
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_options_override_detection_and_a_wrong_one_names_the_right_ones(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", b"a;b\n1,5;\xe9\n")
    assert read_into(tmp_path / "out", path, options=["encoding=cp1250"])["a.csv.csv"] == 'a,b\n"1,5",é\n'
    with pytest.raises(DeclarationError, match="did you mean 'delimiter'"):
        read_into(tmp_path / "out", path, options=["delimeter=;"])
    with pytest.raises(DeclarationError, match="write key=value"):
        read_into(tmp_path / "out", path, options=["delimiter"])
    with pytest.raises(DeclarationError, match="give --to DIR"):
        read_files([str(path), str(path)], None, False, [], None)


def test_names_that_come_again_are_numbered(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "id,name,Name,name_2,,\n1,a,b,c,d,e\n")
    header, row = read_into(tmp_path / "out", path)["a.csv.csv"].splitlines()
    assert header == "id,name,Name_3,name_2,column_5,column_6"
    assert row == "1,a,b,c,d,e"


def test_a_url_is_read_where_it_lies(tmp_path: Path) -> None:
    import threading
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    put(tmp_path, "a.csv", GOOD)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "in"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        read_files([f"{place}/a.csv"], tmp_path / "out", False, [], None)
        with pytest.raises(TidemillError, match="1 of 1 file could"):
            read_files([f"{place}/gone.csv"], tmp_path / "out", False, [], None)
        server.shutdown()
    assert (tmp_path / "out" / "a.csv.csv").read_text() == GOOD


def test_how_a_file_is_read_does_not_depend_on_the_files_beside_it(tmp_path: Path) -> None:
    contents = {
        "a": "x",
        "b": "x;y\n1,5;2,5\n",
        "c": "a b,c\n1 2,3\n",
        "d": "a b,c\n1 2\n3 4\n5 6\n",
        "e": "x;y\n1\n2\n",
    }
    paths = [put(tmp_path, f"{name}.csv", content) for name, content in contents.items()]
    alone = [shell(str(path)).stdout.decode() for path in paths]
    for order in (paths, paths[::-1]):
        written = read_into(tmp_path / "out", *order)
        assert [written[f"{path.name}.csv"] for path in paths] == alone


def test_a_short_file_does_not_take_the_delimiter_of_another_with_the_same_header(tmp_path: Path) -> None:
    by_space, by_comma = put(tmp_path, "d.csv", "a b,c\n1 2\n3 4\n5 6\n"), put(tmp_path, "e.csv", "a b,c\n1 2,3\n")
    others = [put(tmp_path, f"other-{number}.csv", f"x{number}\n1\n") for number in range(3)]
    written = read_into(tmp_path / "out", by_space, *others, by_comma)
    assert written["e.csv.csv"] == shell(str(by_comma)).stdout.decode()
