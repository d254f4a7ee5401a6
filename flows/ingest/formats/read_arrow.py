"""Reads Arrow's own files (IPC files and streams, Feather) and ORC: types are kept, batch after batch."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from flows.declaration import Declaration, Source
from flows.ingest.formats.columnar import converted, refuse_joined
from flows.ingest.parts import Part, Reading, Refusal, made

ARROW_FILE, FEATHER_V1 = b"ARROW1", b"FEA1"
# In a process of its own: some damaged footers make Arrow's ORC reader abort the whole process.
ORC_TO_ARROW = """
import sys
import pyarrow as pa
from pyarrow import orc

file = orc.ORCFile(sys.argv[1])
with pa.OSFile(sys.argv[2], "wb") as sink, pa.ipc.new_file(sink, file.schema) as writer:
    for place in range(file.nstripes):
        batch = file.read_stripe(place)
        batch.validate(full=True)
        writer.write_batch(batch)
print(file.nrows)
"""
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
    if magic == ARROW_FILE:
        refuse_joined(part.path, ARROW_FILE + ARROW_FILE + b"\0\0")
    try:
        with pa.OSFile(str(part.path)) as file:
            reader = pa.ipc.open_file(file) if magic == ARROW_FILE else pa.ipc.open_stream(file)
            batches = _batches(reader) if magic == ARROW_FILE else _streamed(reader, file)
            return converted(batches, reader.schema, made(scratch) / "typed.parquet", source, declaration)
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
    target = made(scratch) / "orc.arrow"
    command = [sys.executable, "-c", ORC_TO_ARROW, str(part.path), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Refusal(f"the ORC file is broken or cut off ({why}); fetch it again")
    with pa.OSFile(str(target)) as stream:
        reader = pa.ipc.open_file(stream)
        reading = converted(_batches(reader), reader.schema, made(scratch) / "typed.parquet", source, declaration)
    if reading.counts.records_read != int(done.stdout):
        raise Refusal(f"the ORC file holds {reading.counts.records_read} of {done.stdout} records; fetch it again")
    return reading
