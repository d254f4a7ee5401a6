"""SQLite files: every value as the text it is, every table and every record accounted for."""

import sqlite3
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from flows.declaration import Declaration, Source
from flows.ingest.parts import Counts, Part, Reading, Refusal
from flows.ingest.prepare import READERS, SPLITTERS
from flows.settings import Settings
from tests.ingesting import ORDERS, TWO_ROWS, ask, put, rows, run_ingest
from tests.reading import cells
from tests.test_containers import mangled

TABLE = "create table orders (order_id integer, customer, note)"
Rows = Iterable[tuple[object, ...]]


def database(folder: Path, *statements: str, orders: Rows = TWO_ROWS, name: str = "a.db") -> Path:
    path = folder / name
    connection = sqlite3.connect(path)
    connection.execute(TABLE)
    connection.executemany("insert into orders values (?, ?, ?)", orders)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def read(path: Path, source: Source = ORDERS, file_format: str = "sqlite") -> dict[str | None, Reading | str]:
    """What became of each part; under None, why the file could not be opened."""
    found: dict[str | None, Reading | str] = {}
    part = Part(path, file_format, None, "sha256", path.stat().st_size)
    try:
        parts = list(SPLITTERS[file_format](part, source)) if file_format in SPLITTERS else [part]
    except Refusal as refusal:
        return {None: str(refusal)}
    for each in parts:
        scratch = Path(tempfile.mkdtemp(dir=path.parent))
        try:
            found[each.sheet] = READERS[file_format](each, source, Declaration("shop", (source,), ()), scratch)
        except Refusal as refusal:
            found[each.sheet] = str(refusal)
    return found


def test_a_sqlite_file_is_found_by_its_content_and_every_table_is_a_part(settings: Settings) -> None:
    put(settings, "x", b"")
    path = database(
        settings.landing / "orders",
        "create table more as select 3 as order_id, 'Cy' as customer, null as note",
        "create table visits (order_id, day)",
        "insert into visits values (1, 2), (2, 3)",
        "create view everything as select * from orders",
        name="a.csv",
    )
    (settings.landing / "orders" / "x").unlink()
    assert run_ingest(settings).problems == ()
    assert rows(settings) == [("3", "Cy", None), *TWO_ROWS]
    query = "select sheet, format, loaded_records, comment_records from records.files join records.file_loads "
    assert ask(settings, f"{query} using (file_id) order by file_id") == [
        ("more", "sqlite", 1, 0),
        ("orders", "sqlite", 2, 0),
        ("visits", "sqlite", 0, 2),
    ]
    assert [each.name for each in path.parent.iterdir()] == ["a.csv"]


def test_every_storage_class_lands_as_the_text_it_is(tmp_path: Path) -> None:
    values = [(1, "007", None), (None, b"\x00\xff", 0.1), (2**62, 1e20, 5.0), (-1, "", "a\0b"), (0, 1e-7, " ä ")]
    assert cells(read(database(tmp_path, orders=values))["orders"]) == [
        ("1", "007", None),
        (None, "00ff", "0.1"),
        ("4611686018427387904", "100000000000000000000", "5.0"),
        ("-1", "", "a\0b"),
        ("0", "0.0000001", " ä "),
    ]


def test_a_text_that_is_none_is_a_bad_record(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "insert into orders values (3, cast(x'4dfc' as text), 'x')",
        "insert into orders values (4, 'Di', 'y')",
    )
    reading = read(path)["orders"]
    assert cells(reading) == [*TWO_ROWS, ("4", "Di", "y")]
    assert isinstance(reading, Reading)
    assert reading.counts == Counts(4, quarantined=1)
    (bad,) = reading.bad_records
    assert (bad.row_number, bad.error_code, bad.content) == (3, "encoding-error", b'["3","M\\\\xfc","x"]')


def test_the_declared_table_alone_is_read_or_a_view(tmp_path: Path) -> None:
    path = database(tmp_path, "create view recent as select * from orders where order_id = 2")
    assert list(read(path, replace(ORDERS, options={"sheet": "orders"}))) == ["orders"]
    assert cells(read(path, replace(ORDERS, options={"sheet": "recent"}))["recent"]) == TWO_ROWS[1:]
    assert "no table 'x' (has: orders, recent)" in str(read(path, replace(ORDERS, options={"sheet": "x"})))


def test_a_table_of_another_shape_alone_is_refused_and_so_is_a_file_without_any(tmp_path: Path) -> None:
    path = database(tmp_path, "create table other (a)", "drop table orders")
    assert "fewer than half the columns" in str(read(path)["other"])
    assert "no table" in str(read(database(tmp_path, "drop table orders", name="b.db"))[None])


def test_changes_that_are_not_in_the_file_yet_are_not_overlooked(tmp_path: Path) -> None:
    path = database(tmp_path)
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        beside.write_bytes(b"x")
        assert beside.name in str(read(path)[None])
        beside.unlink()


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    path = database(tmp_path, orders=[(number, "x" * 50, "y") for number in range(1000)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "SQLite file is broken" in str(read(path)[None])


def valid_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        many = [(number, f"name {number}", 1.5) for number in range(200)]
        no_text = "insert into orders values (3, cast(x'4dfc' as text), 'x')"
        return database(Path(folder), "create table b (x)", no_text, orders=many).read_bytes()


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(content=mangled([valid_database()]))
def test_whatever_happens_to_a_sqlite_file_ends_in_accounted_rows_or_refusals(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("mangled") / "file"
    path.write_bytes(content)
    for reading in read(path).values():
        if isinstance(reading, Reading):
            cells(reading)
