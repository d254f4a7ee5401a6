"""What a look at a sheet's cells found, and when they reach too far out, or are too many, to be read."""

from dataclasses import dataclass, field

from flows.ingest.parts import Refusal

# calamine keeps 32 bytes per cell, empty or not; Excel's own longest sheet of 100 columns has fewer cells.
MAX_CELLS, MAX_SPARSE_CELLS, MIN_DENSITY = 2**27, 2**25, 0.1
# Of a sheet in Excel itself.
MAX_ROWS, MAX_COLUMNS = 2**20, 2**14
ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}
UNKNOWN_ERROR = "#N/A"


@dataclass
class SheetScan:
    """How far a sheet's cells reach, how many there are, and by row and column, from 0, what a reader changes of them.

    `numbers` holds those that no float keeps, as they stand there; `formulas` those without a value; `negatives` the
    numbers below 0 whose format may be that of a time.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    numbers: dict[int, dict[int, str]] = field(default_factory=dict)
    formulas: dict[int, dict[int, str]] = field(default_factory=dict)
    negatives: dict[int, dict[int, str]] = field(default_factory=dict)

    @property
    def extent_of_unseen(self) -> tuple[int, int]:
        """How many rows and columns it takes to hold every error and every formula without a value."""
        places = [*self.errors.items(), *self.formulas.items()]
        columns = (max(of_row) + 1 for _, of_row in places)
        return max((row for row, _ in places), default=-1) + 1, max(columns, default=0)

    def add(self, row: int, column: int, error: int | None) -> None:
        """Count a cell, and keep its error."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        self.cells += 1
        if error is not None:
            self.errors.setdefault(row, {})[column] = ERRORS.get(error, UNKNOWN_ERROR)


def within_limits(scan: SheetScan) -> SheetScan:
    """Return the scan of a sheet that may be read.

    Raises
    ------
    Refusal
        When it has cells too far out, or too many.
    """
    area = scan.rows * scan.columns
    is_sparse = area > MAX_SPARSE_CELLS and scan.cells < area * MIN_DENSITY
    if is_sparse or area > MAX_CELLS or scan.rows > MAX_ROWS or scan.columns > MAX_COLUMNS:
        raise Refusal(
            f"its cells reach to row {scan.rows:,} and column {scan.columns:,}, too far to be read; delete the stray "
            "cells beyond the table, or save it as CSV"
        )
    return scan
