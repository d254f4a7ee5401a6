"""What a comparison found, as text for the terminal."""

from collections.abc import Iterator, Sequence

from flows.amounts import amount
from flows.comparing.excerpts import excerpts, printable
from flows.comparing.found import ColumnFound, Found, facts

HEADER = ("column", "equal", "different", "null left", "null right", "tolerated", "max difference", "example")
WIDEST_CELL = 40


def as_table(found: Found) -> Iterator[str]:
    """Yield the lines: both sides, the rows, what each column is like, and what no count says."""
    yield f"left   {printable(found.left.name)}: {amount(found.left.rows, 'row')}{rejected(found.left.rejected)}"
    yield f"right  {printable(found.right.name)}: {amount(found.right.rows, 'row')}{rejected(found.right.rejected)}"
    yield (
        f"rows   {found.both:,} in both, {found.changed:,} of them changed; "
        f"{found.left_only:,} left only, {found.right_only:,} right only"
    )
    if found.left_duplicate_keys or found.right_duplicate_keys:
        yield f"keys   {found.left_duplicate_keys:,} repeated in the left, {found.right_duplicate_keys:,} in the right"
    if found.columns:
        yield ""
        yield from _aligned([HEADER, *map(column_cells, found.columns)])
        yield ""
    yield from (f"note   {printable(fact)}" for fact in facts(found))
    yield "equal" if found.is_equal else "different"


def rejected(count: int) -> str:
    """Return what is said of records that could not be compared."""
    return f", {count:,} more cannot be read" if count else ""


def column_cells(found: ColumnFound) -> tuple[str, ...]:
    """Return what a table shows of a column."""
    counts = found.counts
    numbers = (found.equal, counts.different, counts.null_left, counts.null_right, counts.within_tolerance)
    return (printable(found.column.name), *(f"{number:,}" for number in numbers), _largest(found), example(found))


def _largest(found: ColumnFound) -> str:
    largest, unit = found.max_difference, found.column.unit
    if largest is None:
        return ""
    return f"{largest:,.15g} {unit}{'' if largest == 1 else 's'}" if unit else f"{largest:g}"


def example(found: ColumnFound) -> str:
    """Return the values of one pair that differs."""
    counts = found.counts
    if not counts.different + counts.null_left + counts.null_right:
        return ""
    left, right = excerpts(_printable(counts.example_left), _printable(counts.example_right), WIDEST_CELL)
    return " | ".join("NULL" if each is None else each for each in (left, right))


def _printable(value: str | None) -> str | None:
    return None if value is None else printable(value)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *numbers, last in rows:
        middle = (cell.rjust(width) for cell, width in zip(numbers, widths[1:-1], strict=True))
        yield "  ".join([name.ljust(widths[0]), *middle, last]).rstrip()
