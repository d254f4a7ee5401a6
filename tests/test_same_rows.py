"""The same table gives the same rows, whatever format it was written in; damage never ends in another error."""

import csv
import json
import random
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.settings import Settings
from tests.ingesting import ORDERS, ask, run_ingest
from tests.test_columnar import TABLE, WRITERS
from tests.test_columnar import put as put_typed

NAMES = ("order_id", "customer", "note")
Rows = list[dict[str, str]]


def write_csv(rows: Rows, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, NAMES, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def write_lines(rows: Rows, path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_document(rows: Rows, path: Path) -> None:
    path.write_text(json.dumps({"data": rows}, indent=1, ensure_ascii=False), encoding="utf-16")


def write_xml(rows: Rows, path: Path) -> None:
    root = ElementTree.Element("orders")
    for row in rows:
        element = ElementTree.SubElement(root, "order", order_id=row["order_id"])
        for name in NAMES[1:]:
            ElementTree.SubElement(element, name).text = row[name]
    path.write_bytes(ElementTree.tostring(root, "utf-8", xml_declaration=True))


def typed(name: str, rows: Rows, path: Path) -> None:
    WRITERS[name](pa.Table.from_pylist(rows, pa.schema([(each, pa.string()) for each in NAMES])), path)


WRITE = {"csv": write_csv, "jsonl": write_lines, "json": write_document, "xml": write_xml}
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, TEXT)), min_size=2, max_size=6)


def landed(folder: Path, name: str, rows: Rows) -> Rows:
    settings = Settings(warehouse=folder / "w", landing=folder / "l", models_store=folder / "m", threads=1)
    path = folder / "l" / "orders" / "a.dat"
    path.parent.mkdir(parents=True)
    if name in WRITE:
        WRITE[name](rows, path)
    else:
        typed(name, rows, path)
    assert run_ingest(settings).problems == ()
    listed = ask(settings, f"select {', '.join(NAMES)} from raw.shop__orders order by _row_number")
    return [dict(zip(NAMES, map(str, row), strict=True)) for row in listed]


@given(ROWS)
@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_table_gives_the_same_rows_in_every_format(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows
) -> None:
    for name in (*WRITE, *WRITERS):
        assert landed(tmp_path_factory.mktemp(name), name, rows) == rows, name


@pytest.mark.parametrize("name", WRITE)
def test_a_damaged_text_ends_in_a_refusal_or_in_records_that_add_up(settings: Settings, name: str) -> None:
    chance = random.Random(name)
    path = settings.landing / "orders" / "whole.dat"
    path.parent.mkdir(parents=True)
    WRITE[name]([{"order_id": str(place), "customer": 'é"\\', "note": "<&>\n"} for place in range(5)], path)
    whole = path.read_bytes()
    for place in range(40):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] = chance.choice(b'{}[]",<>&\\\0\xff\n')
        content = whole[: chance.randrange(1, len(whole))] if place % 4 == 0 else bytes(damaged)
        path.with_name(f"{place}.dat").write_bytes(content)
    run_ingest(settings, replace(ORDERS, max_rejected=1.0))
    assert ask(settings, "select count(distinct uri) from records.file_loads") == [(41,)]
    counted = "select coalesce(sum(loaded_records), 0) from records.file_loads where action = 'loaded'"
    assert ask(settings, counted) == ask(settings, "select count(*) from raw.shop__orders")


def test_an_orc_file_that_aborts_its_reader_is_refused(settings: Settings) -> None:
    path = put_typed(settings, "orc", TABLE)
    # The footer's type of `price`: a decimal (14) of 38 digits, made one of 46.
    path.write_bytes(path.read_bytes().replace(b"\x08\x0e \x00(&", b"\x08\x0e \x00(."))
    (problem,) = run_ingest(settings, replace(ORDERS, columns=())).problems
    assert "ORC file is broken" in problem and "46" in problem
