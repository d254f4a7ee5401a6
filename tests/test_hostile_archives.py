"""Archives made to harm: none fills the disk, runs without end, or writes outside its scratch folder."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.ingest import containers
from tests.test_containers import ARCHIVES, COMPRESS, CSV, OTHER, opened, tarred, zipped


def test_compression_without_end_is_refused(tmp_path: Path) -> None:
    content = CSV
    for _ in range(containers.MAX_LAYERS + 1):
        content = gzip.compress(content)
    (found,) = opened(tmp_path, content)
    assert "packed too deep" in found


@pytest.mark.parametrize("archive", ARCHIVES.values())
def test_no_name_leads_out_of_the_archive(tmp_path: Path, archive: Callable[..., bytes]) -> None:
    names = ["../up.csv", "/etc/rooted.csv", "a/../../up.csv", "C:/windows.csv", "..\\up.csv"]
    found = opened(tmp_path, archive(*((name, CSV) for name in names), ("good..csv", OTHER)))
    assert [each for each in found[:-1] if "points outside" not in each] == []
    assert found[-1][0] == "good..csv"
    assert {each.name for each in tmp_path.iterdir()} == {"file", "scratch"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused_members(tmp_path: Path, kind: bytes) -> None:
    content = tarred(("link.csv", b""), kind=kind)[:512] + tarred(("a.csv", CSV))
    refusal, good = opened(tmp_path, content)
    assert "member link.csv: it is" in refusal
    assert good == ("a.csv", "tar", CSV)


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    (found,) = opened(tmp_path, buffer.getvalue())
    assert "member link.csv: it is a link" in found


def test_a_folder_in_a_zip_that_holds_content_is_refused_alone(tmp_path: Path) -> None:
    refusal, good = opened(tmp_path, zipped(("folder/", CSV), ("folder/b.csv", OTHER), ("empty/", b"")))
    assert "member folder/: it is named as a folder" in refusal
    assert good == ("folder/b.csv", "zip", OTHER)


def test_a_member_too_large_is_refused_alone_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "FREE_MEMBER_BYTES", 2**16)
    bomb = bytes(2**20)
    for compress in COMPRESS.values():
        monkeypatch.setattr(containers, "MAX_RATIO", 5)
        members = [("bomb", bomb), ("packed", compress(bomb)), ("b", OTHER)]
        *refused, good = opened(tmp_path, zipped(*members))
        assert [("too many for its size" in each) for each in refused] == [True, True]
        assert good == ("b", "zip", OTHER)
    assert all(each.stat().st_size < 2**16 for each in (tmp_path / "scratch").iterdir())


def test_the_limits_hold_for_a_whole_file_across_nesting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_UNCOMPRESSED_BYTES", 50_000)
    inner = zipped(*((str(number), bytes(9000)) for number in range(4)))
    found = opened(tmp_path, zipped(("a", inner), ("b", inner)))
    assert [isinstance(each, tuple) for each in found] == [True] * 5 + [False] * 3
    assert sum(each.stat().st_size for each in (tmp_path / "scratch").iterdir()) <= 50_000
    monkeypatch.setattr(containers, "MAX_MEMBERS", 3)
    *good, last = opened(tmp_path, zipped(("a", zipped(("1", CSV), ("2", CSV), ("3", CSV)))))
    assert len(good) == 2 and "more than 3 members" in last


def test_a_tar_member_with_a_negative_size_is_no_circle(tmp_path: Path) -> None:
    header = bytearray(tarred(("a", b""))[:512])
    header[124:136] = b"\xff" * 10 + struct.pack(">h", -512)
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    (found,) = opened(tmp_path, bytes(header) + bytes(1024))
    assert "the tar is broken" in found
