"""Writes a logistic regression over prepared columns as one expression of the raw features.

Each feature is one term: what prepares a number is folded into its weight, and the weights of a text's categories into
one look-up, where a column per category would be computed only to be multiplied by nothing. (DuckDB looks up each
value of a dictionary-compressed column once: a tenth of the time of a `case` of a hundred branches.)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from flows.sql import literal, quoted


@dataclass(frozen=True)
class Scaled:
    """A number, imputed and scaled."""

    feature: str
    if_missing: float
    mean: float
    scale: float


@dataclass(frozen=True)
class Is:
    """1 where a feature is this category (None: where it is missing)."""

    feature: str
    category: str | None


@dataclass(frozen=True)
class IsOther:
    """1 where a feature is none of these categories: the infrequent bucket, which takes unseen ones too."""

    feature: str
    all_but: tuple[str | None, ...]


Column = Scaled | Is | IsOther
Weighted = tuple[Column, float]


def query(key: str, columns: Sequence[Column], weights: Sequence[float], intercept: float) -> str:
    """Return the query over `features` that gives key and probability."""
    score = "\n        + ".join([_number(intercept), *_terms(zip(columns, weights, strict=True))])
    return f"select\n    {quoted(key)},\n    1 / (1 + exp(-(\n        {score}\n    ))) as probability\nfrom features\n"


def _terms(weighted: Iterable[Weighted]) -> Iterator[str]:
    for _, same_feature in groupby(weighted, lambda pair: pair[0].feature):
        pairs = list(same_feature)
        column, weight = pairs[0]
        if any(weight for _, weight in pairs):
            yield _scaled(column, weight) if isinstance(column, Scaled) else _looked_up(column.feature, pairs)


def number(column: Scaled) -> str:
    """Return a number as it is after imputing, where NaN is missing too."""
    return f"coalesce(nullif({quoted(column.feature)}::double, 'nan'::double), {_number(column.if_missing)})"


def _scaled(column: Scaled, weight: float) -> str:
    # The mean is taken off first: folded into the intercept, it would cost the digits that large numbers share.
    return f"({number(column)} - {_number(column.mean)}) * {_number(weight / column.scale)}"


def _looked_up(feature: str, pairs: Sequence[Weighted]) -> str:
    weights = {column.category: weight for column, weight in pairs if isinstance(column, Is)}
    other = next((weight for column, weight in pairs if isinstance(column, IsOther)), 0.0)
    name, known = quoted(feature), {text: weight for text, weight in weights.items() if text is not None}
    entries = ", ".join(f"{literal(text)}: {_number(weight)}" for text, weight in known.items())
    found = f"coalesce(map {{{entries}}}[{name}], {_number(other)})" if known else _number(other)
    return f"if({name} is null, {_number(weights[None])}, {found})" if None in weights else found


def _number(value: float) -> str:
    return f"{value!r}::double"
