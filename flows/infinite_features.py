"""Finds infinite features, which no estimator takes; a division by zero makes them."""

import duckdb

from flows.amounts import amount
from flows.declaration import Classifier
from flows.errors import DeclarationError
from flows.training_rows import feature_expression, relation


def found(connection: duckdb.DuckDBPyConnection, classifier: Classifier, source: str) -> str | None:
    """Say which feature is infinite in any row of `source`, and how to mend it; None where none is."""
    numbers = [each for each in classifier.features if each.kind == "numeric" and not each.date_part]
    infinite = [f"count(*) filter (isinf({feature_expression(each)}))" for each in numbers]
    counts = connection.execute(f"select {', '.join(['count(*)', *infinite])} from {source}").fetchone()
    assert counts is not None
    for feature, count in zip(numbers, counts[1:], strict=True):
        if count:
            return (
                f"feature '{feature.name}' of {relation(classifier)} is infinite in {amount(count, 'row')}; "
                "make them null or a number in the mart, such as with nullif(divisor, 0)"
            )
    return None


def refuse(connection: duckdb.DuckDBPyConnection, classifier: Classifier, source: str) -> None:
    """Refuse infinite features.

    Raises
    ------
    DeclarationError
        When a feature of any row of `source` is infinite.
    """
    problem = found(connection, classifier, source)
    if problem:
        raise DeclarationError(f"{classifier.declared_in}: exposure {classifier.name}: {problem}")
