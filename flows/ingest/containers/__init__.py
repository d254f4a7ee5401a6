"""Opens a file into its parts: itself, what it holds compressed, or the members of an archive, and theirs.

What a file is, its content decides, never its name. Nothing is written outside the given scratch folder, whatever
names an archive holds, and no more than the limits allow.
"""

import hashlib
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows import progress
from flows.ingest.containers.archives import BLOCK_BYTES, members_of
from flows.ingest.containers.compression import uncompressed
from flows.ingest.formats.detect import detect_format, is_workbook
from flows.ingest.parts import Part, Refusal, made

# Against archives made to fill the disk or to never end. The limits hold for a whole file, whatever is nested in it.
MAX_UNCOMPRESSED_BYTES = 64 * 2**30
MAX_RATIO = 1000
MAX_MEMBERS = 10_000
MAX_ARCHIVES, MAX_LAYERS = 2, 6
# Small files may unpack to this much, whatever the ratio.
FREE_FILE_BYTES, FREE_MEMBER_BYTES = 2**30, 2**26

LAYER_STARTS = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    **{bytes([first]) + b"\x2a\x4d\x18": "zstd" for first in range(0x50, 0x60)},
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # an empty one
    b"PK\x07\x08": "zip",  # a volume of several
}
BZ2_START, BZ2_BLOCKS = b"BZh", (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
UNSUPPORTED_STARTS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x9d": "compress (.Z)",
    b"LZIP\x01": "lzip",
    b"MSCF\0\0\0\0": "cabinet",
}


@dataclass(frozen=True)
class _Content:
    """Some bytes on disk, the layers they were in, and their name within the file."""

    path: Path
    sha256: str
    size_bytes: int
    layers: tuple[str, ...] = ()
    member: str | None = None


@dataclass
class _Unpacking:
    """The unpacking of one file: where to, what is declared, and how much is left of the limits."""

    scratch: Path
    declared_format: str | None
    bytes_left: int
    members_left: int
    names: Counter[str] = field(default_factory=Counter)


def open_parts(path: Path, declared_format: str | None, scratch: Path, sha256: str) -> Iterator[Part | Refusal]:
    """Yield the parts of a file; a member that cannot be opened is yielded as its refusal.

    Parameters
    ----------
    sha256
        The file's own hash; the parts' hashes are taken while they are unpacked.

    Raises
    ------
    Refusal
        When the file as a whole cannot be opened: broken, encrypted, or too large uncompressed.
    """
    size = path.stat().st_size
    limit = min(MAX_UNCOMPRESSED_BYTES, max(size * MAX_RATIO, FREE_FILE_BYTES))
    yield from _parts(_Content(path, sha256, size), _Unpacking(scratch, declared_format, limit, MAX_MEMBERS))


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    digest, size = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as stream:
        while chunk := stream.read(2**20):
            digest.update(chunk)
            progress.passed(len(chunk) / size)
    return digest.hexdigest()


def _parts(content: _Content, unpacking: _Unpacking) -> Iterator[Part | Refusal]:
    layer = _layer(content.path)
    if layer is None:
        yield _part(content, unpacking)
        return
    layers = (*content.layers, layer)
    if len(layers) > MAX_LAYERS or sum(each in ("zip", "tar") for each in layers) > MAX_ARCHIVES:
        raise Refusal(
            f"it is packed too deep ({' in '.join(reversed(layers))}); {MAX_ARCHIVES} archives within each other can "
            "be read: unpack the outer one"
        )
    yield from _members(content, layers, unpacking) if layer in ("zip", "tar") else _one(content, layers, unpacking)


def _part(content: _Content, unpacking: _Unpacking) -> Part:
    if not content.size_bytes:
        raise Refusal("it is empty, without even a header; ask its sender for it again, or remove it")
    declared = unpacking.declared_format
    file_format, detected_by = (declared, "declaration") if declared else detect_format(content.path)
    return Part(
        path=content.path,
        format=file_format,
        compression=" ".join(content.layers) or None,
        content_sha256=content.sha256,
        size_bytes=content.size_bytes,
        member=content.member,
        format_detected_by=detected_by,
    )


def _one(content: _Content, layers: tuple[str, ...], unpacking: _Unpacking) -> Iterator[Part | Refusal]:
    chunks = uncompressed(content.path, layers[-1])
    inner = _unpack(chunks, content.size_bytes, layers, content.member, unpacking)
    yield from _parts(inner, unpacking)


def _members(content: _Content, layers: tuple[str, ...], unpacking: _Unpacking) -> Iterator[Part | Refusal]:
    """Yield the parts in an archive's members; what is wrong with the archive itself only when it has none."""
    is_empty = True
    try:
        for member in members_of(content.path, layers[-1]):
            is_empty = False
            name = _unique(f"{content.member}/{member.name}" if content.member else member.name, unpacking)
            try:
                if member.refusal:
                    raise Refusal(member.refusal)
                _small_enough(member.size_bytes, member.stored_bytes, unpacking)
                inner = _unpack(member.chunks(), member.stored_bytes, layers, name, unpacking)
                yield from _parts(inner, unpacking)
            except Refusal as refusal:
                yield Refusal(f"member {name}: {refusal}")
    except Refusal as refusal:
        if is_empty:
            raise
        yield Refusal(f"member {content.member}: {refusal}") if content.member else refusal
    if is_empty:
        raise Refusal(f"the {layers[-1]} holds no file; ask its sender for it again, or remove it")


def _unique(name: str, unpacking: _Unpacking) -> str:
    """Count a member, and tell it from an earlier one with its name."""
    if not unpacking.members_left:
        raise Refusal(f"it has more than {MAX_MEMBERS:,} members; the others are not read: unpack it by hand")
    unpacking.members_left -= 1
    unpacking.names[name] += 1
    return f"{name}#{unpacking.names[name]}" if unpacking.names[name] > 1 else name


def _small_enough(size: int, stored: int, unpacking: _Unpacking) -> int:
    limit = min(unpacking.bytes_left, max(stored * MAX_RATIO, FREE_MEMBER_BYTES))
    if size > limit:
        raise Refusal(f"it holds more than {limit:,} bytes uncompressed, too many for its size; unpack it by hand")
    return limit


def _unpack(
    chunks: Iterable[bytes], stored: int, layers: tuple[str, ...], member: str | None, unpacking: _Unpacking
) -> _Content:
    """Write some content to scratch, under a name of our own, and hash it on the way."""
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=made(unpacking.scratch), delete=False) as target:
        path = Path(target.name)
        try:
            limit = _small_enough(0, stored, unpacking)
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    _small_enough(size, stored, unpacking)
                digest.update(chunk)
                target.write(chunk)
        except Refusal:
            path.unlink()
            raise
        finally:
            unpacking.bytes_left -= size
    return _Content(path, digest.hexdigest(), size, layers, member)


def _layer(path: Path) -> str | None:
    """Return what a file is packed in, or nothing."""
    with path.open("rb") as stream:
        sample = stream.read(BLOCK_BYTES)
    for start, name in UNSUPPORTED_STARTS.items():
        if sample.startswith(start):
            raise Refusal(f"it is packed as {name}, which cannot be read; unpack it, or pack it as zip, gzip or zstd")
    layer = next((layer for start, layer in LAYER_STARTS.items() if sample.startswith(start)), None)
    if layer == "zip" and is_workbook(path):
        return None
    if sample.startswith(BZ2_START) and sample[4:10] in BZ2_BLOCKS:
        return "bz2"
    return "tar" if layer is None and _is_tar(sample) else layer


def _is_tar(sample: bytes) -> bool:
    """Tell a tar by its first header's checksum, or by its mark where that header is damaged."""
    try:
        tarfile.TarInfo.frombuf(sample, tarfile.ENCODING, "surrogateescape")
    except (tarfile.TarError, ValueError):
        return sample[257:262] == b"ustar"
    return True
