"""What a comparison found, as frozen dataclasses and as the JSON that `tidemill compare --json` prints."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flows.comparing.alignment import Aligned
from flows.comparing.renames import Rename
from flows.comparing.sides import Column, Side


@dataclass(frozen=True)
class Counts:
    """The pairs of rows in which a column is not plainly equal, by kind, with the least pair of values as example."""

    different: int = 0
    null_left: int = 0
    null_right: int = 0
    within_tolerance: int = 0
    farthest: float | None = None
    example_left: str | None = None
    example_right: str | None = None


@dataclass(frozen=True)
class ColumnFound:
    """What became of the values of one column; `equal` and the four counts add up to the pairs of rows."""

    column: Aligned
    pairs: int
    counts: Counts

    @property
    def equal(self) -> int:
        """In how many pairs the values are plainly equal."""
        counts = self.counts
        return self.pairs - counts.different - counts.null_left - counts.null_right - counts.within_tolerance

    @property
    def max_difference(self) -> float | None:
        """The largest finite difference, of times in the column's unit; None where such values have none."""
        if not (self.column.is_number or self.column.unit) or not self.pairs:
            return None
        return 0.0 if self.equal == self.pairs else self.counts.farthest


@dataclass(frozen=True)
class Found:
    """What two tables have in common and in what they differ.

    Every row of the left side is in `both` or `left_only`, every one of the right side in `both` or `right_only`.
    """

    left: Side
    right: Side
    keys: tuple[Aligned, ...]
    both: int
    changed: int
    left_only: int
    right_only: int
    left_duplicate_keys: int
    right_duplicate_keys: int
    columns: tuple[ColumnFound, ...]
    left_columns: tuple[Column, ...]
    right_columns: tuple[Column, ...]
    renames: tuple[Rename, ...]

    @property
    def is_equal(self) -> bool:
        """Tell whether nothing differs; what could not be read or has no counterpart is not equal."""
        differences = self.changed + self.left_only + self.right_only + self.left.rejected + self.right.rejected
        return not (differences or self.left_columns or self.right_columns)

    @property
    def aligned(self) -> tuple[Aligned, ...]:
        """All columns that both sides have."""
        return (*self.keys, *(each.column for each in self.columns))


def as_json(found: Found) -> dict[str, Any]:
    """Return the counts as `--json` prints them."""
    return {
        "both": found.both,
        "changed": found.changed,
        "left_only": found.left_only,
        "right_only": found.right_only,
        "duplicate_keys": {"left": found.left_duplicate_keys, "right": found.right_duplicate_keys},
        "columns": {each.column.name: _column_as_json(each) for each in found.columns},
    }


def _column_as_json(found: ColumnFound) -> dict[str, int | float | None]:
    return {
        "equal": found.equal,
        "different": found.counts.different,
        "null_left": found.counts.null_left,
        "null_right": found.counts.null_right,
        "within_tolerance": found.counts.within_tolerance,
        "max_difference": found.max_difference,
    }


def facts(found: Found) -> Iterable[str]:
    """Yield in words what no count says: columns of one side, likely renames, types that differ."""
    for side, columns in (("left", found.left_columns), ("right", found.right_columns)):
        if columns:
            yield f"only in the {side}: {', '.join(each.name for each in columns)}"
    for rename in found.renames:
        yield f"{rename.left} looks like {rename.right} of the right: {rename.overlap:.0%} of their values are common"
    for each in found.aligned:
        if each.differs_in_type:
            types = f"{each.left.data_type} in the left, {each.right.data_type} in the right"
            yield f"{each.name} is {types}; compared as {each.compared_as}"
