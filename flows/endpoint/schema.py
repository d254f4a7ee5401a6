"""Makes the schema of a classifier's rows from its version's signed manifest, and reads rows as training read them.

Knows kinds, ranges, categories and date parts. Knows nothing of HTTP, nor of how rows are scored.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema, create_model

from flows.store import Manifest, Seen

Features = Mapping[str, float | str | None]
# Trees hold single precision, which ends a little above this; the declared types hold few such numbers anyway.
LARGEST = 1e38
WHOLE = ("tinyint", "smallint", "integer", "int", "bigint", "hugeint")
DESCRIBED_CATEGORIES = 20
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII)
# As DuckDB's `date_part` in training, where weekday is the ISO one: Monday is 1.
PARTS: Mapping[str, Callable[[datetime], int]] = {
    "year": lambda moment: moment.year,
    "quarter": lambda moment: (moment.month + 2) // 3,
    "month": lambda moment: moment.month,
    "week": lambda moment: moment.isocalendar().week,
    "day": lambda moment: moment.day,
    "weekday": lambda moment: moment.isoweekday(),
    "hour": lambda moment: moment.hour,
}


def _whole(value: object) -> object:
    """Take 7.0 for the whole number it is in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


KEY = (
    Annotated[str, Field(strict=True)]
    | Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1), BeforeValidator(_whole)]
)


@dataclass(frozen=True)
class Input:
    """A field of a row as it is sent: its attribute in the row's model, its type, and what is expected in words."""

    name: str
    attribute: str
    annotation: Any
    expectation: str


@dataclass(frozen=True)
class Schema:
    """What a version takes: the model of a batch, the fields of its rows, and which features are made of them.

    `sources` has, for each feature, the attribute it comes from and the date part it is, if it is one.
    """

    batch: type[BaseModel]
    inputs: tuple[Input, ...]
    sources: Mapping[str, tuple[str, str | None]]

    def features(self, row: BaseModel) -> Features:
        """Return the features of a validated row, as the pipeline takes them."""
        return {name: _value(getattr(row, attribute), part) for name, (attribute, part) in self.sources.items()}


def schema(manifest: Manifest, max_rows: int) -> Schema:
    """Make the schema of a version's batches."""
    parts = manifest.date_parts
    columns = {name: parts[name][0] if name in parts else name for name in manifest.features}
    attributes = {column: f"field_{number}" for number, column in enumerate(dict.fromkeys(columns.values()))}
    dates = {column for column, _ in parts.values()}
    inputs = tuple(
        Input(column, attribute, *(_moment() if column in dates else _typed(manifest, column)))
        for column, attribute in attributes.items()
    )
    sources = {
        name: (attributes[column], parts[name][1] if name in parts else None) for name, column in columns.items()
    }
    return Schema(_batch(manifest, inputs, max_rows), inputs, sources)


def _batch(manifest: Manifest, inputs: tuple[Input, ...], max_rows: int) -> type[BaseModel]:
    fields: dict[str, Any] = {
        each.attribute: (each.annotation | None, Field(alias=each.name, title=each.name, description=each.expectation))
        for each in inputs
    }
    if manifest.key not in {each.name for each in inputs}:
        described = "the row's key, given back with its answer"
        fields["key"] = (KEY | None, Field(None, alias=manifest.key, title=manifest.key, description=described))
    row = create_model(f"{manifest.classifier}_row", **fields)
    rows = Annotated[list[row], Field(max_length=max_rows)]
    return create_model(f"{manifest.classifier}_batch", rows=(rows, ...))


def _typed(manifest: Manifest, name: str) -> tuple[Any, str]:
    seen, data_type = manifest.seen[name], manifest.features[name]
    if seen.kind == "categorical":
        return Annotated[str, Field(strict=True)], f"a text or null{_categories(seen)}"
    if seen.kind == "boolean":
        return Annotated[bool, Field(strict=True), AfterValidator(float)], "true, false or null"
    is_whole = data_type.lower().strip() in WHOLE
    bounded = Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST, multiple_of=1 if is_whole else None)
    return Annotated[float, bounded], f"a {'whole ' if is_whole else ''}number ({data_type}) or null{_range(seen)}"


def _moment() -> tuple[Any, str]:
    formats = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
    read = Annotated[datetime, BeforeValidator(_read_moment), WithJsonSchema({"anyOf": formats})]
    return read, "a date or timestamp such as 2026-01-31 or 2026-01-31T12:00:00Z (UTC where it names no zone), or null"


def _read_moment(value: object) -> datetime:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValueError("Input should be a date or timestamp")
    moment = datetime.fromisoformat(value.upper())
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except OverflowError as error:
        raise ValueError("Input should be a date or timestamp in the years 1 to 9999 of UTC") from error


def _value(value: Any, part: str | None) -> float | str | None:
    taken: float | str | None = float(PARTS[part](value)) if part and value is not None else value
    return taken


def _range(seen: Seen) -> str:
    return "" if seen.minimum is None else f"; seen in training: {seen.minimum:g} to {seen.maximum:g}"


def _categories(seen: Seen) -> str:
    if not seen.categories:
        return ""
    shown = ", ".join(map(repr, seen.categories[:DESCRIBED_CATEGORIES]))
    others = len(seen.categories) - DESCRIBED_CATEGORIES
    return f"; seen in training: {shown}{f' and {others:,} more' if others > 0 else ''}"
