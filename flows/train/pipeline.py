"""Builds the pipeline a classifier declares from its columns' types, and fits it. Knows no files and no records."""

import inspect
from importlib import import_module
from typing import Any

from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from flows import training_rows
from flows.declaration import Classifier
from flows.errors import DeclarationError
from flows.training_rows import Rows

# A category seen in fewer training rows says little; such categories share one column.
MINIMUM_CATEGORY_ROWS = 20


def where(classifier: Classifier) -> str:
    """Return where a classifier is declared, as the begin of a message."""
    return f"{classifier.declared_in}: exposure {classifier.name}"


def fit(classifier: Classifier, rows: Rows) -> Pipeline:
    """Fit the pipeline the classifier declares; the same rows in the same order give the same coefficients.

    Raises
    ------
    DeclarationError
        When the estimator refuses its params or the rows.
    """
    try:
        return build(classifier).fit(rows.features, rows.target)
    except (ValueError, TypeError, ArithmeticError) as error:
        params = f"{classifier.estimator} with params {dict(classifier.params)}"
        raise DeclarationError(
            f"{where(classifier)}: {params} cannot be fitted on {training_rows.relation(classifier)}: "
            f"{' '.join(str(error).split())}"
        ) from error


def _estimator(classifier: Classifier) -> Any:
    """Return the declared estimator, unfitted."""
    kind = _estimator_class(classifier)
    try:
        made = kind(**_params(classifier, kind))
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"{where(classifier)}: estimator '{classifier.estimator}': {error}") from error
    if not is_classifier(made) or not hasattr(made, "predict_proba"):
        raise DeclarationError(
            f"{where(classifier)}: estimator '{classifier.estimator}' gives no probabilities of classes"
        )
    return made


def _estimator_class(classifier: Classifier) -> type[Any]:
    place, (module, _, name) = where(classifier), classifier.estimator.rpartition(".")
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise DeclarationError(f"{place}: estimator '{classifier.estimator}' cannot be imported ({error})") from error
    if not isinstance(kind, type) or not hasattr(kind, "fit"):
        raise DeclarationError(f"{place}: '{classifier.estimator}' is no estimator of scikit-learn's kind")
    return kind


def _params(classifier: Classifier, kind: type[Any]) -> dict[str, Any]:
    """Return the declared params, and what every estimator gets here: the seed, and room to converge."""
    params, allowed = dict(classifier.params), list(inspect.signature(kind).parameters)
    for key in params:
        if key not in allowed:
            raise DeclarationError(
                f"{where(classifier)}: params: '{key}' is no parameter of {kind.__name__} (has: {', '.join(allowed)})"
            )
    if "random_state" in allowed:
        params.setdefault("random_state", classifier.gate.seed)
    if kind.__name__ == "LogisticRegression":
        params.setdefault("max_iter", 1000)
    return params


def build(classifier: Classifier) -> Pipeline:
    """Build the pipeline, unfitted.

    Raises
    ------
    DeclarationError
        When the estimator or its params do not exist.
    """
    declared = _estimator(classifier)
    numbers = [each.name for each in classifier.features if each.kind != "categorical"]
    categories = [each.name for each in classifier.features if each.kind == "categorical"]
    numeric = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=MINIMUM_CATEGORY_ROWS)
    steps = [("numeric", numeric, numbers), ("categorical", one_hot, categories)]
    # Some estimators, such as the histogram boosting trees, take no sparse matrix.
    takes_sparse = get_tags(declared).input_tags.sparse
    prepared = ColumnTransformer(steps, sparse_threshold=0.3 if takes_sparse else 0)
    return Pipeline([("prepare", prepared), ("estimate", declared)])
