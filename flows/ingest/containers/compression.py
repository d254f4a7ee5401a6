"""Uncompresses gzip, bzip2, xz and zstd, chunk by chunk: concatenated streams are one content, and its end is proven.

Knows nothing of limits: whoever takes the chunks counts them.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import zstandard

from flows.ingest.parts import Refusal

# Of the four, zstd can make most of one chunk: 128 MiB of these bytes.
CHUNK_BYTES = 4096
# xz and zstd files say how much memory they need; common tools never ask for more.
MAX_WINDOW_BYTES = 2**28
# bzip2 says OSError to broken data.
BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError, MemoryError)


class Decompressor(Protocol):
    """What the four libraries have in common."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unused_data(self) -> bytes:
        """What was given to it beyond that end."""

    def decompress(self, data: bytes, /) -> bytes:
        """Return the content of some more bytes."""


DECOMPRESSORS: Mapping[str, Callable[[], Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_WINDOW_BYTES),
    "zstd": lambda: zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj(),
}


def uncompressed(path: Path, layer: str) -> Iterator[bytes]:
    """Yield the content of a compressed file.

    Raises
    ------
    Refusal
        When it is broken or cut off, or anything but compressed content or zeros follows its end.
    """
    stream, streams = DECOMPRESSORS[layer](), 1
    for chunk in _chunks(path):
        rest = chunk
        while rest := rest.lstrip(b"\0") if stream.eof else rest:  # tapes and some tools pad with zeros
            if stream.eof:
                stream, streams = DECOMPRESSORS[layer](), streams + 1
            try:
                yield stream.decompress(rest)
            except BROKEN as error:
                raise _broken(layer, streams, str(error)) from error
            rest = stream.unused_data if stream.eof else b""
    if not stream.eof:
        raise _broken(layer, streams, "it ends too early")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _broken(layer: str, streams: int, error: str) -> Refusal:
    if streams == 1:
        return Refusal(f"the {layer} is broken or cut off ({error}); fetch the file again")
    return Refusal(
        f"what follows the end of the {layer} is garbage, broken or cut off ({error}); fetch the file again, or cut it "
        "off there"
    )
