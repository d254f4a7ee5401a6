"""The same declaration and threshold find the duplicates of FEBRL 1 to 4, whose truth is known."""

from pathlib import Path

import pytest

from benchmarks.linkage import downloaded, qualities, table_row
from flows.settings import REPOSITORY


@pytest.mark.slow
def test_clusters_are_right_on_each_of_febrl_1_to_4(tmp_path: Path) -> None:
    found = dict(qualities(downloaded(tmp_path)))
    assert list(found) == ["FEBRL 1", "FEBRL 2", "FEBRL 3", "FEBRL 4"]
    assert [each.true_pairs for each in found.values()] == [500, 1934, 6538, 5000]
    docs = (REPOSITORY / "docs" / "linkage.md").read_text(encoding="utf-8")
    for name, each in found.items():
        assert table_row(name, each) in docs
        assert each.f1 >= 0.993, (name, each)
        assert each.reach >= 0.99, (name, each)
