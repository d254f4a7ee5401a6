"""Reads a Parquet part: types are kept, every record is good or the file is broken."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.declaration import Declaration, Source
from flows.ingest.formats.columnar import converted, landed_type, reading_of, refuse_joined
from flows.ingest.formats.parquet_kinds import batches_of, opened, schema_of
from flows.ingest.parts import Part, Reading, Refusal, made

# Not the same to Arrow, but DuckDB reads both from Parquet as they land.
READ_ALIKE = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}


def read_parquet(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand a Parquet part; the file's own footer is the independent count.

    Raises
    ------
    Refusal
        When it is broken, or its columns are those of another source.
    """
    try:
        with opened(part.path) as (file, has_finer_moments):
            schema, metadata = schema_of(file), file.metadata
            if sum(metadata.row_group(each).num_rows for each in range(metadata.num_row_groups)) != metadata.num_rows:
                raise Refusal("the Parquet file's footer contradicts itself; fetch the file again")
            refuse_joined(part.path, b"PAR1PAR1", _end_of_records(metadata))
            is_ours = has_finer_moments or schema != file.schema_arrow
            if schema.names and (is_ours or not all(map(_lands_as_it_is, schema))):
                batches = batches_of(file, schema)
                return converted(batches, schema, made(scratch) / "typed.parquet", source, declaration)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Refusal(f"the Parquet file is broken, encrypted or cut off ({error}); fetch it again") from error
    return reading_of(part.path, schema.names, schema.types, metadata.num_rows, source, declaration)


def _end_of_records(metadata: pq.FileMetaData) -> int:
    """Return where the last row group ends: what stands behind it are indexes and the footer."""
    if not metadata.num_row_groups:
        return 0
    group = metadata.row_group(metadata.num_row_groups - 1)
    columns = [group.column(place) for place in range(group.num_columns)]
    return max(max((each.data_page_offset + each.total_compressed_size for each in columns), default=0), 0)


def _lands_as_it_is(field: pa.Field) -> bool:
    given = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    landed = landed_type(given)
    is_instant = pa.types.is_timestamp(given) and given.tz is not None and given.unit in ("ms", "us")
    return bool(field.name and (is_instant or READ_ALIKE.get(given, given) == landed))
