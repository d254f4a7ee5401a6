"""What `clean` makes of a few texts: the macro rendered without dbt, run by DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from flows.macros import render

BOOKKEEPING = "_file_id bigint, _row_number bigint, _loaded_at timestamp, _superseded_by_file_id bigint"


@dataclass(frozen=True)
class Cleaned:
    """One value, the rules that rewrote it, and the rules that it breaks."""

    value: Any
    formatting: tuple[str, ...]
    problems: tuple[str, ...]
    is_rejected: bool


def cleaned(texts: Sequence[str | None], rules: Mapping[str, Any], files: Sequence[int] = ()) -> list[Cleaned]:
    """Clean one column that holds these texts, all in one file unless the files are named."""
    return cleaned_by(render("clean", "raw", {"x": dict(rules)}), texts, files)


def cleaned_by(
    query: str, texts: Sequence[object], files: Sequence[int] = (), data_type: str = "varchar"
) -> list[Cleaned]:
    """Run this SQL of `clean` over one raw column `x` that holds these values."""
    names = "x, _formatting, _problems, _is_rejected"
    found = _answer(f"select {names} from ({query}) order by _row_number", texts, files, data_type)
    return [Cleaned(row[0], rules_of(row[1]), rules_of(row[2]), row[3]) for row in found]


def steps_by(query: str, texts: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run this SQL of `cleaning_steps` over such a column, and return text, step, and text at that step."""
    names = "_row_number, step, text"
    found = _answer(f"select {names} from ({query}) order by _row_number, position", texts, [], "varchar")
    return [(texts[number - 1], step, text) for number, step, text in found]


def _answer(query: str, texts: Sequence[object], files: Sequence[int], data_type: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'; set timezone = 'UTC'")
        connection.execute(f"create table raw (x {data_type}, {BOOKKEEPING})")
        places = files or [1] * len(texts)
        rows = [[text, file, number] for number, (text, file) in enumerate(zip(texts, places, strict=True), 1)]
        connection.executemany("insert into raw (x, _file_id, _row_number) values (?, ?, ?)", rows)
        return connection.execute(query).fetchall()


def rules_of(codes: str | None) -> tuple[str, ...]:
    return tuple(code.split(":")[1] for code in codes.split(",")) if codes else ()


def refusal(texts: Sequence[str | None], rules: Mapping[str, Any]) -> str:
    """Return the message with which the build ends."""
    with pytest.raises(duckdb.InvalidInputException) as error:
        cleaned(texts, rules)
    return str(error.value)
