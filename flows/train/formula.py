"""Writes a fitted pipeline out as SQL, and as coefficients if it is linear: the other witnesses of what it computes.

The preparation (impute and scale, one-hot with an infrequent bucket) is written here, because orbital can express
neither the infrequent bucket nor missing texts; a logistic regression too (`linear.py`), in one term a feature. Other
estimators are written by orbital. What it writes is believed only where it gives the pipeline's own probabilities: its
trees hold single-precision leaves, and go through the pickle.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from flows import store
from flows.sql import literal, quoted
from flows.train import linear
from flows.train.linear import Column, Is, IsOther, Scaled
from flows.training_rows import Rows

NORMAL_97_5 = 1.959963984540054
BATCH_ROWS = 50_000
# Of more, the recursion of sqlglot, which writes the sum, or DuckDB, which reads it, comes to its limit.
MAXIMUM_COLUMNS = 300
# Of more weights the intervals would take longer than the fitting.
MAXIMUM_WEIGHTS = 2_000


class Inexpressible(Exception):
    """The pipeline has a part that cannot be written out; says which."""


def write_out(pipeline: Pipeline, key: str, rows: Rows, classes: Sequence[str] = ()) -> store.Formula:
    """Return the pipeline as SQL over a relation `features`, and as coefficients.

    The SQL gives the key and `probability`, or, of several classes, `probabilities`: a map from class to probability.
    """
    try:
        columns = list(_prepared(pipeline["prepare"]))
        sql = _sql(pipeline["estimate"], columns, key, classes)
    except Inexpressible as reason:
        return store.Formula(reason=str(reason))
    return store.Formula(sql, _coefficients(pipeline, columns, rows, classes))


def _prepared(prepare: Any) -> Iterator[Column]:
    """Yield the columns the estimator gets, in its order."""
    for name, transformer, features in prepare.transformers_:
        if not len(features):
            continue
        steps = [each for _, each in transformer.steps] if isinstance(transformer, Pipeline) else [transformer]
        yield from _writer(name, [type(each) for each in steps])(list(features), *steps)


def _writer(name: str, kinds: list[type[Any]]) -> Callable[..., Iterator[Column]]:
    if kinds == [SimpleImputer, StandardScaler]:
        return _scaled
    if kinds == [OneHotEncoder]:
        return _one_hot
    raise Inexpressible(f"step '{name}' ({', '.join(each.__name__ for each in kinds)}) is not written as SQL")


def _scaled(features: list[str], imputer: Any, scaler: Any) -> Iterator[Column]:
    values = zip(features, imputer.statistics_, scaler.mean_, scaler.scale_, strict=True)
    return (Scaled(name, float(fill), float(mean), float(scale)) for name, fill, mean, scale in values)


def _one_hot(features: list[str], encoder: Any) -> Iterator[Column]:
    for name, categories, rare in zip(features, encoder.categories_, encoder.infrequent_categories_, strict=True):
        infrequent = {_text(each) for each in rare} if rare is not None else set()
        frequent = tuple(each for each in map(_text, categories) if each not in infrequent)
        yield from (Is(name, each) for each in frequent)
        if rare is not None:
            yield IsOther(name, frequent)


def _text(category: Any) -> str | None:
    return category if isinstance(category, str) else None


def _sql(estimator: Any, columns: list[Column], key: str, classes: Sequence[str]) -> str:
    if type(estimator) is LogisticRegression and not classes:
        _refuse_too_many({each.feature for each in columns})
        return linear.query(key, columns, [float(each) for each in estimator.coef_[0]], float(estimator.intercept_[0]))
    _refuse_too_many(columns)
    prepared = ",\n        ".join(f"{_expression(each)} as x{number}" for number, each in enumerate(columns))
    return (
        f"with prepared as (\n    select\n        {quoted(key)} as _key,\n        {prepared}\n    from features\n),\n"
        f"scored as (\n{_by_orbital(estimator, len(columns))}\n)\n"
        f"select _key as {quoted(key)}, {_given(classes)}\nfrom scored\n"
    )


def _given(classes: Sequence[str]) -> str:
    if not classes:
        return '"output_probability.1" as probability'
    pairs = ", ".join(f'{literal(name)}: "output_probability.{place}"' for place, name in enumerate(classes))
    return f"map {{{pairs}}} as probabilities"


def _refuse_too_many(columns: Collection[Any]) -> None:
    if len(columns) > MAXIMUM_COLUMNS:
        raise Inexpressible(f"{len(columns)} columns are more than SQL is written for ({MAXIMUM_COLUMNS})")


def _expression(column: Column) -> str:
    feature = quoted(column.feature)
    if isinstance(column, Scaled):
        return f"({linear.number(column)} - {column.mean!r}::double) / {column.scale!r}::double"
    if isinstance(column, Is):
        condition = f"{feature} = {literal(column.category)}" if column.category is not None else f"{feature} is null"
        return f"case when {condition} then 1e0 else 0e0 end"
    known = [literal(each) for each in column.all_but if each is not None]
    tests = [f"{feature} in ({', '.join(known)})"] if known else []
    tests += [f"{feature} is null"] if None in column.all_but else []
    return f"case when {' or '.join(tests)} then 0e0 else 1e0 end" if tests else "1e0"


def _by_orbital(estimator: Any, count: int) -> str:
    """Let orbital write the estimator, over columns x0, x1, … that are all DOUBLE."""
    import orbital  # late: three seconds, and a training that is not needed does not need it
    from orbital import types

    columns = {f"x{number}": types.DoubleColumnType() for number in range(count)}
    try:
        parsed = orbital.parse_pipeline(Pipeline([("estimate", estimator)]), columns)
        parsed.features["_key"] = types.StringColumnType(passthrough=True)
        return str(orbital.export_sql("prepared", parsed, projection=orbital.ResultsProjection(["_key"])))
    except Exception as error:  # orbital, skl2onnx and sqlglot each raise their own for what they do not know
        raise Inexpressible(f"orbital does not write {type(estimator).__name__} as SQL ({error})") from error


def _coefficients(pipeline: Pipeline, columns: list[Column], rows: Rows, classes: Sequence[str]) -> bytes | None:
    estimator = pipeline["estimate"]
    if not isinstance(estimator, LogisticRegression):
        return None
    has_margins = not estimator.l1_ratio and estimator.class_weight is None and estimator.coef_.size <= MAXIMUM_WEIGHTS
    margins = _margins(pipeline, rows) if has_margins else [None] * len(estimator.coef_)
    scores = [
        {"intercept": float(intercept), "terms": list(_terms(columns, weights, each))}
        for intercept, weights, each in zip(estimator.intercept_, estimator.coef_, margins, strict=True)
    ]
    if not classes:
        return json.dumps({"link": "logistic"} | scores[0], indent=2).encode()
    # Of two classes scikit-learn scores the second only; the first stands at nought.
    scores = [{"intercept": 0.0, "terms": []}, *scores] if len(classes) == 2 else scores
    return json.dumps({"link": "softmax", "classes": dict(zip(classes, scores, strict=True))}, indent=2).encode()


def _terms(columns: list[Column], weights: Any, margins: Any) -> Iterator[dict[str, Any]]:
    for place, (column, weight) in enumerate(zip(columns, map(float, weights), strict=True)):
        term = vars(column) | {"coefficient": weight}
        if margins is not None:
            term |= {"lower": weight - float(margins[place]), "upper": weight + float(margins[place])}
        yield term


def _margins(pipeline: Pipeline, rows: Rows) -> Any:
    """Return half the width of each coefficient's 95 % interval (Wald), of the likelihood with its penalty.

    The covariance is the inverse of the penalised Hessian (le Cessie and van Houwelingen 1992, section 3).
    """
    estimator = pipeline["estimate"]
    penalty = np.full((len(estimator.coef_), estimator.coef_.shape[1] + 1), 1 / estimator.C)
    penalty[:, 0] = 0
    hessian = np.diag(penalty.ravel())
    for start in range(0, len(rows.features), BATCH_ROWS):
        hessian += _information(pipeline, rows.features.iloc[start : start + BATCH_ROWS])
    # The pseudo-inverse, because without a penalty a complete set of categories is one column too many, and the
    # intercepts of several classes one too many.
    variances = np.diag(np.linalg.pinv(hessian, hermitian=True)).reshape(penalty.shape)
    return NORMAL_97_5 * np.sqrt(variances[:, 1:])


def _information(pipeline: Pipeline, features: Any) -> Any:
    """Return the information of some rows on intercepts and coefficients, those of one class after another."""
    prepared = pipeline["prepare"].transform(features)
    dense = prepared.toarray() if hasattr(prepared, "toarray") else prepared
    design = np.column_stack([np.ones(len(dense)), dense])
    estimator = pipeline["estimate"]
    # Of two classes one score decides, that of the second.
    chances = estimator.predict_proba(dense)[:, -len(estimator.coef_) :].T
    weights = [[one * ((i == j) - other) for j, other in enumerate(chances)] for i, one in enumerate(chances)]
    return np.block([[design.T @ (design * each[:, None]) for each in row] for row in weights])
