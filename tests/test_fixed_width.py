"""Texts of fixed widths: every value as it stood, every record that does not fit named."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.declaration import Source
from flows.ingest.parts import Counts, Reading
from flows.settings import Settings
from tests.ingesting import ORDERS, TWO_ROWS, ask, put, rows, run_ingest
from tests.reading import cells
from tests.test_containers import mangled
from tests.test_sqlite import read

FIXED = replace(ORDERS, file_format="fixed_width")
DECLARED = replace(FIXED, options={"widths": "10,9,8"})
TEXT = "order_id  customer note    \n1         Ada      first   \n2         Bob      second  \n"


def fixed(folder: Path, content: str | bytes, source: Source = FIXED) -> Reading | str:
    path = Path(tempfile.mkdtemp(dir=folder)) / "a.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, source, "fixed_width")[None]


def faults(reading: Reading | str) -> list[tuple[int, int | None, int | None, str]]:
    assert isinstance(reading, Reading), reading
    cells(reading)
    return [(bad.row_number, bad.line, bad.byte_offset, bad.error_code) for bad in reading.bad_records]


TRIMMED = "".join(f"{line.rstrip()}\n" for line in TEXT.splitlines())
LAYOUTS = {
    "padded": TEXT,
    "trimmed": TRIMMED,
    "title": "Orders of January\n\n" + TEXT,
    "rule": TEXT.replace("\n", "\n--------- -------- --------\n", 1),
    "windows": TEXT.replace("\n", "\r\n"),
    "old_mac": TEXT.replace("\n", "\r"),
    "utf_16": TEXT.encode("utf-16"),
    "marked": "\ufeff" + TEXT,
    "no_end": TEXT.rstrip("\n"),
    "right_aligned": "  order_id  customer    note\n         1       Ada   first\n         2       Bob  second\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_columns_of_fixed_width_are_found_where_every_line_has_a_blank(settings: Settings, name: str) -> None:
    content = LAYOUTS[name]
    put(settings, "a.txt", content)
    assert run_ingest(settings, FIXED).problems == ()
    assert rows(settings) == TWO_ROWS
    header, preamble = 2 if name == "rule" else 1, 2 if name == "title" else 0
    assert ask(settings, "select header_records, preamble_records from records.file_loads") == [(header, preamble)]


def test_without_declared_columns_the_header_is_the_first_line_with_text_but_a_word(tmp_path: Path) -> None:
    undeclared = replace(FIXED, columns=())
    reading = fixed(tmp_path, "\n" + TEXT, undeclared)
    assert isinstance(reading, Reading)
    assert (cells(reading), reading.counts) == (TWO_ROWS, Counts(4, header=1, preamble=1))
    refusal = fixed(tmp_path, "Orders\nJanuary\n" + TEXT, undeclared)
    assert "its first lines with text show no columns" in str(refusal)


def test_declared_widths_cut_without_blanks_and_name_what_has_no_header(tmp_path: Path) -> None:
    widths = replace(FIXED, options={"widths": "2,3,6"})
    assert cells(fixed(tmp_path, "1 Adafirst \n2 Bobsecond\n", widths)) == TWO_ROWS
    assert cells(fixed(tmp_path, "1 Adafirst\n2 Bobsecond\n", widths)) == TWO_ROWS
    assert "has 2 columns where 3 are declared" in str(
        fixed(tmp_path, "1 Ada\n", replace(FIXED, options={"widths": "2,3"}))
    )


def test_values_lose_their_padding_unless_it_is_to_be_kept(tmp_path: Path) -> None:
    text = TEXT + "007         C y   \tx       \n"
    assert cells(fixed(tmp_path, text, DECLARED))[-1] == ("007", "C y   \t", "x")
    kept = replace(FIXED, options={"widths": "10,9,8", "keep_padding": "true"})
    assert cells(fixed(tmp_path, text, kept))[0] == ("1         ", "Ada      ", "first   ")


def test_a_record_of_another_length_is_a_bad_record(tmp_path: Path) -> None:
    text = TEXT + "3         Cy\n\n4         Di       fourth  too long\n5         Ed       fifth   \n"
    for source in (FIXED, DECLARED):
        reading = fixed(tmp_path, text + "6         Fi       x       \n7         Gu       y       \n", source)
        assert faults(reading) == [(3, 4, 84, "missing-cell"), (4, 6, 98, "extra-cell")]
        assert isinstance(reading, Reading)
        assert reading.counts == Counts(9, header=1, blank=1, quarantined=2)


def test_where_padding_is_trimmed_the_last_values_may_be_missing(tmp_path: Path) -> None:
    reading = fixed(tmp_path, TRIMMED + "3         Cy\n4\n")
    assert cells(reading) == [*TWO_ROWS, ("3", "Cy", ""), ("4", "", "")]


def test_a_text_across_a_found_boundary_is_not_cut_in_two(tmp_path: Path) -> None:
    lines = [f"{number:<10}Ada      first   \n" for number in range(2500)]
    reading = fixed(tmp_path, TEXT + "".join(lines) + "12345678901234     first   \n")
    assert faults(reading)[0][::3] == (2503, "row-error")


def test_bytes_that_are_no_text_are_a_bad_record(tmp_path: Path) -> None:
    reading = fixed(tmp_path, (TEXT + "3         Zoë      x       \n").encode() + b"4         D\xff       y       \n")
    assert faults(reading) == [(4, 5, 113, "encoding-error")]


def test_a_text_of_another_source_is_refused(tmp_path: Path) -> None:
    assert "fewer than half the columns" in str(fixed(tmp_path, "city   mayor\nUlm    Ada\n"))
    assert "more than 1,048,576 bytes" in str(fixed(tmp_path, TEXT + "x" * 2**21))


WORD = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=8)


@hypothesis_settings(max_examples=60, deadline=None, derandomize=True)
@given(table=st.lists(st.tuples(WORD, WORD, WORD).filter(any), max_size=8), is_declared=st.booleans())
def test_what_was_written_in_fixed_widths_is_what_lands(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, str]], is_declared: bool
) -> None:
    text = "".join("".join(f"{cell:<9}" for cell in row) + "\n" for row in [("order_id", "customer", "note"), *table])
    source = replace(FIXED, options={"widths": "9,9,9"}) if is_declared else FIXED
    reading = fixed(
        tmp_path_factory.mktemp("fixed"), text, replace(source, options={**source.options, "encoding": "utf-8"})
    )
    assert faults(reading) == []
    assert cells(reading) == table


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@given(
    content=mangled([TEXT.encode(), TEXT.encode("utf-16"), TRIMMED.encode(), f"{TEXT}\n3         Cy\n".encode()]),
    source=st.sampled_from([FIXED, DECLARED]),
)
def test_whatever_happens_to_a_text_ends_in_accounted_rows_or_refusals(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, source: Source
) -> None:
    try:
        reading = fixed(tmp_path_factory.mktemp("mangled"), content, source)
    except UnicodeError:
        return  # read_part makes it the file's own error
    if isinstance(reading, Reading):
        cells(reading)
