"""CSV dialects: how a file is written is found out, what is declared holds, and the record says who decided."""

from dataclasses import replace

import pytest

from flows.ingest.parts import Refusal
from tests.reading import ORDERS, declared, read

ROWS = [("1", "Ada", "first"), ("2", "Bob", "second")]
NAMES = ("order_id", "customer", "note")
UNDECLARED = replace(ORDERS, columns=())


def lines(*rows: tuple[str, ...], delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "||", "::", ":", " ", "\x01", "^", "~", "¦"])
def test_the_declared_columns_show_the_delimiter(delimiter: str) -> None:
    found = read(lines(NAMES, *ROWS, delimiter=delimiter))
    assert found.rows == ROWS
    assert (found.reading.dialect["delimiter"], found.reading.detected_by) == (delimiter, "declared columns")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_two_detectors_show_the_delimiter_where_no_columns_are_declared(delimiter: str) -> None:
    rows = [(str(number), f"Name {number}", f"a note, the {number}th") for number in range(20)]
    quoted = [(row[0], row[1], f'"{row[2]}"') for row in rows]
    # A name of its own, because what was detected for a source's header is remembered.
    found = read(lines(NAMES, *quoted, delimiter=delimiter), replace(UNDECLARED, name="shop.undeclared"))
    assert (found.names, found.rows) == (list(NAMES), rows)
    assert "duckdb" in found.reading.detected_by or "clevercsv" in found.reading.detected_by


def test_between_two_answers_more_consistent_records_win() -> None:
    rows = [(f"{number},5", f"{number}:30,0", "a, b and c" if number % 2 else "x") for number in range(30)]
    found = read(lines(("price", "time", "note"), *rows, delimiter=";"), UNDECLARED)
    assert found.rows == rows


def test_a_file_of_one_column_is_not_taken_apart() -> None:
    texts = [("hello, world",), ("one; two; three",), ("plain",)]
    assert read(lines(("note",), *texts), UNDECLARED).rows == texts
    assert read(lines(("note",), *texts), declared("note")).rows == texts


def test_a_table_among_as_many_other_lines_is_found() -> None:
    found = read(b'Report\n\nid;name;amount\n1;"a; b";5\n2;x\nTotal;;\nTotal: 5\n', UNDECLARED)
    assert (found.names, found.rows) == (["id", "name", "amount"], [("1", "a; b", "5"), ("Total", "", "")])
    assert (found.bad, found.reading.counts.footer) == ([("missing-cell", b"2;x")], 1)


def test_single_quotes_and_no_quotes_are_recognised() -> None:
    assert read(b"'order_id','customer','note'\n'1','Ada, it''s','x'\n'2','Bob','y'\n").rows == [
        ("1", "Ada, it's", "x"),
        ("2", "Bob", "y"),
    ]
    assert read(b'order_id\tcustomer\tnote\n1\t"Ada\tx\n2\tBob\t"y\n').rows == [("1", '"Ada', "x"), ("2", "Bob", '"y')]
    assert read(b"order_id,customer,note\n1,O'Brien,'tis\n2,'Bob',y\n").rows[0] == ("1", "O'Brien", "'tis")


def test_escapes_are_undone_before_what_is_special_and_kept_elsewhere() -> None:
    content = b'order_id,customer,note\n1,"say \\"hi\\", you",x\n2,C:\\dir,\\N\n3,"a\\\\b","C:\\x"\n'
    assert read(content).rows == [("1", 'say "hi", you', "x"), ("2", "C:\\dir", "\\N"), ("3", "a\\b", "C:\\x")]
    assert read(b"order_id,customer,note\n1,a\\,b,x\n2,c\\,d,y\n").rows == [("1", "a,b", "x"), ("2", "c,d", "y")]
    assert read(b'order_id,customer,note\n1,"C:\\",x\n2,Bob,y\n').rows == [("1", "C:\\", "x"), ("2", "Bob", "y")]


def test_overlapping_delimiters_are_taken_from_the_left() -> None:
    assert read(b'order_id||customer||note\n1|||a||x\n2||"b||c"||y|\n').rows == [("1", "|a", "x"), ("2", "b||c", "y|")]


def test_titles_comments_and_footers_are_counted_and_not_loaded() -> None:
    content = b'Orders "of January\n\n# by hand\n' + lines(NAMES, *ROWS) + b"# checked\nTotal;2\n\n"
    found = read(content)
    assert found.rows == ROWS
    counts = found.reading.counts
    assert (counts.preamble, counts.comment, counts.blank, counts.footer, counts.records_read) == (1, 2, 2, 1, 9)


@pytest.mark.parametrize("trailer", ["TRAILER,2", "Total: 2", '"EOF"', "Records,2,0,0", "end"])
def test_a_trailer_of_another_width_at_the_very_end_is_a_footer(trailer: str) -> None:
    found = read(lines(NAMES, *ROWS) + trailer.encode() + b"\n")
    assert (found.rows, found.reading.counts.footer, found.bad) == (ROWS, 1, [])


@pytest.mark.parametrize("last", ["3,Cy", "Totally else", "3"])
def test_another_last_line_of_another_width_is_a_bad_record(last: str) -> None:
    assert read(lines(NAMES, *ROWS) + last.encode()).bad == [("missing-cell", last.encode())]


def test_declared_options_win_over_what_would_be_detected() -> None:
    content = b"x,y,z\n* a comment\n1;Ada;first\n2;Bob;second\n9;Sum;of all\n"
    source = declared(*NAMES, delimiter=";", comment="*", header_row="0", footer="1")
    found = read(content.removeprefix(b"x,y,z\n"), source)
    assert (found.rows, found.names, found.reading.detected_by) == (ROWS, list(NAMES), "declaration")
    counts = read(
        content.replace(b"9;", b"END;"), replace(source, options=source.options | {"footer": "END"})
    ).reading.counts
    assert (counts.preamble, counts.comment, counts.footer, counts.loaded) == (1, 1, 1, 2)


def test_a_file_without_header_is_named_by_place() -> None:
    content = lines(*((str(number), name, "x") for number, name in enumerate(["Ada", "Bob", "Cy"])))
    assert read(content).names == list(NAMES)
    assert read(content).reading.counts.header == 0
    assert read(content, UNDECLARED).names == ["column_1", "column_2", "column_3"]
    assert read(content, declared("a", "b", header_row="0")).names == ["column_1", "column_2", "column_3"]
    with pytest.raises(Refusal, match="fewer than half"):
        read(content, declared("a", "b"))


def test_a_header_of_two_rows_is_joined_where_declared() -> None:
    content = b"order_id,customer,Amount,Amount\n,,EUR,USD\n1,Ada,5,6\n"
    found = read(content, declared("order_id", "customer", header_rows="2"))
    assert (found.names, found.reading.counts.header) == (["order_id", "customer", "Amount EUR", "Amount USD"], 2)
    assert found.rows == [("1", "Ada", "5", "6")]


@pytest.mark.parametrize("content", [b"order_id,customer,note\n1,2,3\n", b"order_id,customer,note\n1,2,3"])
def test_a_file_that_ends_within_its_declared_header_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal, match="ends before the 3 rows"):
        read(content, replace(ORDERS, options={"header_rows": "3"}))


def test_a_header_cell_may_span_lines() -> None:
    found = read(b'Title "x\n"order_id",customer,"note\n(free)"\n1,Ada,x\n')
    assert (found.names, found.rows) == (["order_id", "customer", "note (free)"], [("1", "Ada", "x")])


def test_a_header_may_be_wider_than_the_sample() -> None:
    names = tuple(f"a column with a long name, number {number}" for number in range(10_000))
    content = lines(tuple(f'"{name}"' for name in names), ("1",) * 10_000)
    assert read(content, UNDECLARED).names == list(names)
    assert read(content, declared(*names)).rows == [("1",) * 10_000]


def test_a_file_that_begins_with_a_broken_record_is_refused() -> None:
    with pytest.raises(Refusal, match="first record is broken"):
        read(b'"order_id,customer,note\n', UNDECLARED)


def test_a_declared_quote_that_is_the_delimiter_found_is_refused() -> None:
    with pytest.raises(Refusal, match=r"the declared quote ',' stands; mend external\.options\.quote"):
        read(b"order_id,customer,note\n1,Ada,x\n2,Bob,y\n", replace(UNDECLARED, options={"quote": ","}))


def test_a_header_row_is_counted_in_lines_of_the_file() -> None:
    content = b"\n\nx,y,z\na,b,c\n1,2,3\n"
    assert read(content, declared("q", header_row="4")).names == ["a", "b", "c"]
    with pytest.raises(Refusal, match="header_row"):
        read(content, declared("q", header_row="9"))


def test_files_of_one_shape_are_detected_once_and_read_by_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.ingest.formats.csv import layout as csv_layout

    first = read(lines(NAMES, *ROWS), declared(*NAMES, "more"))
    monkeypatch.setattr(csv_layout, "_detect", lambda *_: pytest.fail("detected again"))
    second = read(lines(NAMES, *ROWS, ("3", "Cy", "x")), declared(*NAMES, "more"))
    assert second.reading.function == first.reading.function
    assert len(second.rows) == 3


def test_a_file_with_cr_lf_is_not_read_by_the_line_ends_of_an_earlier_one_with_cr() -> None:
    source = declared("cr", "then_cr_lf")
    rows = [("1", "a"), ("2", "b")]
    for end in ("\r", "\r\n", "\r", "\n"):
        found = read(end.join(["cr,then_cr_lf", "1,a", "2,b", ""]).encode(), source)
        assert (found.rows, found.reading.counts.blank) == (rows, 0)
