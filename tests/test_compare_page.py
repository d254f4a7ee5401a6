"""`tidemill compare --html`: a page that needs nothing else, and marks what differs."""

from html.parser import HTMLParser
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flows.commands.compare import Outputs, compare_files
from flows.comparing.excerpts import excerpts
from flows.comparing.wishes import read_wishes
from tests.test_compare_command import made, put


class Page(HTMLParser):
    """The tags of a page, the addresses it would load, and the text of each marked cell."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.marked: dict[str, list[str]] = {}
        self._kind: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "td":
            self._kind = dict(attrs).get("class")
            self.marked.setdefault(self._kind or "", []).append("")

    def handle_data(self, data: str) -> None:
        if self._kind:
            self.marked[self._kind][-1] += data.rstrip("\n")


def test_the_page_marks_each_cell_that_differs_and_escapes_everything(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    left = put(tmp_path, f"l{evil.replace('/', '')}.csv", f"id,{evil},b\n{evil},x,1\n2,{evil},1\n3,,1\n")
    right = put(tmp_path, "r.csv", f"id,{evil},b\n{evil},y,1\n2,'\"&,2\n3,z,1\n")
    compare_files(left, right, read_wishes("id", None, ["b=1"], []), Outputs(html=tmp_path / "page.html"))
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags and page.loads == []
    assert page.marked["different"] == [f"{evil} '\"&", "x y"]
    assert page.marked["within_tolerance"] == ["1 2"]
    assert page.marked["null_left"] == ["NULL z"]


def test_the_page_stays_small_however_long_the_values_and_shows_where_they_differ(tmp_path: Path) -> None:
    long = "x" * 100_000
    left = put(tmp_path, "l.csv", "id,a\n" + "".join(f"{i}{long},{long}left{long}\n" for i in range(20)))
    right = put(tmp_path, "r.csv", "id,a\n" + "".join(f"{i}{long},{long}right{long}\n" for i in range(20)))
    compare_files(left, right, read_wishes("id", None, [], []), Outputs(html=tmp_path / "page.html"))
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert len(text) < 50_000
    marked = Page(text).marked["different"]
    assert len(marked) == 20 and all("xxleftxx" in each and "xxrightxx" in each for each in marked)


def test_a_page_of_very_many_columns_shows_fewer_rows_and_says_so(tmp_path: Path) -> None:
    columns = ", ".join(f"i as c{number}" for number in range(120))
    left = made(tmp_path, "l.parquet", f"select {columns} from range(900) as t(i)")
    right = made(tmp_path, "r.parquet", f"select {columns} from range(900, 1800) as t(i)")
    compare_files(left, right, read_wishes(None, None, [], []), Outputs(html=tmp_path / "page.html"))
    assert "834 of 1,800 rows not plainly equal" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_page_counts_the_records_that_cannot_be_read(tmp_path: Path) -> None:
    left = put(tmp_path, "l.csv", "id,x\n1,a\n2,b,c\n")
    right = put(tmp_path, "r.csv", "id,x\n1,a\n")
    compare_files(left, right, read_wishes("id", None, [], []), Outputs(html=tmp_path / "page.html"))
    assert "1 row, 1 more cannot be read" in (tmp_path / "page.html").read_text(encoding="utf-8")


@given(st.text("ab\n", max_size=60), st.text("ab\n", max_size=60), st.integers(8, 40))
def test_excerpts_of_texts_that_differ_differ_and_are_no_wider_than_asked(left: str, right: str, width: int) -> None:
    shown = excerpts(left, right, width)
    assert all(each is not None and len(each) <= width for each in shown)
    assert (shown[0] == shown[1]) == (left == right)
