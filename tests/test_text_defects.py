"""Texts that were read wrongly once: odd headers and first lines, escapes, zero bytes, where bad records stand."""

import pytest

from flows.ingest.parts import Refusal
from tests.reading import declared, read

UNDECLARED = declared()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", ["a,b", 'a,"b"', 'a,"b\nb"'])
def test_an_empty_cell_at_every_records_end_is_no_column_and_costs_no_header(header: str, line_end: str) -> None:
    lines = [header.replace("\n", line_end), "1,2,", "x,,", '3,"4",', '5,"6,",""', ""]
    found = read(line_end.join(lines).encode(), UNDECLARED)
    assert found.names == ["a", "b b" if "\n" in header else "b"]
    assert found.rows == [("1", "2"), ("x", ""), ("3", "4"), ("5", "6,")]
    assert (found.reading.counts.header, found.reading.counts.preamble) == (1, 0)


def test_an_empty_cell_at_the_end_is_found_without_numbers_behind_a_title_and_under_declared_columns() -> None:
    assert read(b"a,b\nx,y,\nz,w,\n", UNDECLARED).rows == [("x", "y"), ("z", "w")]
    titled = read(b"Orders\n\norder_id;customer;note\n1;Ada;x;\n2;Bob;y;\n")
    assert (titled.names, titled.rows) == (["order_id", "customer", "note"], [("1", "Ada", "x"), ("2", "Bob", "y")])
    assert titled.reading.counts.preamble == 1
    of_line_1 = read(b"a|b\n1|2|\n3|4|\n", declared(header_row="1"))
    assert (of_line_1.names, of_line_1.rows) == (["a", "b"], [("1", "2"), ("3", "4")])
    assert read(b"a,b,\n1,2,\n", UNDECLARED).names == ["a", "b", "column_3"]


def test_a_value_behind_the_last_column_is_kept_as_a_bad_record() -> None:
    found = read(b"a,b\n1,2,\n3,4,\n5,6,x\n7,8\n9,0,\n" + b'1,"\xe9",\r\n', declared(encoding="latin-1"))
    assert found.bad == [("extra-cell", b"5,6,x"), ("missing-cell", b"7,8")]
    assert found.rows == [("1", "2"), ("3", "4"), ("9", "0"), ("1", "é")]
    assert read(b"a,b\n1,2,\n3,4,x\n", UNDECLARED).bad == [("extra-cell", b"3,4,x")]
    assert read(b"a,b\n1,2,x\n3,4,y\n", UNDECLARED).names == ["column_1", "column_2", "column_3"]


@pytest.mark.parametrize("last", ['id,name,"a\nb"', '"i\nd",name,a b', "id,name,a b"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_header_of_several_rows_may_have_cells_of_several_lines(last: str, line_end: str) -> None:
    content = line_end.join(["Order,Customer,Note", last, "1,Ada,x", '2,"B\nob",y', ""]).encode()
    found = read(content, declared(header_rows="2"))
    assert found.names[2] == "Note a b"
    assert found.rows == [("1", "Ada", "x"), ("2", "B\nob", "y")]
    assert found.reading.counts.header == 2


def test_an_escape_is_never_taken_for_the_delimiter() -> None:
    assert read(b"a;b\n1;2\n3,;x;4\n", declared(escape=",")).rows == [("1", "2"), ("3;x", "4")]
    with pytest.raises(Refusal, match=r"delimiter seems to be ',', in which the declared escape ',' stands"):
        read(b"a,b\n1,2\n3,4\n", declared(escape=","))
    with pytest.raises(Refusal, match=r"declared escape ',' stands"):
        read(b"order_id,customer,note\n1,Ada,x\n", declared("order_id", "customer", "note", escape=","))


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_line_in_which_excel_names_the_delimiter_is_obeyed_and_no_header(first: str, encoding: str) -> None:
    content = f"{first}\r\na;b\r\n1,5;2,5\r\n3,5;4,5\r\n".encode(encoding)
    for source in (UNDECLARED, declared("a", "b")):
        found = read(content, source)
        assert (found.names, found.rows) == (["a", "b"], [("1,5", "2,5"), ("3,5", "4,5")])
        assert (found.reading.counts.preamble, found.reading.counts.header) == (1, 1)
        assert found.reading.detected_by == "sep= in its first line"
    assert read(b"sep=|\n1,2|3\n4,5|6\n", declared(delimiter=",", header_row="0")).rows == [("1", "2|3"), ("4", "5|6")]
    assert read(b"sep=\tx\nsep=a\n1\n", UNDECLARED).reading.counts.preamble == 0
