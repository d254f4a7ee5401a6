"""Formats: a file is what its content says, whatever its name; the records say how it was recognised."""

from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from flows.ingest.formats.detect import detect_format
from flows.ingest.parts import Refusal
from flows.settings import Settings
from tests.ingesting import GOOD, ask, put, run_ingest

TEXTS = {
    "csv": [
        GOOD,
        "ORCID,name\n1,Ada\n",
        "PAR1,PAR2\n1,2\n",
        "[id],[name]\n1,Ada\n",
        "<none>;a\n1;2\n",
        "Objekt;a\n",
        "<",
    ],
    "jsonl": ['{"a":1}\n{"a":2}\n', '\n {"a":1}', '{"a":1\n{"a":2}\n', '\ufeff{"a":1}\r\n{"a":2}\r\n'],
    "json": ['[{"a":1}]', "[]", ' [\n{"a":1},\n{"a":2}\n]\n', '{\n "data": [{"a":1}]\n}\n', "[1, 2]\n"],
    "xml": ["<?xml version='1.0'?><a/>", "<orders><order/></orders>", "<!-- made by x --><a/>", "<!DOCTYPE a><a/>"],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("expected", "text"), [(each, text) for each, texts in TEXTS.items() for text in texts])
def test_a_text_is_recognised_by_its_first_characters(tmp_path: Path, expected: str, text: str, encoding: str) -> None:
    (tmp_path / "a.dat").write_bytes(text.encode(encoding))
    assert detect_format(tmp_path / "a.dat")[0] == expected


def test_a_binary_file_is_recognised_by_its_magic_number(tmp_path: Path) -> None:
    table, path = pa.table({"a": [1, 2]}), tmp_path / "a.csv"
    pq.write_table(table, path)
    assert detect_format(path) == ("parquet", "magic PAR1")
    feather.write_feather(table, path)
    assert detect_format(path) == ("arrow", "magic ARROW1")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    assert detect_format(path) == ("arrow", "magic ffffffff")
    orc.write_table(table, path)
    assert detect_format(path) == ("orc", "magic ORC")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"\n<!DOCTYPE html><html><body>503</body></html>", "a web page"),
        (b"<HTML><body>404 Not Found</body></HTML>", "a web page"),
    ],
)
def test_what_is_no_table_is_refused_by_its_name(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "orders.csv").write_bytes(content)
    with pytest.raises(Refusal, match=what):
        detect_format(tmp_path / "orders.csv")


def test_the_records_say_how_a_format_was_recognised(settings: Settings) -> None:
    put(settings, "a.csv", GOOD)
    put(settings, "b.csv", '{"order_id":"1","customer":"Ada"}\n')
    assert run_ingest(settings).problems == ()
    loads = ask(settings, "select format, format_detected_by from records.file_loads order by load_id")
    assert loads == [("csv", "text"), ("jsonl", "first character {")]
