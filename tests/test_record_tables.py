"""Record tables of an older Tidemill are brought up to date without losing a row."""

from dataclasses import fields
from pathlib import Path

import duckdb
import pytest

from flows import records, warehouse
from flows.records import schema
from flows.records.tables import TABLES
from flows.settings import Settings
from tests.ingesting import ask, put, run_ingest

# As they were written by the first version.
OLDER_TABLES = Path(__file__).parent / "older_records.sql"


def older_warehouse(settings: Settings) -> None:
    settings.warehouse.mkdir(parents=True)
    with duckdb.connect(settings.warehouse_file) as connection:
        connection.execute(OLDER_TABLES.read_text(encoding="utf-8"))
        connection.execute(
            "insert into records.file_loads (load_id, run_id, source, uri, action, started_at, ended_at, records_read, "
            "loaded_records) values (1, 'old', 'shop.orders', '/a.csv', 'loaded', now(), now(), 3, 3)"
        )


def definitions(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.execute(schema.DEFINITIONS).fetchall())


def test_an_older_warehouse_gets_todays_record_tables_and_keeps_its_rows(settings: Settings) -> None:
    older_warehouse(settings)
    with warehouse.write(settings) as connection, duckdb.connect() as fresh:
        records.ensure(fresh)
        assert definitions(connection) == definitions(fresh)
        waiting = records.FileLoad(2, "new", None, "shop.orders", "/b.csv", "waiting", records.now(), records.now())
        records.add(connection, waiting)
        assert connection.execute("select load_id, run_id, loaded_records from records.file_loads").fetchall() == [
            (1, "old", 3),
            (2, "new", 0),
        ]


def test_record_tables_that_are_up_to_date_are_left_alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with warehouse.write(settings):
        pass
    monkeypatch.setattr(schema, "_renew", lambda connection: pytest.fail("compared again"))
    with warehouse.write(settings):
        pass


def test_a_renewal_that_fails_leaves_the_older_tables_as_they_were(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    older_warehouse(settings)
    monkeypatch.setattr(schema, "literal", lambda text: 1 / 0)
    with pytest.raises(ZeroDivisionError), warehouse.write(settings):
        pass
    monkeypatch.undo()
    with warehouse.write(settings) as connection:
        assert connection.execute("select count(*) from records.file_loads").fetchall() == [(1,)]


def test_a_column_that_only_the_older_table_has_is_kept(settings: Settings) -> None:
    older_warehouse(settings)
    with duckdb.connect(settings.warehouse_file) as connection:
        connection.execute("alter table records.file_loads add column note varchar default 'seen'")
    with warehouse.write(settings) as connection:
        assert connection.execute("select note from records.file_loads").fetchall() == [("seen",)]


@pytest.mark.parametrize("record", TABLES)
def test_every_record_has_the_columns_of_its_table(record: type) -> None:
    with duckdb.connect() as connection:
        records.ensure(connection)
        assert set(schema._columns(connection, TABLES[record])) == {field.name for field in fields(record)}


@pytest.mark.parametrize("n_records", [records.FEW_RECORDS, records.FEW_RECORDS + 1, 5000])
def test_rejected_records_keep_every_byte_however_many_there_are(settings: Settings, n_records: int) -> None:
    contents = [None if place == 1 else bytes([place % 256, 0, 255 - place % 256]) for place in range(n_records)]
    rejected = [
        records.RejectedRecord("run", 1, "shop.orders", place, None, place, None, content, "missing-cell", "short")
        for place, content in enumerate(contents)
    ]
    with warehouse.write(settings) as connection:
        records.add(connection, *rejected)
        kept = connection.execute("select raw_bytes from records.rejected_records order by row_number").fetchall()
    assert [content for (content,) in kept] == contents


def test_many_bad_records_of_a_file_are_kept_as_they_stood(settings: Settings) -> None:
    bad = [b"%d,caf\xe9 \xff%c" % (number, 161 + number) for number in range(60)]
    good = b"".join(b"%d,Ren\xe9,x\n" % number for number in range(100))
    path = put(settings, "a.csv", b"order_id,customer,note\n" + good + b"\n".join(bad) + b"\n")
    assert run_ingest(settings).problems == ()
    rejected = ask(settings, "select raw_bytes, byte_offset from records.rejected_records order by row_number")
    assert [content for content, _ in rejected] == bad
    stood = path.read_bytes()
    assert all(stood[offset:].startswith(content) for content, offset in rejected)  # type: ignore[misc, arg-type]
