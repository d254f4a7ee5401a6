"""Typed formats: types and values are kept exactly, counts come from the file's own, damage is refused."""

import datetime
import io
import json
import random
import uuid
import zlib
from decimal import Decimal
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from flows.settings import Settings
from tests.ingesting import ask, run_ingest
from tests.test_json import ANY

UTC = datetime.UTC
KEY = uuid.UUID(int=2**127)
MOMENT = datetime.datetime(2024, 2, 29, 23, 59, 59, 123456)
TABLE = pa.table(
    {
        "select": pa.array([1, None], pa.int64()),
        "price": pa.array([Decimal("1.10"), Decimal("-99999999999999999999.99")], pa.decimal128(38, 2)),
        "at": pa.array([MOMENT.replace(tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        "day": pa.array([MOMENT.date(), None], pa.date32()),
        "raw": pa.array([b"\xff\0", b""], pa.binary()),
        "text": pa.array(["007 ", ""], pa.string()),
        "yes": pa.array([True, None], pa.bool_()),
        "x": pa.array([0.1, float("-inf")], pa.float64()),
    }
)
SQL_TYPES = ["BIGINT", "DECIMAL(38,2)", "TIMESTAMP WITH TIME ZONE", "DATE", "BLOB", "VARCHAR", "BOOLEAN", "DOUBLE"]


def write_arrow_stream(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def write_avro(table: pa.Table, path: Path) -> None:
    types = {
        pa.int64(): "long",
        pa.decimal128(38, 2): {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 2},
        pa.timestamp("us", "UTC"): {"type": "long", "logicalType": "timestamp-micros"},
        pa.date32(): {"type": "int", "logicalType": "date"},
        pa.binary(): "bytes",
        pa.string(): "string",
        pa.bool_(): "boolean",
        pa.float64(): "double",
    }
    fields = [{"name": each.name, "type": ["null", types[each.type]]} for each in table.schema]
    with path.open("wb") as sink:
        schema = fastavro.parse_schema({"type": "record", "name": "row", "fields": fields})
        fastavro.writer(sink, schema, table.to_pylist(), codec="deflate")


WRITERS = {
    "parquet": pq.write_table,
    "arrow_file": lambda table, path: feather.write_feather(table, path, compression="lz4"),
    "arrow_stream": write_arrow_stream,
    "orc": orc.write_table,
    "avro": write_avro,
}


def put(settings: Settings, name: str, table: pa.Table) -> Path:
    path = settings.landing / "orders" / "a.dat"
    path.parent.mkdir(parents=True, exist_ok=True)
    WRITERS[name](table, path)
    return path


def landed(settings: Settings) -> tuple[list[str], list[str], list[tuple[object, ...]]]:
    described = ask(settings, "describe raw.shop__orders")
    own = [row for row in described if not str(row[0]).startswith("_")]
    listed = ", ".join(f'"{row[0]}"' for row in own)
    rows = ask(settings, f"select {listed} from raw.shop__orders order by _row_number")
    return [str(row[0]) for row in own], [str(row[1]) for row in own], rows


@pytest.mark.parametrize("name", WRITERS)
def test_types_and_values_are_kept(settings: Settings, name: str) -> None:
    put(settings, name, TABLE)
    assert run_ingest(settings, ANY).problems == ()
    assert landed(settings) == (TABLE.column_names, SQL_TYPES, [tuple(row.values()) for row in TABLE.to_pylist()])
    assert ask(settings, "select records_read, loaded_records from records.file_loads") == [(2, 2)]


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_without_rows_has_its_columns(settings: Settings, name: str) -> None:
    put(settings, name, pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}))
    assert run_ingest(settings, ANY).problems == ()
    assert landed(settings) == (["a", "b"], ["BIGINT", "VARCHAR"], [])


@pytest.mark.parametrize("name", ["parquet", "arrow_file", "arrow_stream", "orc"])
def test_names_that_differ_in_case_only_are_refused(settings: Settings, name: str) -> None:
    put(settings, name, pa.table({"a": [1], "A": [2]}))
    (problem,) = run_ingest(settings, ANY).problems
    assert "two columns have one name" in problem


@pytest.mark.parametrize("name", ["parquet", "arrow_file", "arrow_stream"])
def test_a_table_without_columns_is_refused(settings: Settings, name: str) -> None:
    put(settings, name, pa.table({}))
    (problem,) = run_ingest(settings, ANY).problems
    assert "it has no columns" in problem


ODD = {
    "wide decimal": (pa.array([Decimal("1.10"), None], pa.decimal256(50, 2)), "VARCHAR", ["1.10", None]),
    "nanoseconds": (pa.array([1, None], pa.time64("ns")), "VARCHAR", ["00:00:00.000000001", None]),
    "duration": (pa.array([5, None], pa.duration("ms")), "VARCHAR", ["5 milliseconds", None]),
    "dictionary": (pa.array(["a", None]).dictionary_encode(), "VARCHAR", ["a", None]),
    "nothing": (pa.nulls(2), "VARCHAR", [None, None]),
    "list": (pa.array([[1, None], None]), "BIGINT[]", [[1, None], None]),
    "struct": (pa.array([{"x": {"y": "z"}}, None]), "STRUCT(x STRUCT(y VARCHAR))", [{"x": {"y": "z"}}, None]),
    "map": (pa.array([{"k": 1}, None], pa.map_(pa.string(), pa.int64())), "MAP(VARCHAR, BIGINT)", [{"k": 1}, None]),
    "half": (pa.array([1.5, None], pa.float16()), "FLOAT", [1.5, None]),
    "seconds": (pa.array([1, None], pa.timestamp("s")), "TIMESTAMP", [datetime.datetime(1970, 1, 1, 0, 0, 1), None]),
    "key": (pa.array([KEY.bytes, None], pa.uuid()), "UUID", [KEY, None]),
    "unsigned": (pa.array([2**64 - 1, None], pa.uint64()), "UBIGINT", [2**64 - 1, None]),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["parquet", "arrow_file"])
def test_what_duckdb_would_change_lands_exactly(settings: Settings, name: str, odd: str) -> None:
    array, sql_type, values = ODD[odd]
    put(settings, name, pa.table({"id": [1, 2], "group": array}))
    assert run_ingest(settings, ANY).problems == ()
    names, types, rows = landed(settings)
    assert (names, types, [row[1] for row in rows]) == (["id", "group"], ["BIGINT", sql_type], values)


def test_an_instant_finer_than_a_microsecond_is_refused_not_cut(settings: Settings) -> None:
    put(settings, "parquet", pa.table({"at": pa.array([1001], pa.timestamp("ns", "UTC"))}))
    (problem,) = run_ingest(settings, ANY).problems
    assert "column at cannot be held exactly" in problem


def test_an_avro_union_lands_as_text_and_an_enum_by_its_word(settings: Settings) -> None:
    path = settings.landing / "orders" / "a.avro"
    path.parent.mkdir(parents=True)
    color = {"type": "enum", "name": "color", "symbols": ["red", "blue"]}
    fields = [
        {"name": "u", "type": ["null", "int", "string"]},
        {"name": "color", "type": color},
        {"name": "n", "type": {"type": "array", "items": "long"}},
        {"name": "m", "type": {"type": "map", "values": ["null", "string"]}},
        {"name": "again", "type": ["null", "row"]},
    ]
    row = {"u": 7, "color": "blue", "n": [1, 2], "m": {"k": None}, "again": None}
    rows = [row, {**row, "u": "x", "again": row}]
    with path.open("wb") as sink:
        fastavro.writer(sink, {"type": "record", "name": "row", "fields": fields}, rows)
    assert run_ingest(settings, ANY).problems == ()
    assert landed(settings)[2] == [
        ("7", "blue", "[1, 2]", '{"k": null}', None),
        (
            "x",
            "blue",
            "[1, 2]",
            '{"k": null}',
            '{"u": 7, "color": "blue", "n": [1, 2], "m": {"k": null}, "again": null}',
        ),
    ]


def snappy_avro(text: str) -> bytes:
    """Write one record as Avro's specification says, in one block packed by snappy."""

    def encoded(schema: object, value: object) -> bytes:
        sink = io.BytesIO()
        fastavro.schemaless_writer(sink, fastavro.parse_schema(schema), value)
        return sink.getvalue()

    schema = {"type": "record", "name": "row", "fields": [{"name": "a", "type": "string"}]}
    meta = {"avro.schema": json.dumps(schema).encode(), "avro.codec": b"snappy"}
    block = encoded(schema, {"a": text})
    packed = pa.compress(block, "snappy", asbytes=True) + zlib.crc32(block).to_bytes(4)
    header = b"Obj\x01" + encoded({"type": "map", "values": "bytes"}, meta) + bytes(16)
    return header + encoded("long", 1) + encoded("bytes", packed) + bytes(16)


def test_an_avro_decimal_whose_precision_is_damaged_is_no_error_of_ours(settings: Settings) -> None:
    path = put(settings, "avro", TABLE)
    path.write_bytes(path.read_bytes().replace(b'"precision"', b'"precisiox"'))
    run_ingest(settings, ANY)
    assert ask(settings, "select action from records.file_loads") == [("quarantined",)]


def test_avro_packed_by_snappy_is_read_and_its_checksum_proven(settings: Settings) -> None:
    content = snappy_avro("x" * 100)
    path = put(settings, "parquet", TABLE)
    path.write_bytes(content)
    path.with_name("b.avro").write_bytes(content[:-18] + b"\0\0" + content[-16:])
    (problem,) = run_ingest(settings, ANY).problems
    assert "checksum is wrong" in problem
    assert landed(settings)[2] == [("x" * 100,)]


def test_an_arrow_stream_without_its_end_or_with_more_behind_it_is_refused(settings: Settings) -> None:
    path = put(settings, "arrow_stream", TABLE)
    whole = path.read_bytes()
    for content, why in ((whole[:-8], "no end marker"), (whole + whole, "there is more")):
        path.write_bytes(content)
        (problem,) = run_ingest(settings, ANY).problems
        assert why in problem
    assert ask(settings, "select count(*) from raw.shop__orders") == [(0,)]


def test_feather_of_version_1_is_refused_by_its_name(settings: Settings) -> None:
    put(settings, "parquet", TABLE).write_bytes(b"FEA1\0\0\0\0")
    (problem,) = run_ingest(settings, ANY).problems
    assert "Feather of version 1" in problem


def test_a_parquet_page_of_a_wrong_length_is_the_files_fault_not_the_warehouses(settings: Settings) -> None:
    path = put(settings, "parquet", pa.table({"a": ["x" * 100, "y"]}))
    damaged = bytearray(path.read_bytes())
    page = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    damaged[page + 19] = 0xFF  # how long the smallest value in the page header is
    path.write_bytes(damaged)
    (problem,) = run_ingest(settings, ANY).problems
    assert "cannot be read" in problem
    assert ask(settings, "select action from records.file_loads") == [("quarantined",)]


@pytest.mark.parametrize("name", WRITERS)
def test_damage_ends_in_a_refusal_or_in_counted_rows(settings: Settings, name: str) -> None:
    chance = random.Random(name)
    path = put(settings, name, pa.concat_tables([TABLE] * 20))
    whole = path.read_bytes()
    for place in range(12):
        damaged = bytearray(whole)
        for _ in range(1 + place % 3):
            damaged[chance.randrange(8, len(whole))] = chance.randrange(256)
        content = whole[: chance.randrange(8, len(whole))] if place % 4 == 0 else bytes(damaged)
        path.with_name(f"{place}.dat").write_bytes(content)
    run_ingest(settings, ANY)
    assert ask(settings, "select count(distinct uri) from records.file_loads") == [(13,)]
    counted = "select coalesce(sum(loaded_records), 0) from records.file_loads where action = 'loaded'"
    assert ask(settings, counted) == ask(settings, "select count(*) from raw.shop__orders")
