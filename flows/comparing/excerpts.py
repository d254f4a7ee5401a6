"""Texts of the data as people are shown them: of a bounded width, and without what draws on a terminal."""

from itertools import takewhile


def excerpts(left: str | None, right: str | None, width: int) -> tuple[str | None, str | None]:
    """Return two texts cut to a width, long ones from shortly before the place where they begin to differ."""
    both = left or "", right or ""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*both, strict=False)))
    is_beyond = left != right and common > width // 2 and max(map(len, both)) > width
    start = common - width // 4 if is_beyond else 0
    return _cut(left, start, width), _cut(right, start, width)


def _cut(text: str | None, start: int, width: int) -> str | None:
    if text is None:
        return None
    shown = f"…{text[start:]}" if start else text
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"


def printable(text: str) -> str:
    """Return a text whose line ends and control characters do not draw on the terminal."""
    return text if text.isprintable() else repr(text)[1:-1]
