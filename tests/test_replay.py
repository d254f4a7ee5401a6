"""`tidemill replay`: rejected records land once what was wrong is mended, each once, with the number it had."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import records, warehouse
from flows.declaration import Declaration, Source
from flows.declaration.declared import SourceColumn
from flows.errors import DeclarationError
from flows.ingest.replay import ReplaySummary, one_file, replay
from flows.settings import Settings
from tests.ingesting import GOOD, ORDERS, ask, put, run_ingest

# Two of the five lines are no UTF-8, so that the file is taken for UTF-8 with two bad records.
MIXED = b"order_id,customer,note\n1,\xc3\xa9,a\n2,\xe9,b\n3,\xc3\xa8,c\n4,\xe8,d\n5,\xc3\xaa,e\n"
MENDED = replace(ORDERS, options={"encoding": "cp1252"})
ROWS = "select _row_number, order_id, customer, note from raw.shop__orders order by _file_id, _row_number"
REPLAYS = "select replay_status, row_number, replay_run_id from records.rejected_records order by file_id, row_number"
LOADS = "select action, records_read, loaded_records, quarantined_records from records.file_loads order by load_id"
ACCOUNTED = """
    select file_id from (
        select file_id, sum(loaded_records) as loaded from records.file_loads
        where action in ('loaded', 'replayed') group by file_id
    ) as loads
    full join (
        select _file_id as file_id, count(*) as n, count(distinct _row_number) as numbers
        from raw.shop__orders group by 1
    ) as there using (file_id)
    where loaded is distinct from n or n <> numbers
"""


def run_replay(
    settings: Settings, source: Source = ORDERS, file: str | None = None, code: str | None = None
) -> ReplaySummary:
    run = records.Run("run-2", "replay", "test", records.now())
    return replay(settings, Declaration("shop", (source,), ()), run, file, code)


def test_a_mended_encoding_lets_records_in_with_their_own_numbers_and_a_link(settings: Settings) -> None:
    put(settings, "a.csv", MIXED)
    run_ingest(settings)
    assert [row[0] for row in ask(settings, ROWS)] == [1, 3, 5]
    assert run_replay(settings, MENDED) == ReplaySummary(2, 2, 0, ())
    assert [row[:3] for row in ask(settings, ROWS)] == [
        (1, "1", "é"),
        (2, "2", "é"),
        (3, "3", "è"),
        (4, "4", "è"),
        (5, "5", "ê"),
    ]
    assert ask(settings, REPLAYS) == [("replayed", 2, "run-2"), ("replayed", 4, "run-2")]
    assert ask(settings, LOADS)[-1] == ("replayed", 2, 2, 0)
    linked = "select distinct action from records.rejected_records join records.file_loads on replay_load_id = load_id"
    assert ask(settings, linked) == [("replayed",)]
    assert ask(settings, ACCOUNTED) == []


def test_replaying_again_and_ingesting_again_changes_nothing(settings: Settings) -> None:
    put(settings, "a.csv", MIXED + b"6,too,many,cells\n")
    run_ingest(settings)
    run_replay(settings, MENDED)
    before = [ask(settings, query) for query in (ROWS, REPLAYS, LOADS)]
    assert run_replay(settings, MENDED) == ReplaySummary(1, 0, 0, ())
    run_ingest(settings, MENDED)
    assert [ask(settings, query) for query in (ROWS, REPLAYS, LOADS)] == before


def test_what_is_still_bad_stays_rejected_with_its_new_reason(settings: Settings) -> None:
    put(settings, "a.csv", MIXED + b"6,\xe9,many,cells\n7,x\n")
    run_ingest(settings, replace(ORDERS, max_rejected=0.9))
    assert run_replay(settings, MENDED) == ReplaySummary(4, 2, 0, ())
    reasons = "select row_number, error_code, replay_status from records.rejected_records order by row_number"
    assert ask(settings, reasons) == [
        (2, "encoding-error", "replayed"),
        (4, "encoding-error", "replayed"),
        (6, "extra-cell", "rejected_again"),
        (7, "missing-cell", None),
    ]
    assert ask(settings, ACCOUNTED) == []


def test_an_open_quote_does_not_reach_into_the_next_record(settings: Settings) -> None:
    put(settings, "a.csv", GOOD + '3,"Eve,x\n4,"Zoe,y\n5,"Al"y,z\n' + GOOD.partition("\n")[2] * 3)
    run_ingest(settings, replace(ORDERS, options={"quote": '"'}))
    rejected = ask(settings, "select raw_text from records.rejected_records order by row_number")
    mended = replace(ORDERS, options={"quote": "'"})
    run_replay(settings, mended)
    raw = "select concat_ws(',', order_id, customer, note) from raw.shop__orders where order_id in ('3', '4', '5')"
    assert ask(settings, f"{raw} order by _row_number") == rejected == [('3,"Eve,x',), ('4,"Zoe,y',), ('5,"Al"y,z',)]
    assert ask(settings, ACCOUNTED) == []


def test_a_new_alias_names_the_replayed_cells(settings: Settings) -> None:
    put(settings, "a.csv", MIXED.replace(b"customer", b"Kunde"))
    run_ingest(settings)
    columns = tuple(replace(each, aliases=("Kunde",)) if each.name == "customer" else each for each in ORDERS.columns)
    run_replay(settings, replace(MENDED, columns=columns))
    assert ask(settings, 'select _row_number, customer from raw.shop__orders where "Kunde" is null order by 1') == [
        (2, "é"),
        (4, "è"),
    ]


def test_only_the_named_file_or_reason_is_replayed(settings: Settings) -> None:
    put(settings, "a.csv", MIXED)
    put(settings, "b.csv", MIXED + b"6,x,y,z\n")
    run_ingest(settings)
    assert run_replay(settings, MENDED, code="extra-cell") == ReplaySummary(1, 0, 0, ())
    assert run_replay(settings, MENDED, file="b.csv") == ReplaySummary(3, 2, 0, ())
    assert run_replay(settings, MENDED, file="1", code="encoding-error") == ReplaySummary(2, 2, 0, ())
    with pytest.raises(DeclarationError, match="no file is known as 'c"):
        run_replay(settings, file="c.csv")
    with pytest.raises(
        DeclarationError,
        match=r"rejected for 'extra-cel' \(has: encoding-error, extra-cell\); did you mean 'extra-cell'?",
    ):
        run_replay(settings, code="extra-cel")


def test_json_lines_are_replayed_too(settings: Settings) -> None:
    put(settings, "a.jsonl", '{"order_id": 1, "customer": "A", "note": "x"}\n{"order_id": 2\n')
    run_ingest(settings)
    with warehouse.write(settings) as connection:  # as if a later version could read it
        connection.execute('update records.rejected_records set raw_bytes = \'{"order_id": 2, "note": null}\'::blob')
    assert run_replay(settings) == ReplaySummary(1, 1, 0, ())
    assert ask(settings, ROWS) == [(1, "1", "A", "x"), (2, "2", None, None)]


def test_a_file_refused_for_too_many_bad_records_is_loaded_whole_once_more_are_allowed(settings: Settings) -> None:
    strict = replace(ORDERS, max_rejected=0.1)
    put(settings, "a.csv", GOOD + "3,x\n")
    assert len(run_ingest(settings, strict).problems) == 1
    assert run_replay(settings, strict) == ReplaySummary(0, 0, 0, ())
    assert run_replay(settings, ORDERS, file="a.csv") == ReplaySummary(1, 0, 1, ())
    assert [row[0] for row in ask(settings, ROWS)] == [1, 2]
    assert [row[:2] for row in ask(settings, REPLAYS)] == [("file_replayed", 3), (None, 3)]
    assert ask(settings, ACCOUNTED) == []
    before = [ask(settings, query) for query in (ROWS, REPLAYS, LOADS)]
    run_ingest(settings)
    run_replay(settings)
    assert [ask(settings, query) for query in (ROWS, REPLAYS, LOADS)] == before


def test_what_came_with_a_refused_file_is_said_by_the_ingest_that_loads_it_whole(settings: Settings) -> None:
    """Said by a later replay, of a load that the records' tables have followed already, it would not reach them."""
    put(settings, "a.csv", GOOD + "3,x\n")
    run_ingest(settings, replace(ORDERS, max_rejected=0.1))
    assert run_ingest(settings).problems == ()
    said = ask(settings, REPLAYS)
    assert [row[:2] for row in said] == [("file_replayed", 3), (None, 3)]
    run_replay(settings)
    assert ask(settings, REPLAYS) == said


def test_records_of_a_version_that_was_replaced_stay_out(settings: Settings) -> None:
    put(settings, "a.csv", MIXED)
    run_ingest(settings)
    put(settings, "a.csv", GOOD)
    run_ingest(settings)
    assert run_replay(settings, MENDED) == ReplaySummary(0, 0, 0, ())


def test_a_replay_that_is_interrupted_leaves_nothing_half_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, "a.csv", MIXED)
    run_ingest(settings)
    before = [ask(settings, query) for query in (ROWS, REPLAYS, LOADS)]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(one_file, "_record", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_replay(settings, MENDED)
    assert [ask(settings, query) for query in (ROWS, REPLAYS, LOADS)] == before
    assert run_replay(settings, MENDED).records_landed == 2


def test_a_value_that_does_not_fit_its_typed_column_is_named_and_the_rest_goes_on(settings: Settings) -> None:
    columns = (SourceColumn("order_id", "BIGINT", ()), *ORDERS.columns[1:])
    typed = replace(MENDED, columns=columns)
    put(settings, "a.csv", MIXED.replace(b"\n2,", b"\nx,"))
    put(settings, "b.csv", MIXED.replace(b"1,", b"9,"))
    run_ingest(settings, replace(typed, options={}))
    summary = run_replay(settings, typed)
    assert (summary.records_landed, len(summary.problems)) == (2, 1)
    assert str(Path("orders/a.csv")) in summary.problems[0]
    assert ask(settings, ACCOUNTED) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32-le"])
def test_a_record_in_wide_units_is_replayed_with_its_text(settings: Settings, encoding: str) -> None:
    put(settings, "a.csv", ("\ufeff" * (encoding != "utf-16") + GOOD + "3,\xe9 'x, y',z\n").encode(encoding))
    run_ingest(settings, replace(ORDERS, options={"quote": '"'}))
    assert run_replay(settings, replace(ORDERS, options={"quote": "'"})) == ReplaySummary(1, 0, 0, ())
    with warehouse.write(settings) as connection:
        name = encoding if encoding != "utf-16" else "utf-16-le"
        content = "3,\xe9,z".encode(name)
        connection.execute("update records.rejected_records set raw_bytes = ?", [content])
    assert run_replay(settings).records_landed == 1
    assert [row[:3] for row in ask(settings, ROWS)][-1] == (3, "3", "\xe9")


def mend(settings: Settings, content: str) -> None:
    """As if a later version could read what it could not."""
    with warehouse.write(settings) as connection:
        connection.execute("update records.rejected_records set raw_bytes = ?", [content.encode()])


def test_an_element_of_a_json_document_is_replayed(settings: Settings) -> None:
    put(settings, "a.json", '[{"order_id": 1, "customer": "A", "note": "x"},\n {"order_id": 2, "order_id": 3}]')
    run_ingest(settings)
    assert run_replay(settings) == ReplaySummary(1, 0, 0, ())
    mend(settings, '{"order_id": 2,\n "note": null}')
    assert run_replay(settings) == ReplaySummary(1, 1, 0, ())
    assert ask(settings, ROWS) == [(1, "1", "A", "x"), (2, "2", None, None)]


def test_an_xml_element_is_replayed(settings: Settings) -> None:
    order = "<o><order_id>{}</order_id><customer>A</customer></o>"
    put(settings, "a.xml", f"<all>{order.format(1)}<o note='x'><note>y</note></o>{order.format(3)}</all>")
    run_ingest(settings)
    assert run_replay(settings) == ReplaySummary(1, 0, 0, ())
    mend(settings, order.format(2))
    assert run_replay(settings) == ReplaySummary(1, 1, 0, ())
    assert [row[:2] for row in ask(settings, ROWS)] == [(1, "1"), (2, "2"), (3, "3")]


def test_a_record_of_fixed_width_is_replayed_once_the_widths_are_mended(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    narrow = replace(ORDERS, file_format="fixed_width", options={"widths": "2,4,5"})
    put(settings, "a.txt", "1 Ada first\n2 Bob second\n3 Cy  last \n")
    run_ingest(settings, narrow)
    assert run_replay(settings, replace(narrow, options={})) == ReplaySummary(0, 0, 0, ())
    assert "declare external.options.widths for its 3 columns" in caplog.text
    assert run_replay(settings, replace(narrow, options={"widths": "2,4,6"})) == ReplaySummary(1, 1, 0, ())
    assert ask(settings, ROWS)[1] == (2, "2", "Bob", "second")


def test_a_record_of_fixed_width_that_lacks_cells_stays_rejected(settings: Settings) -> None:
    source = replace(ORDERS, file_format="fixed_width", options={"widths": "2,4,5"})
    put(settings, "a.txt", "1 Ada first\n2 Bob\n3 Cy  last \n")
    run_ingest(settings, source)
    assert run_replay(settings, source) == ReplaySummary(1, 0, 0, ())
    assert ask(settings, REPLAYS) == [(None, 2, None)]
