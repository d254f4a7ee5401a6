"""SQL text that Python writes: a file is read as it stands, whatever its folders are called."""

from pathlib import Path

import duckdb
import pytest

from flows import training_rows
from flows.sql import literal, parquet


@pytest.mark.parametrize("folder", ["plain", "x=folder", "a=1/b=2", "it's [1-3]*?", "{x}"])
def test_a_parquet_file_has_the_columns_and_values_that_stand_in_it(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "rows.parquet"
    path.parent.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("create table rows as select 'mine' as x, 7 as _target, 1 as id")
        connection.execute(f"copy rows to {literal(path)} (format parquet)")
        result = connection.execute(f"select * from {parquet(path)}")
        assert [each[0] for each in result.description] == ["x", "_target", "id"]
        assert result.fetchall() == [("mine", 7, 1)]
    assert list(training_rows.read_saved(path, "id", False).features["x"]) == ["mine"]
