"""`tidemill compare --html`: a page that needs nothing else, and marks what differs."""

from html.parser import HTMLParser
from pathlib import Path

from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes
from tests.test_compare_command import put


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
