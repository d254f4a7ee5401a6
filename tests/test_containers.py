"""Containers: what a file holds comes out whole, whatever it is packed in; what cannot be read is refused alone."""

import bz2
import gzip
import io
import lzma
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.ingest import containers
from flows.ingest.parts import Part, Refusal
from flows.settings import Settings
from tests.ingesting import GOOD, TWO_ROWS, ask, put, rows, run_ingest

CSV = GOOD.encode()
OTHER = b"order_id,customer,note\n3,Cy,third\n"
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def tarred(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


ARCHIVES = {"zip": zipped, "tar": tarred}


def opened(folder: Path, content: bytes) -> list[tuple[str | None, str | None, bytes] | str]:
    """Every part as (member, compression, content), every refusal as its text; the whole file's last."""
    path, scratch = folder / "file", folder / "scratch"
    path.write_bytes(content)
    scratch.mkdir(exist_ok=True)
    found: list[tuple[str | None, str | None, bytes] | str] = []
    try:
        for part in containers.open_parts(path, "csv", scratch, containers.file_sha256(path)):
            found.append(str(part) if isinstance(part, Refusal) else described(part))
    except Refusal as refusal:
        found.append(str(refusal))
    return found


def described(part: Part) -> tuple[str | None, str | None, bytes]:
    assert part.content_sha256 == containers.file_sha256(part.path)
    assert part.size_bytes == part.path.stat().st_size
    return part.member, part.compression, part.path.read_bytes()


@pytest.mark.parametrize("layer", COMPRESS)
def test_concatenated_streams_are_one_content(tmp_path: Path, layer: str) -> None:
    compress = COMPRESS[layer]
    content = compress(CSV[:20]) + compress(b"") + compress(CSV[20:]) + bytes(8)
    assert opened(tmp_path, content) == [(None, layer, CSV)]


@pytest.mark.parametrize("layer", COMPRESS)
def test_a_cut_stream_and_one_followed_by_garbage_are_refused(tmp_path: Path, layer: str) -> None:
    content = COMPRESS[layer](CSV)
    for wrong, reason in ((content[:-3], "cut off"), (content + b"garbage", "what follows the end"), (content * 2, "")):
        (found,) = opened(tmp_path, wrong)
        assert (f"the {layer}" in found and reason in found) if reason else found == (None, layer, CSV * 2)


@pytest.mark.parametrize("outer", ARCHIVES)
@pytest.mark.parametrize("layer", COMPRESS)
def test_members_are_parts_of_their_own_however_they_are_packed(tmp_path: Path, outer: str, layer: str) -> None:
    compress = COMPRESS[layer]
    inner = compress(ARCHIVES["tar"](("b.csv", OTHER)))
    content = compress(ARCHIVES[outer](("a", compress(CSV)), ("sub/b.tgz", inner), ("c.csv", OTHER)))
    assert opened(tmp_path, content) == [
        ("a", f"{layer} {outer} {layer}", CSV),
        ("sub/b.tgz/b.csv", f"{layer} {outer} {layer} tar", OTHER),
        ("c.csv", f"{layer} {outer}", OTHER),
    ]


def test_the_name_of_a_file_says_nothing(settings: Settings) -> None:
    put(settings, "really_a_zip.csv", zipped(("a.tar.gz", CSV)))
    put(settings, "really_text.zip", OTHER)
    assert run_ingest(settings).problems == ()
    assert rows(settings) == [*TWO_ROWS, ("3", "Cy", "third")]
    query = "select name, member, compression from records.files join records.file_loads using (file_id) order by name"
    assert ask(settings, query) == [("really_a_zip.csv", "a.tar.gz", "zip"), ("really_text.zip", None, None)]


@pytest.mark.parametrize("archive", ARCHIVES.values())
def test_an_archive_in_an_archive_is_read_and_a_third_is_refused_alone(
    tmp_path: Path, archive: Callable[..., bytes]
) -> None:
    two = archive(("a.csv", CSV))
    found = opened(tmp_path, archive(("two", two), ("three", archive(("x", two))), ("b.csv", OTHER)))
    assert [each[0] if isinstance(each, tuple) else each[:42] for each in found] == [
        "two/a.csv",
        "member three/x: it is packed too deep (zip"[:42].replace("zip", "tar" if archive is tarred else "zip"),
        "b.csv",
    ]


@pytest.mark.parametrize("archive", ARCHIVES.values())
def test_what_macos_adds_is_no_member_and_an_archive_without_any_is_refused(
    tmp_path: Path, archive: Callable[..., bytes]
) -> None:
    extra = [("__MACOSX/._a.csv", b"x"), (".DS_Store", b"x"), ("sub/.DS_Store", b"x"), ("._a.csv", b"x")]
    assert opened(tmp_path, archive(*extra, ("a.csv", CSV)))[0][0] == "a.csv"
    (found,) = opened(tmp_path, archive(*extra))
    assert "holds no file" in found


def test_what_is_empty_once_unpacked_is_refused_alone(tmp_path: Path) -> None:
    empty, other = opened(tmp_path, zipped(("a.csv", b""), ("b.csv", OTHER)))
    assert (str(empty)[:26], other[0]) == ("member a.csv: it is empty,", "b.csv")
    assert str(opened(tmp_path, gzip.compress(b""))[0]).startswith("it is empty,")


@pytest.mark.parametrize("archive", ARCHIVES.values())
def test_two_members_with_one_name_both_load(settings: Settings, archive: Callable[..., bytes]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, of the second name
        put(settings, "twice", archive(("a.csv", CSV), ("a.csv", OTHER)))
    assert run_ingest(settings).problems == ()
    assert rows(settings) == [*TWO_ROWS, ("3", "Cy", "third")]
    assert ask(settings, "select member from records.files order by file_id") == [("a.csv",), ("a.csv#2",)]


def test_a_name_that_is_no_text_is_written_as_far_as_it_is(settings: Settings) -> None:
    put(settings, "a.tar", tarred(("m\udce4rz\n.csv", CSV)))
    assert run_ingest(settings).problems == ()
    assert ask(settings, "select member from records.files") == [("m\ufffdrz\ufffd.csv",)]


def damaged(content: bytes, needle: bytes, by: bytes) -> bytes:
    assert needle in content
    return content.replace(needle, by, 1)


LISTED = b"PK\x01\x02\x14\x03\x14\0"
PACKED = zipped(("a", CSV), ("b", OTHER))
BROKEN_MEMBERS = {
    "checksum": (damaged(zipped(("a", CSV), ("b", OTHER), method=0), b"1,Ada", b"1,Bda"), "broken"),
    "encrypted": (damaged(PACKED, LISTED + b"\0", LISTED + b"\1"), "encrypted"),
    "method": (damaged(PACKED, LISTED + b"\0\0\x08", LISTED + b"\0\0\x63"), "packed in a way that cannot be read"),
    "inner gzip": (zipped(("a", gzip.compress(CSV)[:-4]), ("b", OTHER)), "the gzip is broken or cut off"),
    "inner zip": (tarred(("a", zipped(("x", CSV))[:-9]), ("b", OTHER)), "the zip is broken or cut off"),
    "inner tar": (zipped(("a", b"y" + tarred(("x", CSV))[1:]), ("b", OTHER)), "the tar is broken or cut off"),
    "7z": (zipped(("a", b"7z\xbc\xaf\x27\x1c\0\4"), ("b", OTHER)), "packed as 7z"),
}


@pytest.mark.parametrize("name", BROKEN_MEMBERS)
def test_a_broken_or_encrypted_member_is_refused_alone(tmp_path: Path, name: str) -> None:
    content, reason = BROKEN_MEMBERS[name]
    refusal, good = opened(tmp_path, content)
    assert refusal.startswith("member a: ") and reason in refusal
    assert good[2] == OTHER


WHOLE = {
    "zip and garbage": (zipped(("a", CSV)) + b"garbage", "something follows the end of the zip"),
    "two zips": (zipped(("a", CSV)) + zipped(("b", OTHER)), "something stands before the zip's first member"),
    "volume": (b"PK\x07\x08" + zipped(("a", CSV)), "something stands before"),
    "cut zip": (zipped(("a", CSV))[:-30], "the zip is broken or cut off"),
    "lz4": (b"\x04\x22\x4d\x18" + CSV, "packed as lz4"),
    "empty zip": (zipped(), "holds no file"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_an_archive_with_anything_around_it_is_refused(tmp_path: Path, name: str) -> None:
    content, reason = WHOLE[name]
    (found,) = opened(tmp_path, content)
    assert reason in found


def test_a_tar_with_a_broken_header_a_cut_or_a_second_tar_says_so_after_its_members(tmp_path: Path) -> None:
    content = tarred(("a", CSV), ("b", OTHER))
    broken_header = content[:1024] + b"x" + content[1025:]
    for wrong, reason in (
        (broken_header, "broken or cut off"),
        (content[:1024], "broken or cut off"),
        (content[:1300], "broken or cut off"),
        (content + tarred(("c", CSV)), "something follows the end of the tar"),
    ):
        *good, refusal = opened(tmp_path, wrong)
        assert ("a", "tar", CSV) in good
        assert reason in refusal
    (whole,) = opened(tmp_path, b"x" + content[1:])
    assert "the tar is broken" in whole


def test_a_plain_file_is_hashed_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []
    original = containers.file_sha256
    monkeypatch.setattr(containers, "file_sha256", lambda path: hashed.append(path) or original(path))
    put(settings, "a.csv", CSV)
    put(settings, "b.zip", zipped(("b.csv", OTHER)))
    run_ingest(settings)
    # Places are looked through side by side, in whatever order.
    assert sorted(path.name for path in hashed) == ["a.csv", "b.zip"]


VALID = [
    *(compress(CSV) for compress in COMPRESS.values()),
    *(archive(("a.csv", CSV), ("b/c.gz", gzip.compress(OTHER))) for archive in ARCHIVES.values()),
    *(zipped(("a.csv", CSV), method=method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)),
    zipped(("a.tar.xz", lzma.compress(tarred(("x", CSV)))), ("b.zip", zipped(("y", OTHER)))),
]


@st.composite
def mangled(draw: st.DrawFn, valid: list[bytes]) -> bytes:
    """A valid file, cut off somewhere, or with some of its bytes changed."""
    content = bytearray(draw(st.sampled_from(valid)))
    for _ in range(draw(st.integers(0, 4))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(1, len(content)))]) if draw(st.booleans()) else bytes(content)


@hypothesis_settings(max_examples=400, deadline=None, derandomize=True)
@given(content=mangled(VALID))
def test_whatever_happens_to_an_archive_ends_in_parts_or_refusals(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    assert opened(tmp_path_factory.mktemp("mangled"), content)
