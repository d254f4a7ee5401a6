"""Encodings: every text comes back as it was written, and a bad record's place is one in the original file."""

import pytest

from flows.ingest.parts import Refusal
from tests.reading import declared, read

HEADER, ROWS = "order_id,customer,note\n", [("1", "Zoë", "naïve"), ("2", "Jürgen", "“x” 5 €")]
TEXT = HEADER + "".join(",".join(row) + "\n" for row in ROWS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_a_marked_or_plausible_encoding_is_recognised_and_how_sure_it_is(encoding: str) -> None:
    found = read(TEXT.encode(encoding))
    assert (found.rows, found.reading.encoding) == (ROWS, encoding)
    assert found.reading.encoding_confidence == (pytest.approx(0.99, abs=0.02) if encoding == "cp1252" else 1.0)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_characters_are_recognised_without_a_mark(encoding: str) -> None:
    found = read(TEXT.encode(encoding))
    assert (found.rows, found.reading.encoding, found.reading.encoding_confidence) == (ROWS, encoding, 0.9)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "cp1252", "gb18030", "shift_jis"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_bad_records_are_the_original_bytes(encoding: str, line_end: str) -> None:
    names = "山田𠮷" if encoding in ("utf-16", "gb18030") else "山田" if encoding == "shift_jis" else "Zoë"
    lines = [HEADER.strip(), *(f"{number},{names},x" for number in range(60_000)), f"bad {names}", "1,2,3", "worse", ""]
    content = line_end.join(lines).encode(encoding)
    found = read(content, declared("order_id", "customer", "note", encoding=encoding))
    bare = "utf-16-le" if encoding == "utf-16" else "utf-32-le" if encoding == "utf-32" else encoding
    assert found.bad == [
        ("missing-cell", f"bad {names}".encode(bare)),
        ("missing-cell", b"worse".decode().encode(bare)),
    ]
    assert found.rows[59_999][1] == names


def test_an_older_encoding_that_first_shows_late_is_recognised() -> None:
    content = HEADER.encode() + b"1,Ada,x\n" * 100_000 + "2,François,naïve\n3,Müller,é\n".encode("latin-1")
    found = read(content)
    assert found.rows[-2:] == [("2", "François", "naïve"), ("3", "Müller", "é")]
    assert (found.reading.encoding, found.bad) == ("cp1252", [])


def test_few_lines_that_are_no_utf_8_are_bad_records_of_a_utf_8_file() -> None:
    content = HEADER.encode() + b"1,Ada,x\n" * 100_000 + "2,Zoë,x\n".encode() * 3 + b"3,Zo\xeb,x\n"
    found = read(content)
    assert (found.reading.encoding, found.reading.encoding_confidence) == ("utf-8", 0.75)
    assert found.bad == [("encoding-error", b"3,Zo\xeb,x")]


def test_half_a_surrogate_spoils_only_its_record_and_half_a_character_the_file() -> None:
    content = TEXT.encode("utf-16-le") + b"3\0,\0\x00\xd8,\0x\0\n\0" + "4,Di,x\n".encode("utf-16-le")
    found = read(content)
    assert found.bad == [("encoding-error", b"3\0,\0\x00\xd8,\0x\0")]
    assert found.rows == [*ROWS, ("4", "Di", "x")]
    with pytest.raises(Refusal, match="ends within a character"):
        read(content[:-1])


def test_a_declared_encoding_wins() -> None:
    content = "order_id,customer,note\n1,Łódź,x\n".encode("cp1250")
    assert read(content, declared("order_id", "customer", "note", encoding="cp1250")).rows == [("1", "Łódź", "x")]
    with pytest.raises(Refusal, match="does not exist"):
        read(content, declared("order_id", "customer", "note", encoding="utf-9"))


def test_content_that_is_no_text_is_refused() -> None:
    with pytest.raises(Refusal, match="no CSV"):
        read(bytes(range(256)) * 20)
