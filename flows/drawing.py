"""Pictures as inline SVG and the pages they stand in: self-contained, and the same for the same numbers."""

import io
from html import escape
from typing import Any

from matplotlib.figure import Figure

# No date, and ids that are no random ones. Text stays text.
STYLE: dict[Any, Any] = {"svg.hashsalt": "tidemill", "svg.fonttype": "none", "font.size": 9}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}svg{{max-width:100%;height:auto}}
td,th{{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def page(title: str, body: str) -> bytes:
    """Return a page; the title is text, the body is HTML."""
    return PAGE.format(title=escape(title), body=body).encode()


def svg(figure: Figure) -> str:
    """Return a figure as an SVG element; draw it within `rc_context(STYLE)`."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]


def plain(text: object) -> str:
    """Return a text as matplotlib shows it: what stands between dollar signs it would read as a formula."""
    return str(text).replace("$", r"\$")
