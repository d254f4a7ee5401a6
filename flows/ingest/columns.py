"""Finds the header and gives each column its name in the raw table, by the source's declared columns and aliases."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from flows.declaration import Declaration, Source
from flows.ingest.parts import Column, Refusal

HEADER_SEARCH_ROWS = 20
# A header may lack some declared columns and bring others; below half it is taken for another source's file.
MINIMUM_SHARE = 0.5
RESERVED_PREFIXES = ("_file_id", "_row_number", "_loaded_at", "_superseded_by_file_id", "_tidemill")


def names_of(source: Source) -> dict[str, str]:
    """Return every name a declared column may have in a file, folded, and its name in the raw table."""
    return {_folded(name): column.name for column in source.columns for name in (column.name, *column.aliases)}


def declared_name(source: Source, name: str) -> str | None:
    """Return the declared column that a name in a file belongs to, if there is one."""
    return names_of(source).get(_folded(name))


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def declared_share(source: Source, cells: Sequence[str]) -> float:
    """Return the share of the declared columns that stand in this row, 1 when none is declared."""
    if not source.columns:
        return float(any(cells))
    names = names_of(source)
    return len({names[_folded(cell)] for cell in cells if _folded(cell) in names}) / len(source.columns)


def find_header(source: Source, rows: Sequence[Sequence[str]]) -> int | None:
    """Return the place of the header among the leading rows: declared, or the first that shows it is one."""
    if "header_row" in source.options:
        place = int(source.options["header_row"]) - 1
        return place if 0 <= place < len(rows) else None
    if not source.columns:
        return _first_as_wide_as_most(rows[:HEADER_SEARCH_ROWS])
    shares = [declared_share(source, row) for row in rows[:HEADER_SEARCH_ROWS]]
    return next((place for place, share in enumerate(shares) if share >= MINIMUM_SHARE), None)


def _first_as_wide_as_most(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the place of the first row that reaches as far as most rows do: titles above a header are narrower."""
    widths = [max((place for place, cell in enumerate(row, start=1) if cell), default=0) for row in rows]
    counts = Counter(filter(None, widths))
    usual = min(counts, key=lambda width: (-counts[width], width), default=0)
    return next((place for place, width in enumerate(widths) if width >= usual > 0), None)


def joined(source: Source, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the names of a header of several rows: a row's own where it is a declared one, else all rows' joined."""
    if len(rows) == 1:
        return list(rows[0])
    names = names_of(source)
    cells = list(zip_longest(*rows, fillvalue=""))
    every = [(" ".join(filter(None, column)), *column) for column in cells]
    return [next((each for each in column if _folded(each) in names), column[0]) for column in every]


def columns_of(source: Source, header: Sequence[str], types: Sequence[str] | None = None) -> tuple[Column, ...]:
    """Name each column of a file.

    Raises
    ------
    Refusal
        When two columns would have one declared name, or one has a name that Tidemill keeps for itself.
    """
    names = names_of(source)
    columns = []
    for place, cell in enumerate(header):
        file_name = " ".join(cell.split()) or f"column_{place + 1}"
        data_type = types[place] if types else "VARCHAR"
        name = names.get(_folded(file_name), file_name)
        if "\0" in name:
            raise Refusal(f"the name of column {place + 1} holds a zero byte; fetch the file again, or mend its header")
        if name.casefold().startswith(RESERVED_PREFIXES):
            raise Refusal(
                f"a column is named '{name}', which Tidemill keeps for itself; rename it, or declare an alias"
            )
        columns.append(Column(file_name, name, data_type))
    if not source.columns:
        return _numbered(columns)
    each_name_once(columns)
    return tuple(columns)


def _numbered(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Give names that come again a number, where no declaration says which of them is meant."""
    taken, numbered = {column.name.casefold() for column in columns}, list[Column]()
    seen = set[str]()
    for column in columns:
        name, number = column.name, 1
        while name.casefold() in seen or (number > 1 and name.casefold() in taken):
            number += 1
            name = f"{column.name}_{number}"
        seen.add(name.casefold())
        numbered.append(replace(column, name=name))
    return tuple(numbered)


def each_name_once(columns: Sequence[Column]) -> None:
    """Check that no two columns of a file have one name.

    Raises
    ------
    Refusal
        When two have, also where they differ in case only: DuckDB would read one of them twice.
    """
    seen: dict[str, str] = {}
    for column in columns:
        folded = column.name.casefold()
        if folded in seen:
            raise Refusal(
                f"two columns have one name: '{seen[folded]}' and '{column.file_name}' are both {column.name}; "
                "rename one in the file, or mend the aliases in the declaration"
            )
        seen[folded] = column.file_name


def no_header(source: Source, declaration: Declaration, rows: Sequence[Sequence[str]]) -> Refusal:
    """Say that these rows hold no header of this source, and whose it looks like."""
    missing = f"its first rows hold fewer than half the columns of {source.name}"
    shares = {
        other.name: max((declared_share(other, row) for row in rows), default=0.0)
        for other in declaration.sources
        if other.name != source.name and other.columns
    }
    nearest = max(shares, key=lambda name: shares[name], default=None)
    if nearest and shares[nearest] >= MINIMUM_SHARE:
        location = next(other.location for other in declaration.sources if other.name == nearest)
        return Refusal(f"{missing}; it looks like {nearest}: move it to {location}")
    expected = ", ".join(column.name for column in source.columns)
    return Refusal(f"{missing} ({expected}); move it away, or declare its names as aliases in {source.declared_in}")
