"""How found files are shared out into windows and batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ingest import load
from flows.ingest.parts import FoundFile

FILES = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3 * 2**30)), max_size=50).map(
    lambda pairs: [
        FoundFile(f"shop.{name}", f"{number}.csv", size, None) for number, (name, size) in enumerate(sorted(pairs))
    ]
)


@given(FILES, st.integers(1, 8))
def test_every_file_is_in_one_batch_of_its_source_and_in_order(files: list[FoundFile], threads: int) -> None:
    batches = [batch for window in load.windows_of(files, threads) for batch in load.batches_of(window, threads)]
    assert [file for batch in batches for file in batch] == files
    assert all(len({file.source for file in batch}) == 1 for batch in batches)


@given(FILES)
def test_a_window_is_no_larger_than_allowed_unless_one_file_is(files: list[FoundFile]) -> None:
    for window in load.windows_of(files, 2):
        assert len(window) == 1 or sum(file.size_bytes for file in window) <= 2 * load.BYTES_PER_THREAD


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_equal_files_are_shared_out_equally(threads: int) -> None:
    files = [FoundFile("shop.a", f"{number}.csv", 100, None) for number in range(30)]
    sizes = [len(batch) for batch in load.batches_of(files, threads)]
    assert sum(sizes) == 30
    assert len(sizes) == threads
    assert max(sizes) - min(sizes) <= 1


def test_empty_files_are_shared_out_too() -> None:
    files = [FoundFile("shop.a", f"{number}.csv", 0, None) for number in range(3)]
    assert [file for batch in load.batches_of(files, 2) for file in batch] == files


def test_a_window_never_opens_more_files_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "WINDOW_FILES", 4)
    files = [FoundFile("shop.a", f"{number}.csv", 1, None) for number in range(10)]
    assert [len(window) for window in load.windows_of(files, 2)] == [4, 4, 2]
