"""`tidemill trace`: what stood in a row, what was changed, and what became of it, whatever the tables are called."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from flows import warehouse
from flows.commands.donations import Donation
from flows.commands.lineage import Change, Trace, trace
from flows.commands.trace import show_trace
from flows.errors import DeclarationError, TidemillError
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, put, run_ingest
from tests.place import Finished

# What a transform would leave behind: order 1 was sent three times; each copy lost to the next, the last one is kept.
TRANSFORMED = """
    create schema staging;
    create schema intermediate;
    create table staging.cleaned_orders as
        select
            order_id::bigint as order_id, upper(customer) as customer, customer as buyer,
            _file_id, _row_number,
            'note:accepted::' as _problems, 'customer:case::,buyer:trim:customer:' as _formatting,
            null::varchar as note,
        from raw.shop__orders;
    create table intermediate.newest as
        select order_id, customer, _file_id, _row_number, 'a%2Cb%3A:1:1' as _donors from staging.cleaned_orders
        where _file_id = 3;
    create table intermediate.sorted_last as
        select 'no key of a mart' as record_id, _file_id, _row_number from staging.cleaned_orders where _file_id = 3;
    create table marts.buyers as select 1::bigint as order_id, 'ADA' as customer, 0.5 as spent;
    create table marts.guesses as select '1' as order_id, 0.25 as probability;
    create table marts.others as select 'ADA' as nobody_knows;
    create table records.row_ledger as select * from (values
        (1, 1, 'duplicate', 'exact', 'equal_rows', 2, 1),
        (2, 1, 'superseded', 'key', 'updated_at desc', 3, 1),
        (3, 1, 'kept', null, null, null, null)
    ) as ledger (file_id, row_number, fate, stage, rule, winner_file_id, winner_row_number);
"""


@pytest.fixture
def transformed(settings: Settings) -> Settings:
    for place, folder in enumerate(("x", "y", "z")):
        put(settings, f"{folder}{'a' * (folder == 'x')}.csv", GOOD.replace("first", str(place)) + "9,too,many,cells\n")
    run_ingest(settings)
    with warehouse.write(settings) as connection:
        connection.execute(TRANSFORMED)
    return settings


def traced(settings: Settings, name: str, row_number: int) -> Trace:
    with warehouse.read_warehouse(settings) as connection:
        return trace(connection, name, row_number)


def test_a_row_is_followed_from_the_file_to_the_one_it_lost_to_and_where_that_ended(transformed: Settings) -> None:
    found = traced(transformed, "xa.csv", 1)
    assert found.raw is not None
    assert (found.raw["order_id"], found.raw["customer"], found.raw["note"]) == ("1", "Ada", "0")
    assert [(each.file_id, each.fate, each.stage, each.rule) for each in found.fates] == [
        (1, "duplicate", "exact", "equal_rows"),
        (2, "superseded", "key", "updated_at desc"),
        (3, "kept", None, None),
    ]
    assert list(found.layers) == ["staging.cleaned_orders"]
    assert found.ended_in == {
        "marts.buyers": ({"order_id": "1", "customer": "ADA", "spent": "0.5"},),
        "marts.guesses": ({"order_id": "1", "probability": "0.25"},),
    }


def test_a_value_that_a_row_gave_to_its_winner_is_shown_on_both_sides(transformed: Settings) -> None:
    given = (Donation("a,b:", 1, 1, kept_file_id=3, kept_row_number=1),)
    assert [traced(transformed, file, 1).donations for file in ("1", "2", "3")] == [given, (), given]


def test_every_changed_value_is_shown_as_it_stood_with_the_rule(transformed: Settings) -> None:
    changes = traced(transformed, "1", 1).changes
    assert changes == (
        Change("customer", "case", "Ada", "ADA"),
        Change("buyer", "trim", "Ada", "Ada"),
        Change("note", "accepted", "0", None),
    )


@pytest.mark.parametrize(("cell", "shown"), [('{"a": [1]}', "1"), ('{"a": [1,]}', None), ('{"a": [NaN]}', None)])
def test_a_value_inside_a_cell_is_shown_where_cleaning_takes_the_cell_for_json_and_else_the_cell(
    settings: Settings, cell: str, shown: str | None
) -> None:
    quoted = cell.replace('"', '""')
    put(settings, "a.csv", f'order_id,customer,note\n1,Ada,"{quoted}"\n2,Bob,x\n')
    run_ingest(settings)
    with warehouse.write(settings) as connection:
        connection.execute(
            "create schema staging; create table staging.inside as select null::bigint as inside, "
            "'inside:integer:note:$.a[0]:1:a whole number' as _problems, null::varchar as _formatting, "
            "_file_id, _row_number from raw.shop__orders"
        )
    assert traced(settings, "a.csv", 1).changes == (Change("inside", "integer", shown or cell, None),)


def test_a_rejected_record_is_shown_with_its_reason(transformed: Settings) -> None:
    found = traced(transformed, "y.csv", 3)
    assert (found.raw, found.fates, found.ended_in) == (None, (), {})
    rejected = found.rejected[0]
    assert (rejected["error_code"], rejected["line"], rejected["raw_text"]) == ("extra-cell", "4", "9,too,many,cells")


def test_a_name_of_several_files_lists_them_and_an_unknown_row_says_which_there_are(transformed: Settings) -> None:
    put(transformed, "deep/y.csv", GOOD.replace("Ada", "Eve"))
    run_ingest(transformed, replace(ORDERS, location="orders/**/*"))
    with pytest.raises(DeclarationError, match="2 files are called") as error:
        traced(transformed, "y.csv", 1)
    assert "  2  " in str(error.value)
    assert "deep/y.csv (shop.orders)" in str(error.value)
    assert traced(transformed, "deep/y.csv", 1).file.file_id == 4
    with pytest.raises(TidemillError, match="has no record 7; its records are numbered 1 to 3"):
        traced(transformed, "orders/y.csv", 7)
    with pytest.raises(DeclarationError, match="no file is known as 'z'"):
        traced(transformed, "z", 1)


def test_before_a_transform_the_row_has_no_fate_yet(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    with warehouse.read_warehouse(settings) as connection:
        assert trace(connection, "a.csv", 2).fates == ()


def test_while_a_run_writes_it_says_which(transformed: Settings) -> None:
    code = f"from tests.test_trace import *; traced(Settings(warehouse='{transformed.warehouse}'), '1', 1)"
    with warehouse.writer_lock(transformed, "tidemill run"):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"{transformed.warehouse_file}: tidemill run (process" in done.stderr


def test_it_prints_text_and_json(
    transformed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIDEMILL_WAREHOUSE", str(transformed.warehouse))
    show_trace("xa.csv", 1, as_json=False)
    printed = capsys.readouterr().out
    assert "changed    customer: 'Ada' -> 'ADA' (case)" in printed
    folder = transformed.landing / "orders"
    assert (
        f"fate       row 1 of file 1 is duplicate (exact: equal_rows); it lost to row 1 of file 2 ({folder}/y.csv)"
        in printed
    )
    assert f"value      a,b: went to row 1 of file 3 ({folder}/z.csv)" in printed
    assert "ended in   marts.guesses: order_id '1', probability '0.25'" in printed
    show_trace("xa.csv", 1, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["fates"][2]["fate"] == "kept"
    assert found["files"] == {str(number): f"{folder}/{name}.csv" for number, name in enumerate(("xa", "y", "z"), 1)}


def test_in_the_example_every_duplicate_ends_in_the_row_and_the_prediction_of_its_winner(finished: Finished) -> None:
    settings = Settings(warehouse=Path(finished.place.landing.parent))
    loser = finished.place.ask(
        "select file_id, row_number from records.row_ledger "
        "where fate = 'duplicate' and source = 'crm.accounts' limit 1"
    )
    found = traced(settings, str(loser[0][0]), int(str(loser[0][1])))
    assert found.raw is not None
    assert found.fates[-1].fate == "kept"
    for name in ("marts.customers", "marts.churn_predictions"):
        assert found.ended_in[name][0]["account_id"] == found.raw["account_id"]
