"""Reads Arrow's own files (IPC files and streams, Feather) and ORC: types are kept, batch after batch."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.orc as orc

from flows.declaration import Declaration, Source
from flows.ingest.columnar import converted
from flows.ingest.parts import Part, Reading, Refusal

ARROW_FILE, FEATHER_V1 = b"ARROW1", b"FEA1"
DAMAGES = (pa.ArrowException, OSError, UnicodeDecodeError, EOFError)


def read_arrow(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand an Arrow or Feather part and return the query that delivers its rows.

    Raises
    ------
    Refusal
        When it is broken or cut off, or its columns are those of another source.
    """
    with part.path.open("rb") as stream:
        magic = stream.read(6)
    if magic.startswith(FEATHER_V1):
        raise Refusal("it is Feather of version 1, which is given up; write it as Feather of version 2 or as Parquet")
    try:
        with pa.OSFile(str(part.path)) as file:
            reader = pa.ipc.open_file(file) if magic == ARROW_FILE else pa.ipc.open_stream(file)
            batches = _batches(reader) if magic == ARROW_FILE else _streamed(reader, file)
            return converted(batches, reader.schema, scratch / "typed.parquet", source, declaration)
    except DAMAGES as error:
        raise Refusal(f"the Arrow file is broken or cut off ({error}); fetch it again") from error


def _batches(reader: pa.RecordBatchFileReader) -> Iterator[pa.RecordBatch]:
    for place in range(reader.num_record_batches):
        yield _valid(reader.get_batch(place))


def _streamed(reader: pa.RecordBatchStreamReader, file: pa.NativeFile) -> Iterator[pa.RecordBatch]:
    """Yield a stream's batches, and prove that it ends where the file ends."""
    for batch in reader:
        yield _valid(batch)
    size = file.size()
    if file.tell() != size:
        raise Refusal("behind the Arrow stream's end there is more; write one stream a file")
    file.seek(max(size - 8, 0))
    if file.read(8) != b"\xff\xff\xff\xff\0\0\0\0":
        raise Refusal("the Arrow stream has no end marker, it may be cut off; fetch it again, or close its writer")


def _valid(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Check that every offset lies within its buffer: a damaged one would be read from elsewhere in memory."""
    batch.validate(full=True)
    return batch


def read_orc(part: Part, source: Source, declaration: Declaration, scratch: Path) -> Reading:
    """Understand an ORC part; its footer is the independent count.

    Raises
    ------
    Refusal
        When it is broken or cut off, or its columns are those of another source.
    """
    try:
        file = orc.ORCFile(part.path)
        stripes = (_valid(file.read_stripe(place)) for place in range(file.nstripes))
        reading = converted(stripes, file.schema, scratch / "typed.parquet", source, declaration)
    except DAMAGES as error:
        raise Refusal(f"the ORC file is broken or cut off ({error}); fetch it again") from error
    if reading.counts.records_read != file.nrows:
        raise Refusal(f"the ORC file holds {reading.counts.records_read} of {file.nrows} records; fetch it again")
    return reading
