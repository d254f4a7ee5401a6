"""Typed formats: what DuckDB would misread or could not hold is refused with a word, never lost or a traceback."""

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from flows.settings import Settings
from tests.ingesting import run_ingest
from tests.test_columnar import put
from tests.test_json import ANY

NESTED = {
    "names that differ in case": pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["a", "A"]),
    "a name without letters": pa.array([{"": 1}]),
    "a zero byte in a name": pa.array([{"a\0b": 1}]),
    "a duration in a list": pa.array([[5]], pa.list_(pa.duration("s"))),
    "a duration in a map": pa.array([[("k", 5)]], pa.map_(pa.string(), pa.duration("s"))),
    "a duration in a struct": pa.array([{"x": 5}], pa.struct([("x", pa.duration("s"))])),
}


@pytest.mark.parametrize("name", ["parquet", "arrow_file"])
def test_two_files_joined_to_one_are_refused(settings: Settings, name: str) -> None:
    path = put(settings, name, pa.table({"a": [1, 2]}))
    first = path.read_bytes()
    put(settings, name, pa.table({"a": [3, 4]}))
    path.write_bytes(first + path.read_bytes())
    (problem,) = run_ingest(settings, ANY).problems
    assert "several files joined to one" in problem


def test_the_marks_of_joined_files_are_no_matter_within_values(settings: Settings) -> None:
    path = put(settings, "parquet", pa.table({"a": ["PAR1PAR1"]}))
    pq.write_table(
        pa.table({"a": ["PAR1PAR1"]}), path, compression="none", use_dictionary=False, write_statistics=False
    )
    assert run_ingest(settings, ANY).sources[0].records_loaded == 1


@pytest.mark.parametrize("what", NESTED)
@pytest.mark.parametrize("write", [pq.write_table, feather.write_feather])
def test_nested_values_that_no_column_can_hold_are_refused(settings: Settings, what: str, write: object) -> None:
    path = put(settings, "parquet", pa.table({"a": [1]}))
    write(pa.table({"a": NESTED[what]}), str(path))  # type: ignore[operator]
    (problem,) = run_ingest(settings, ANY).problems
    assert "write them as text" in problem
