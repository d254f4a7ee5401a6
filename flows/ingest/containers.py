"""Opens a file into its parts: itself, the content of a gzip, the members of a zip. The format is decided by content.

Nothing is written outside the given scratch folder, whatever names an archive holds.
"""

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from flows.ingest.formats import ZIP, detect_format, is_workbook
from flows.ingest.parts import Part, Refusal

GZIP = b"\x1f\x8b"
EMPTY_ZIP = b"PK\x05\x06"
# Against archives made to fill the disk: more than this much, or this many times its size, is refused.
MAX_UNCOMPRESSED_BYTES = 64 * 2**30
MAX_RATIO = 1000
MAX_MEMBERS = 10_000


def open_parts(path: Path, declared_format: str | None, scratch: Path) -> Iterator[Part | Refusal]:
    """Yield the parts of a file; a broken member of an archive is yielded as its refusal.

    Raises
    ------
    Refusal
        When the file as a whole cannot be opened: broken, encrypted, or too large uncompressed.
    """
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic[:2] == GZIP:
        yield _gunzipped(path, declared_format, scratch)
    elif magic in (ZIP, EMPTY_ZIP) and not is_workbook(path):
        yield from _members(path, declared_format, scratch)
    else:
        yield _part(path, declared_format, None)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _part(path: Path, declared_format: str | None, compression: str | None, member: str | None = None) -> Part:
    file_format, detected_by = (declared_format, "declaration") if declared_format else detect_format(path)
    return Part(path, file_format, compression, file_sha256(path), path.stat().st_size, member, None, detected_by)


def _gunzipped(path: Path, declared_format: str | None, scratch: Path) -> Part:
    target = scratch / "content"
    try:
        with gzip.open(path, "rb") as stream:
            _copy_bounded(stream, target, path.stat().st_size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Refusal(f"the gzip is broken or cut off ({error}); fetch the file again") from error
    return _part(target, declared_format, "gzip")


def _copy_bounded(stream: IO[bytes] | gzip.GzipFile, target: Path, compressed_size: int) -> None:
    limit = min(MAX_UNCOMPRESSED_BYTES, max(compressed_size, 2**20) * MAX_RATIO)
    with target.open("wb") as copy:
        while chunk := stream.read(2**20):
            copy.write(chunk)
            if copy.tell() > limit:
                raise Refusal(
                    f"it holds more than {limit:,} bytes uncompressed, too many for its size; unpack it by hand"
                )


def _members(path: Path, declared_format: str | None, scratch: Path) -> Iterator[Part | Refusal]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise Refusal(f"the zip is broken or cut off ({error}); fetch the file again") from error
    with archive:
        members = [each for each in archive.infolist() if not each.is_dir()]
        if not members or len(members) > MAX_MEMBERS:
            raise Refusal(f"the zip has {len(members)} members; 1 to {MAX_MEMBERS:,} can be read")
        for number, member in enumerate(members):
            try:
                yield _unzipped(archive, member, declared_format, scratch / str(number))
            except Refusal as refusal:
                yield refusal


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, declared_format: str | None, target: Path) -> Part:
    if member.flag_bits & 1:
        raise Refusal(f"member {member.filename} is encrypted; unpack it with its password and drop the content here")
    try:
        with archive.open(member) as stream:
            _copy_bounded(stream, target, member.compress_size)
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
        raise Refusal(f"member {member.filename} is broken ({error}); fetch the file again") from error
    return _part(target, declared_format, "zip", member.filename)
