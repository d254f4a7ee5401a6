"""What becomes of a sheet or table that is not of the source whose file it lies in, beside one that is."""

from collections.abc import Sequence

from flows.declaration import Source
from flows.ingest.columns import HEADER_SEARCH_ROWS, declared_share
from flows.ingest.parts import Counts, Part, Reading

# Who names two declared columns in one row may have meant a header of this source: that is an error, not another table.
RESEMBLING_COLUMNS = 2


def resembles(source: Source, rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a leading row names some declared columns, though too few for a header."""
    shares = (declared_share(source, row) for row in rows[:HEADER_SEARCH_ROWS])
    return bool(source.columns) and max(shares, default=0.0) * len(source.columns) > RESEMBLING_COLUMNS - 0.5


def not_of_this_source(part: Part, source: Source, records: int, blank: int = 0) -> Reading:
    """Return a reading that loads nothing and accounts for every record as a comment."""
    why = f"'{part.sheet}' has no header of {source.name}; another sheet or table of the file has, and is loaded"
    counts = Counts(records, blank=blank, comment=records - blank)
    return Reading(part.path, "", (), counts, dialect={"not_loaded": why}, detected_by="no header")
