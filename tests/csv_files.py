"""Strategies that draw CSV files: whole tables in a dialect of their own, and bytes that only look like some."""

import csv
import io

from hypothesis import strategies as st

from flows.declaration import Source
from tests.reading import ORDERS, declared

NAMES = ("order_id", "customer", "note")
CELLS = st.text(
    st.one_of(
        st.sampled_from(" ,;|\t\"'\\\n\r#a0"),
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"),
    ),
    max_size=6,
) | st.sampled_from(["NA", "007", "", " ", "null", "1,5", "\\N", "Total", '"', "''", "#"])
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6)


@st.composite
def written(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, ...]], Source]:
    """Draw a table, the bytes of a file that holds it in a dialect of its own, and the source that declares it."""
    rows = draw(ROWS)
    delimiter, line_end = draw(st.sampled_from([*",;|\t^\x01~:", "||", "::"])), draw(st.sampled_from(["\n", "\r\n"]))
    quote, escape = draw(st.sampled_from("\"'")), draw(st.sampled_from(["", "\\"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]))
    preamble, footer = draw(st.sampled_from(["", "Orders\n\n", "# by hand\n"])), draw(st.sampled_from(["", "END 1\n"]))

    def line(cells: tuple[str, ...]) -> str:
        if escape:
            cells = tuple(cell.replace(escape, escape * 2).replace(quote, escape + quote) for cell in cells)
        else:
            cells = tuple(cell.replace(quote, quote * 2) for cell in cells)
        return delimiter.join(quote + cell + quote for cell in cells) + line_end

    content = preamble.replace("\n", line_end) + "".join(map(line, [NAMES, *rows])) + footer
    options = {"delimiter": delimiter, "quote": quote, "escape": escape, "encoding": encoding}
    return content.encode(encoding), rows, declared(*NAMES, **options, **({"footer": "END"} if footer else {}))


@st.composite
def plain(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, ...]]]:
    """Draw a table as Python's own writer writes it, with nothing declared."""
    rows, text = draw(ROWS), io.StringIO(newline="")
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    writer = csv.writer(text, delimiter=draw(st.sampled_from(",;|\t")), quoting=quoting)
    writer.writerows([NAMES, *rows])
    return text.getvalue().encode(), rows


PIECES = st.sampled_from(
    [
        *(b"1,Ada,x\n", b"1;Ada;x\r\n", b"2||B||y\n", b'"1","A\nB","x"\r\n', b"order_id,customer,note\n", b"a,b\n\n"),
        *(
            b'"',
            b"'",
            b'""',
            b"\\",
            b'\\"',
            b",",
            b";",
            b"||",
            b"\t",
            b"\x01",
            b"#",
            b"# x\n",
            b"TRAILER;1\n",
            b"Total",
        ),
        *(
            b"\n",
            b"\r",
            b"\r\n",
            b"\n\n",
            b"\0",
            b"\xff",
            b"\xe9",
            "é".encode(),
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"a",
            b" ",
        ),
    ]
)
SOURCES = st.sampled_from(
    [
        ORDERS,
        declared(),
        declared("note"),
        declared(header_row="0"),
        declared("order_id", "customer", header_rows="2", comment="#"),
        declared(*NAMES, escape="\\", footer="1"),
        declared(*NAMES, delimiter="||", quote="'"),
        declared(*NAMES, quote="", encoding="cp1252"),
        declared(*NAMES, encoding="utf-16"),
        declared(*NAMES, encoding="shift_jis", header_row="1"),
    ]
)
BEGINNINGS = st.sampled_from(
    [b"", b"order_id,customer,note\n", b"order_id;customer;note\r\n", b"order_id||customer||note\r"]
)


@st.composite
def bytes_like_csv(draw: st.DrawFn) -> bytes:
    """Draw bytes made of what CSV files are made of, or of anything."""
    pieces = b"".join(draw(st.lists(PIECES, max_size=30)))
    content = draw(BEGINNINGS) + draw(st.one_of(st.just(pieces), st.binary(max_size=40)))
    return content.decode("latin-1").encode("utf-16") if draw(st.integers(0, 9)) == 9 else content
