"""Answers a body: reads it, scores its rows, and says what is unlike training. Knows one served version at a time."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import HTTPException
from pydantic import BaseModel, ValidationError

from flows import store
from flows.endpoint import body, unseen
from flows.endpoint.serving import Served
from flows.endpoint.unseen import Warned

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Prediction:
    """What is said of one row; `key` is the row's own, where it had one."""

    key: str | int | None
    probability: float
    decision: bool
    warnings: Sequence[Warned]


@dataclass(frozen=True)
class ClassPrediction:
    """What is said of one row where there are several classes: the likeliest, its probability, and that of each."""

    key: str | int | None
    probability: float
    decision: str
    probabilities: Mapping[str, float]
    warnings: Sequence[Warned]


@dataclass(frozen=True)
class Answer:
    """The predictions of one version, in the order of the rows."""

    classifier: str
    version: int
    predictions: Sequence[Prediction | ClassPrediction]


def answer(served: Served, content: bytes) -> Answer:
    """Answer a body.

    Raises
    ------
    HTTPException
        422 when it is no batch of this version's rows; names each field and what belongs there.
    """
    rows = _rows(served, body.parse(content))
    features = [served.schema.features(each) for each in rows]
    try:
        probabilities = served.score(features) if features else []
    except (ValueError, OverflowError) as error:  # numbers at the end of what a double holds
        raise HTTPException(422, [_problem(["body", "rows"], f"cannot be scored: {error}", "score")]) from error
    predictions = [
        prediction(served, row, probability, unseen.warnings(served.familiar, each))
        for row, probability, each in zip(rows, probabilities, features, strict=True)
    ]
    return Answer(served.classifier, served.version, predictions)


def prediction(
    served: Served, row: BaseModel, given: store.Answer, warnings: Sequence[Warned]
) -> Prediction | ClassPrediction:
    """Say what is predicted for one row."""
    numbers, key = given if isinstance(given, list) else [given], getattr(row, "key", None)
    if not all(map(math.isfinite, numbers)):
        raise HTTPException(422, [_problem(["body", "rows"], "cannot be scored: its numbers are too large", "score")])
    if not served.manifest.classes:
        return Prediction(key, numbers[0], numbers[0] >= served.manifest.threshold, warnings)
    probabilities = dict(zip(served.manifest.classes, numbers, strict=True))
    decision = max(probabilities, key=probabilities.__getitem__)
    return ClassPrediction(key, probabilities[decision], decision, probabilities, warnings)


def encoded(given: Answer) -> bytes:
    """Return an answer as JSON."""
    return orjson.dumps(given)


def _rows(served: Served, value: Any) -> Sequence[BaseModel]:
    try:
        return served.schema.batch.model_validate(value).rows  # type: ignore[attr-defined, no-any-return]
    except ValidationError as error:
        raise HTTPException(422, list(_problems(served, error))) from error


def _problems(served: Served, error: ValidationError) -> Iterator[dict[str, Any]]:
    """Yield the first problems, each with its place, and what is expected of the field."""
    expectations = {each.name: each.expectation for each in served.schema.inputs}
    found = error.errors(include_url=False, include_context=False, include_input=False)
    for each in found[:SHOWN_PROBLEMS]:
        # Behind rows, number and field stands which kind of a union was tried.
        place = ["body", *each["loc"][:3]]
        expected = f"; expected is {expectations[str(place[-1])]}" if str(place[-1]) in expectations else ""
        yield _problem(place, f"{place[-1]}: {each['msg']}{expected}", each["type"])
    if len(found) > SHOWN_PROBLEMS:
        yield _problem(["body"], f"and {len(found) - SHOWN_PROBLEMS:,} more", "more")


def _problem(place: list[Any], message: str, kind: str) -> dict[str, Any]:
    return {"loc": place, "msg": message, "type": kind}
