"""Lists the members of a zip or tar, and opens each. Proves that the archive ends where its list ends.

Knows which members may be read, and why not; writes nothing, and knows nothing of limits.
"""

import errno
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from flows.ingest.containers import compression
from flows.ingest.parts import Refusal

CHUNK_BYTES = 2**20
BLOCK_BYTES = 512
END_OF_ZIP, END_OF_ZIP_BYTES, MAX_COMMENT_BYTES = b"PK\x05\x06", 22, 2**16
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ValueError,
    LookupError,
    OverflowError,
    RecursionError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class Member:
    """A member of an archive: its printable name, how many bytes it has and takes, and how to read them.

    `refusal` says why it is not to be read.
    """

    name: str
    size_bytes: int
    stored_bytes: int
    chunks: Callable[[], Iterator[bytes]]
    refusal: str | None = None


def members_of(path: Path, layer: str) -> Iterator[Member]:
    """Yield the members of an archive in their order, but for folders and what macOS adds.

    Raises
    ------
    Refusal
        When the archive is broken, cut off, or followed by something else; for a tar perhaps after some members.
    """
    with refused_when_broken(f"the {layer}"):
        for member in MEMBERS[layer](path):
            if not _is_by_catch(member.name):
                yield member


def _is_by_catch(name: str) -> bool:
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last == ".DS_Store" or last.startswith("._")


@contextmanager
def refused_when_broken(what: str) -> Iterator[None]:
    """Turn whatever a library says to broken content into a refusal; the machine's own faults stay what they are."""
    try:
        yield
    except NotImplementedError as error:
        raise Refusal(f"{what} is packed in a way that cannot be read ({error}); pack it as usual") from error
    except BROKEN as error:
        raise Refusal(f"{what} is broken or cut off ({error}); fetch the file again") from error
    except OSError as error:
        # The machine's; bzip2's word for broken data has no number, a list that points before the file is EINVAL.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise Refusal(f"{what} is broken ({error}); fetch the file again") from error


def _zip_members(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        _nothing_around_zip(path, infos)
        for info in infos:
            if not info.is_dir() or info.file_size:
                chunks = partial(_chunks, partial(archive.open, info), _chunk_bytes(info))
                refusal = _zip_refusal(info)
                yield Member(_printable(info.filename), info.file_size, info.compress_size, chunks, refusal)


def _chunk_bytes(info: zipfile.ZipInfo) -> int:
    """Return how much to ask for at once: bzip2 and LZMA are given that many bytes, whatever becomes of them."""
    is_bounded = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    return CHUNK_BYTES if is_bounded else compression.CHUNK_BYTES


def _nothing_around_zip(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse what a second list of members could hide in: bytes before the first member or behind the end."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - END_OF_ZIP_BYTES - MAX_COMMENT_BYTES))
        tail = stream.read()
    end = tail.rindex(END_OF_ZIP)
    comment_bytes = int.from_bytes(tail[end + 20 : end + END_OF_ZIP_BYTES], "little")
    if end + END_OF_ZIP_BYTES + comment_bytes != len(tail):
        raise Refusal("something follows the end of the zip; fetch the file again, or cut it off there")
    if min((info.header_offset for info in infos), default=0):
        raise Refusal("something stands before the zip's first member, perhaps another zip; unpack it by hand")


def _zip_refusal(info: zipfile.ZipInfo) -> str | None:
    if info.flag_bits & 1:
        return "it is encrypted; unpack it with its password and drop the content here"
    if info.external_attr >> 16 & 0o170000 == 0o120000:
        return "it is a link; pack the file it points to"
    if info.is_dir():
        return "it is named as a folder and holds content; pack it under a file's name"
    return _name_refusal(info.filename)


class _TarInfo(tarfile.TarInfo):
    """A header that cannot point backwards: Python before 3.11.14 follows it in a circle (CVE-2025-8194)."""

    def _block(self, count: int) -> int:
        if count < 0:
            raise tarfile.ReadError("a member has a negative size")
        return super()._block(count)  # type: ignore[misc,no-any-return]


def _tar_members(path: Path) -> Iterator[Member]:
    with tarfile.TarFile(path, tarinfo=_TarInfo, errorlevel=2) as archive:
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # else it keeps them all
            if not info.isdir():
                chunks = partial(_chunks, partial(_extracted, archive, info), CHUNK_BYTES)
                yield Member(_printable(info.name), info.size, info.size, chunks, _tar_refusal(info))
        _nothing_behind_tar(path, archive.offset)


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(info)
    assert content is not None
    return content


def _nothing_behind_tar(path: Path, end: int) -> None:
    """Prove that the list ended in zeros: `tarfile` takes a broken header for the end."""
    with path.open("rb") as stream:
        stream.seek(end)
        if stream.read(BLOCK_BYTES) != bytes(BLOCK_BYTES):
            raise Refusal("the tar is broken or cut off after its last readable member; fetch the file again")
        while chunk := stream.read(CHUNK_BYTES):
            if chunk.strip(b"\0"):
                raise Refusal("something follows the end of the tar; fetch the file again, or cut it off there")


def _tar_refusal(info: tarfile.TarInfo) -> str | None:
    if info.issym() or info.islnk():
        return "it is a link; pack the file it points to"
    if not info.isreg() or info.issparse():
        return "it is no regular file; pack its content"
    return _name_refusal(info.name)


def _name_refusal(name: str) -> str | None:
    if re.match(r"[/\\]|[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name):
        return "its name points outside the archive; pack it under a plain name"
    return None


def _printable(name: str) -> str:
    """Return a member's name as the records and logs can hold it."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _chunks(opened: Callable[[], IO[bytes]], chunk_bytes: int) -> Iterator[bytes]:
    with refused_when_broken("it"), opened() as stream:
        while chunk := stream.read(chunk_bytes):
            yield chunk


MEMBERS: Mapping[str, Callable[[Path], Iterator[Member]]] = {"zip": _zip_members, "tar": _tar_members}
