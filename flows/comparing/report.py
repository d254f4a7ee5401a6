"""What a comparison found, as one HTML page that needs nothing else: every cell that differs is marked."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
from jinja2 import Environment

from flows.amounts import amount
from flows.comparing.excerpts import excerpts
from flows.comparing.found import Found, facts
from flows.comparing.measure import COMPARED, NOT_PLAINLY_EQUAL
from flows.comparing.table import HEADER, column_cells, rejected
from flows.errors import DeclarationError
from flows.sql import count_rows, quoted

# A page of more rows is no longer read by a person; `--rows` writes all of them.
SHOWN_ROWS = 1000
# Nor does a browser show a page of any size: very wide tables get fewer rows, and very long values are cut.
SHOWN_CELLS = 100_000
WIDEST_CELL = 300
PAGE = Path(__file__).with_name("page.html.jinja")


@dataclass(frozen=True)
class Cell:
    """One value of a row, or two that differ; `kind` is how, and empty where they are plainly equal."""

    left: str | None
    right: str | None
    kind: str


@dataclass(frozen=True)
class ShownRow:
    """A row of the page: its key, on which side it is, and its cells."""

    key: tuple[str | None, ...]
    merge: str
    cells: tuple[Cell, ...]


def write_report(connection: duckdb.DuckDBPyConnection, found: Found, target: Path) -> None:
    """Write the page.

    Raises
    ------
    DeclarationError
        When the file cannot be written.
    """
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(PAGE.read_text("utf-8"))
    text = page.render(
        found=found,
        amount=amount,
        rejected=rejected,
        header=HEADER,
        columns=[column_cells(each) for each in found.columns],
        facts=list(facts(found)),
        keys=[each.name for each in found.keys or found.aligned],
        compared=[each.column.name for each in found.columns] if found.keys else [],
        rows=shown_rows(connection, found),
        total=count_rows(connection, f"{COMPARED} where {NOT_PLAINLY_EQUAL}"),
    )
    try:
        target.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise DeclarationError(f"compare: --html {target}: {error.strerror}") from error


def shown_rows(connection: duckdb.DuckDBPyConnection, found: Found) -> list[ShownRow]:
    """Return the first rows that are not plainly equal, with their values as text."""
    keys = [quoted(each.name) for each in found.keys or found.aligned]
    names = [each.column.name for each in found.columns] if found.keys else []
    texts = [f"cast({each} as varchar)" for each in keys]
    texts += [f"cast({quoted(f'{name}__{side}')} as varchar)" for name in names for side in ("left", "right")]
    limit = min(SHOWN_ROWS, SHOWN_CELLS // len(texts) + 1)
    rows = connection.execute(
        f"select _merge, _differences, {', '.join(texts)} from {COMPARED} where {NOT_PLAINLY_EQUAL} "
        f"order by {', '.join(keys)}, _pair, _merge limit {limit}"
    ).fetchall()
    return [_shown(len(keys), names, *row) for row in rows]


def _shown(keys: int, names: list[str], merge: str, differences: list[dict[str, str]], *values: str | None) -> ShownRow:
    kinds = {each["column_name"]: each["kind"] for each in differences}
    pairs = zip(values[keys::2], values[keys + 1 :: 2], strict=True)
    cells = (Cell(*excerpts(*pair, WIDEST_CELL), kinds.get(name, "")) for name, pair in zip(names, pairs, strict=True))
    return ShownRow(tuple(excerpts(each, None, WIDEST_CELL)[0] for each in values[:keys]), merge, tuple(cells))
