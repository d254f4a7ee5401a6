"""Fuzzing: for as long as `--fuzz-seconds` says, detectors and readers are given files made to break them."""

import time
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.declaration import Source
from flows.ingest.formats.csv import scan as csv_scan
from tests.csv_files import SOURCES, bytes_like_csv, plain, written
from tests.reading import outcome, read

EXAMPLES = 500


@pytest.mark.slow
def test_no_file_breaks_the_detectors_and_readers(request: pytest.FixtureRequest) -> None:
    until, examples, rounds = time.monotonic() + request.config.getoption("--fuzz-seconds"), 0, time.time_ns()
    round_settings = hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    @round_settings
    @given(bytes_like_csv(), SOURCES, st.integers(1, 60), written(), plain())
    def one_round(
        content: bytes,
        source: Source,
        size: int,
        declared: tuple[bytes, list[tuple[str, ...]], Source],
        undeclared: tuple[bytes, list[tuple[str, ...]]],
    ) -> None:
        nonlocal examples
        examples += 4
        whole = outcome(content, source)
        with mock.patch.object(csv_scan, "CHUNK_BYTES", size):
            assert outcome(content, source) == whole
        assert read(declared[0], declared[2]).rows == declared[1]
        assert read(undeclared[0]).rows == undeclared[1]

    while time.monotonic() < until:
        seed(rounds)(one_round)()
        rounds += 1
    print(f"{examples} files read or refused")
