"""Ingest: every record of every file is accounted for, whatever the file; bad files are named and lose nothing."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows import ingest, records
from flows.declaration import Declaration
from flows.declaration.declared import SourceColumn
from flows.ingest.pending import list_places
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, TWO_ROWS, ask, put, rows, run_ingest, zipped


def workbook(path: Path) -> None:
    frame = pd.DataFrame({"order_id": ["1", "2"], "customer": ["Ada", "Bob"], "note": ["first", "second"]})
    frame.to_excel(path, index=False, engine="xlsxwriter")


SAME_CONTENT = {
    "comma.csv": GOOD,
    "semicolon.csv": GOOD.replace(",", ";"),
    "tab.txt": GOOD.replace(",", "\t"),
    "pipe.csv": GOOD.replace(",", "|"),
    "windows.csv": GOOD.replace("\n", "\r\n"),
    "no_newline_at_the_end.csv": GOOD.rstrip(),
    "marked.csv": "\ufeff" + GOOD,
    "utf_16.csv": GOOD.encode("utf-16"),
    "quoted.csv": 'order_id,customer,note\n"1","Ada","first"\n"2","Bob","second"\n',
    "title.csv": "Orders of January\n\n" + GOOD,
    "packed.csv.gz": gzip.compress(GOOD.encode()),
    "packed.zip": zipped(orders=GOOD),
    "lines.jsonl": "".join(
        json.dumps(dict(zip(("order_id", "customer", "note"), row, strict=True))) + "\n" for row in TWO_ROWS
    ),
}


@pytest.mark.parametrize("name", SAME_CONTENT)
def test_the_same_rows_come_out_of_every_format_and_dialect(settings: Settings, name: str) -> None:
    put(settings, name, SAME_CONTENT[name])
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (["François Dubois"], "latin-1"),
        (["Müller", "Mayer", "Smith"], "latin-1"),
        (["“Muñoz” 5 €"], "cp1252"),
        (["Иванов Пётр, Москва", "Петрова Анна, Тула", "Сидоров Илья, Омск", "Кузнецова Ольга, Пермь"], "cp1251"),
        (["山田", "鈴木", "田中"], "shift_jis"),
    ],
)
def test_names_in_an_older_encoding_are_read_as_they_were_written(
    settings: Settings, names: list[str], encoding: str
) -> None:
    lines = "".join(f"{place};{name};1.5\n" for place, name in enumerate(names))
    put(settings, "a.csv", f"order_id;customer;note\n{lines}".encode(encoding))
    run_ingest(settings)
    assert [row[1] for row in rows(settings)] == names


def test_parquet_and_excel_give_the_same_rows(settings: Settings) -> None:
    folder = settings.landing / "orders"
    folder.mkdir(parents=True)
    workbook(folder / "a.xlsx")
    with duckdb.connect() as connection:
        values = "('1', 'Ada', 'first'), ('2', 'Bob', 'second')"
        connection.execute(
            f"copy (select * from (values {values}) as orders(order_id, customer, note)) to '{folder / 'b.parquet'}'"
        )
    assert run_ingest(settings).problems == ()
    assert rows(settings) == TWO_ROWS * 2


def test_bad_records_are_quarantined_with_their_place_and_text(settings: Settings) -> None:
    put(settings, "orders.csv", GOOD + "3,Cy\n4,Di,fourth,too many\n5,Ed,fifth\n6,Fi,sixth\n7,Gu,seventh\n")
    assert run_ingest(settings).problems == ()
    assert [row[0] for row in rows(settings)] == ["1", "2", "5", "6", "7"]
    assert ask(settings, "select row_number, line, raw_text from records.rejected_records order by line") == [
        (3, 4, "3,Cy"),
        (4, 5, "4,Di,fourth,too many"),
    ]
    assert ask(settings, "select _row_number from raw.shop__orders order by 1") == [(1,), (2,), (5,), (6,), (7,)]


def test_a_missing_landing_folder_and_a_source_without_files_load_nothing(settings: Settings) -> None:
    run = records.Run("run-1", "ingest", "test", records.now())
    summary = ingest.ingest(settings, Declaration("shop", (ORDERS,), ()), run)
    assert [each.files_found for each in summary.sources] == [0]
    assert rows(settings) == []


def test_a_new_column_is_added_and_recorded_unless_the_schema_is_frozen(settings: Settings) -> None:
    put(settings, "a.csv", "order_id,customer,note,channel\n1,Ada,first,web\n2,Bob,second,shop\n")
    frozen = run_ingest(settings, replace(ORDERS, schema_policy="freeze"))
    assert "frozen" in frozen.problems[0]
    put(settings, "b.csv", "order_id,customer,note,channel\n3,Cy,third,web\n4,Di,fourth,shop\n")
    assert run_ingest(settings).problems == ()
    assert ask(settings, "select channel from raw.shop__orders where order_id > '2' order by 1 desc") == [
        ("web",),
        ("shop",),
    ]
    assert ("channel", "added") in ask(settings, "select column_name, change from records.schema_changes")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(
    cells=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    bad=st.booleans(),
)
def test_what_a_csv_writer_wrote_is_what_lands(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], delimiter: str, bad: bool
) -> None:
    import csv

    folder = tmp_path_factory.mktemp("csv")
    own = Settings(warehouse=folder / "warehouse", landing=folder / "landing", threads=2)
    path = put(own, "orders.csv", "")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["order_id", "customer", "note"])
        writer.writerows([str(number), *pair] for number, pair in enumerate(cells))
        if bad:
            writer.writerow(["one field"])
    assert run_ingest(own, replace(ORDERS, max_rejected=0.6)).problems == ()
    assert rows(own) == [(str(number), *pair) for number, pair in enumerate(cells)]
    assert ask(own, "select loaded_records, quarantined_records from records.file_loads") == [(len(cells), int(bad))]


def test_a_file_name_is_no_pattern(settings: Settings) -> None:
    put(settings, "orders1.csv", GOOD)
    put(settings, "orders[1].csv", GOOD.replace("1,Ada", "3,Cy").replace("2,Bob", "4,Di"))
    run_ingest(settings)
    assert [row[0] for row in rows(settings)] == ["1", "2", "3", "4"]


def test_a_column_named_like_our_own_is_refused_and_the_others_load(settings: Settings) -> None:
    put(settings, "a.csv", "order_id,customer,note,_file_id\n1,Ada,first,9\n2,Bob,second,9\n")
    put(settings, "b.csv", GOOD.replace("note", "note,shift").replace("\n1,Ada,first", "\n1,Ada,first,x"))
    assert "keeps for itself" in run_ingest(settings).problems[0]
    assert [row[0] for row in rows(settings)] == ["1"]


def test_a_file_still_being_written_waits_for_the_next_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(settings, "a.csv", GOOD)
    monkeypatch.setattr(
        ingest, "list_places", lambda *_: [*list_places(*_), path.write_text(GOOD + "3,Cy,third\n")][:-1]
    )
    assert run_ingest(settings).problems == ()
    assert rows(settings) == []
    monkeypatch.undo()
    run_ingest(settings)
    assert [row[0] for row in rows(settings)] == ["1", "2", "3"]


def test_a_batch_that_fails_loads_all_but_the_file_at_fault(settings: Settings) -> None:
    typed = replace(ORDERS, columns=(SourceColumn("order_id", "INTEGER", ()), *ORDERS.columns[1:]))
    put(settings, "a.csv", GOOD)
    put(settings, "b.csv", GOOD.replace("\n1,", "\nx,"))
    put(settings, "c.csv", GOOD.replace("1,", "3,").replace("2,", "4,"))
    assert ["b.csv" in each for each in run_ingest(settings, typed).problems] == [True]
    assert [row[0] for row in rows(settings)] == [1, 2, 3, 4]
