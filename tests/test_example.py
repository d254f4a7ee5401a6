"""The example: the same bytes for the same seed, other customers for another, later months bring more."""

import hashlib
from pathlib import Path

from flows.example import write_example


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.glob("**/*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_example(tmp_path / name, 400, seed)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert not set(digests(tmp_path / "a").values()) & set(digests(tmp_path / "c").values())


def test_a_later_month_adds_files_and_leaves_the_earlier_ones(tmp_path: Path) -> None:
    write_example(tmp_path, 400)
    january = digests(tmp_path)
    write_example(tmp_path, 400, month=2)
    both = digests(tmp_path)
    assert len(both) > len(january)
    added = {name for name in both if name not in january}
    assert any("activity" in name for name in added)
    assert any("crm" in name for name in added)


def test_faults_are_counted_in_proportion_to_the_customers(tmp_path: Path) -> None:
    few, many = (write_example(tmp_path / str(count), count).faults for count in (400, 4000))
    assert {name: 10 * count for name, count in few.items()} == dict(many)
    assert min(few.values()) > 0
