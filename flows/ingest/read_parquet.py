"""Reads a Parquet part: types are kept, every record is good or the file is broken."""

from pathlib import Path

import duckdb

from flows.declaration import Declaration, Source
from flows.ingest.columns import MINIMUM_SHARE, columns_of, declared_share, no_header
from flows.ingest.parts import Counts, Part, Reading, Refusal
from flows.sql import literal, quoted


def read_parquet(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand a Parquet part; the file's own footer is the independent count.

    Raises
    ------
    Refusal
        When it is broken, or its columns are those of another source.
    """
    file = literal(part.path)
    try:
        # Not the module's own connection: parts are read side by side.
        with duckdb.connect() as connection:
            described = connection.execute(f"describe select * from read_parquet({file})").fetchall()
            total = connection.execute(f"select num_rows from parquet_file_metadata({file})").fetchall()
    except duckdb.Error as error:
        raise Refusal(f"the Parquet file is broken or cut off ({error}); fetch it again") from error
    names, types = [row[0] for row in described], [row[1] for row in described]
    if source.columns and declared_share(source, names) < MINIMUM_SHARE:
        raise no_header(source, declaration, [names])
    columns = columns_of(source, names, types)
    values = tuple(quoted(name) for name in names)
    return Reading(part.path, "read_parquet({files})", columns, Counts(int(total[0][0])), values)
