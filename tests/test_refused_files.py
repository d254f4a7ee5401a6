"""A file that cannot be read, or only later, is named and recorded, and the others load."""

import gzip
from io import BytesIO

import pandas as pd
import pytest

from flows.ingest import land
from flows.settings import Settings
from tests.ingesting import GOOD, TWO_ROWS, ask, put, rows, run_ingest, zipped


def damaged_parquet() -> bytes:
    """A file whose end is whole and whose first page is not."""

    buffer = BytesIO()
    pd.DataFrame({"order_id": ["1"] * 500, "customer": ["Ada"] * 500, "note": ["x"] * 500}).to_parquet(buffer)
    content = bytearray(buffer.getvalue())
    content[4:60] = b"\xff" * 56
    return bytes(content)


BAD_FILES = {
    "damaged.parquet": (damaged_parquet(), "cannot be read"),
    "cut_in_a_character.csv": (GOOD.encode("utf-16")[:-1], "cannot be read|utf-16"),
    "repeated_key.jsonl": (
        b'{"order_id": "1", "order_id": "2", "customer": "Ada", "note": "x"}\n',
        "names a key twice",
    ),
    "empty.csv": (b"", "empty"),
    "binary.csv": (bytes(range(256)) * 20, ""),
    "truncated.csv.gz": (gzip.compress(GOOD.encode() * 500)[:60], "truncated|damaged|ends"),
    "broken.zip": (b"PK\x03\x04" + b"broken" * 20, ""),
    "broken.xlsx": (b"PK\x03\x04" + b"broken" * 20, ""),
    "two_names.csv": (b"order_id,customer,customer\n1,Ada,first\n2,Bob,second\n", "customer"),
    "of_another_source.csv": (b"city;mayor;inhabitants\nUlm;Ada;5\nBonn;Bob;6\n", "order_id|header|column"),
    "mostly_bad.csv": (b"order_id,customer,note\n1,Ada,x\n2\n3\n4\n", "max_rejected"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_and_recorded_and_the_others_load(settings: Settings, name: str) -> None:
    content, remedy = BAD_FILES[name]
    put(settings, name, content)
    put(settings, "z_good.csv", GOOD)
    problems = run_ingest(settings).problems
    assert len(problems) == 1
    assert name in problems[0]
    assert pd.Series([problems[0]]).str.contains(remedy, regex=True).all(), problems[0]
    assert rows(settings) == TWO_ROWS
    assert ask(settings, f"select action, error is not null from records.file_loads where uri like '%{name}'") == [
        ("quarantined", True)
    ]


def test_a_refused_file_is_not_read_again_until_it_changes(settings: Settings) -> None:
    path = put(settings, "orders.csv", "")
    assert len(run_ingest(settings).problems) == 1
    assert run_ingest(settings).problems == ()
    path.write_text(GOOD)
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS


def test_a_header_without_rows_loads_nothing_and_says_so(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    put(settings, "orders.csv", "order_id,customer,note\n")
    assert run_ingest(settings).problems == ()
    assert "orders.csv: holds no records" in caplog.text
    assert ask(settings, "select action, records_read, header_records from records.file_loads") == [("loaded", 1, 1)]


def test_a_folder_with_a_file_name_is_not_a_file(settings: Settings) -> None:
    (settings.landing / "orders" / "x.csv").mkdir(parents=True)
    put(settings, "good.csv", GOOD)
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS


def test_an_unreadable_file_fails_and_is_tried_again(settings: Settings) -> None:
    path = settings.landing / "orders" / "gone.csv"
    path.parent.mkdir(parents=True)
    path.symlink_to(settings.landing / "nowhere.csv")
    assert "tried again" in run_ingest(settings).problems[0]
    assert ask(settings, "select action from records.file_loads") == [("failed",)]
    (settings.landing / "nowhere.csv").write_text(GOOD)
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS


def test_an_encrypted_archive_is_refused(settings: Settings) -> None:
    content = bytearray(zipped(orders=GOOD))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    put(settings, "secret.zip", bytes(content))
    assert "encrypted" in run_ingest(settings).problems[0]


def test_a_file_that_changes_while_it_is_read_is_not_loaded(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(settings, "orders.csv", GOOD)
    record = land._record

    def record_and_change(*arguments: object) -> None:
        record(*arguments)  # type: ignore[arg-type]
        path.write_text(GOOD + "3,Cy,third\n")

    monkeypatch.setattr(land, "_record", record_and_change)
    assert "changed while it was read" in run_ingest(settings).problems[0]
    assert rows(settings) == []
    monkeypatch.undo()
    assert run_ingest(settings).problems == ()
    assert rows(settings) == [*TWO_ROWS, ("3", "Cy", "third")]
