"""The verb `train`: fits the declared classifier on the published training rows and stores it as a new version.

Knows the pipeline and the guards before fitting. Whether the version is deployed, `deploy.py` decides.
"""

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from flows import decisions, records, store, training_rows, warehouse
from flows.declaration import Classifier
from flows.errors import DeclarationError
from flows.settings import Settings
from flows.training_rows import Rows

log = logging.getLogger("tidemill.train")
MINIMUM_ROWS = 50
# A category seen in fewer training rows says little; such categories share one column.
MINIMUM_CATEGORY_ROWS = 20
THRESHOLD = 0.5


@dataclass(frozen=True)
class TrainSummary:
    """What came of one training: a version, or the reason why there is none."""

    classifier: str
    version: int | None
    training_rows: int
    reason: str


def train(settings: Settings, classifier: Classifier, run: records.Run) -> TrainSummary:
    """Fit the classifier and store it, unless the newest version was fitted on the same rows in the same way.

    Raises
    ------
    DeclarationError
        When the estimator or its params do not exist, or cannot be fitted on the rows.
    """
    with warehouse.read_published(settings) as connection:
        training_rows.refuse_infinite(connection, classifier, training_rows.relation(classifier))
        rows = training_rows.read(connection, classifier, is_held_out=False)
        held_out = training_rows.read(connection, classifier, is_held_out=True)
        reason = _why_not(rows, held_out)
        if reason:
            return _refuse(settings, classifier, run, rows, reason)
        sha256 = training_rows.training_sha256(connection, classifier)
        manifest = _manifest(settings, classifier, run, rows, held_out, sha256)
        save_rows = partial(training_rows.save, connection, classifier)
        return _said(_fit_if_new(settings, classifier, rows, manifest, save_rows))


def _fit_if_new(
    settings: Settings, classifier: Classifier, rows: Rows, wanted: store.Manifest, save_rows: Callable[[Path], None]
) -> TrainSummary:
    same = _same_version(settings, wanted)
    if same:
        reason = f"same rows as version {same}, not fitted again"
        return TrainSummary(classifier.name, same, len(rows.target), reason)
    store.add_version(settings, fit(classifier, rows), wanted, save_rows)
    return TrainSummary(classifier.name, wanted.version, len(rows.target), "fitted")


def fit(classifier: Classifier, rows: Rows) -> Pipeline:
    """Fit the pipeline the classifier declares; the same rows in the same order give the same coefficients.

    Raises
    ------
    DeclarationError
        When the estimator refuses its params or the rows.
    """
    try:
        return _pipeline(classifier, _estimator(classifier)).fit(rows.features, rows.target)
    except (ValueError, TypeError, ArithmeticError) as error:
        params = f"{classifier.estimator} with params {dict(classifier.params)}"
        raise DeclarationError(
            f"{_where(classifier)}: {params} cannot be fitted on {training_rows.relation(classifier)}: "
            f"{' '.join(str(error).split())}"
        ) from error


def _said(summary: TrainSummary) -> TrainSummary:
    log.info(
        "train: %s version %s, %s rows (%s)",
        summary.classifier,
        summary.version,
        f"{summary.training_rows:,}",
        summary.reason,
    )
    return summary


def _why_not(rows: Rows, held_out: Rows) -> str | None:
    total = len(rows.target) + len(held_out.target)
    if total < MINIMUM_ROWS:
        return f"{total} rows with a known target are too few to train on; {MINIMUM_ROWS} are needed"
    for name, side in (("training", rows), ("held-out", held_out)):
        if not len(side.target):
            return f"there are no {name} rows; all rows have one time, or gate.holdout_share is 0 or 1"
        if not side.events or not side.non_events:
            only = "true" if side.events else "false"
            return f"the target is {only} in all {len(side.target)} {name} rows; two classes are needed"
    return None


def _refuse(settings: Settings, classifier: Classifier, run: records.Run, rows: Rows, reason: str) -> TrainSummary:
    """Record that nothing was trained and why."""
    reason = f"{_where(classifier)}: {training_rows.relation(classifier)}: {reason}"
    with warehouse.write(settings) as connection:
        records.add(
            connection,
            records.Model(
                run_id=run.run_id,
                classifier=classifier.name,
                version=None,
                trained_at=records.now(),
                trigger=run.trigger,
                training_relation=training_rows.relation(classifier),
                training_rows=len(rows.target),
                estimator=classifier.estimator,
                decision="refused",
                reason=reason,
            ),
        )
    log.warning("train: %s", reason)
    return TrainSummary(classifier.name, None, len(rows.target), reason)


def _manifest(
    settings: Settings, classifier: Classifier, run: records.Run, rows: Rows, held_out: Rows, sha256: str
) -> store.Manifest:
    with warehouse.write(settings) as connection:
        last_recorded = decisions.last_version(connection, classifier.name)
    return store.Manifest(
        classifier=classifier.name,
        version=store.next_version(settings, classifier.name, last_recorded),
        target=classifier.target,
        key=classifier.key,
        time_column=classifier.time_column,
        features={each.name: each.data_type for each in classifier.features},
        estimator=classifier.estimator,
        params=dict(classifier.params),
        threshold=THRESHOLD,
        seed=classifier.gate.seed,
        training_relation=training_rows.relation(classifier),
        training_rows=len(rows.target),
        training_rows_sha256=sha256,
        held_out_rows=len(held_out.target),
        trained_at=records.now().isoformat(),
        run_id=run.run_id,
        code_version=run.code_version,
        package_versions=store.package_versions(),
    )


def _same_version(settings: Settings, wanted: store.Manifest) -> int | None:
    """Return the newest version if fitting again would give it again."""
    newest = max(store.versions(settings, wanted.classifier), default=None)
    if newest is None:
        return None
    manifest = store.read_manifest(settings, wanted.classifier, newest)
    decisive = ("training_rows_sha256", "features", "target", "estimator", "params", "seed", "package_versions")
    same = all(getattr(manifest, name) == getattr(wanted, name) for name in (*decisive, "code_version"))
    return newest if same else None


def _where(classifier: Classifier) -> str:
    return f"{classifier.declared_in}: exposure {classifier.name}"


def _estimator(classifier: Classifier) -> Any:
    kind = _estimator_class(classifier)
    try:
        estimator = kind(**_params(classifier, kind))
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"{_where(classifier)}: estimator '{classifier.estimator}': {error}") from error
    if not is_classifier(estimator) or not hasattr(estimator, "predict_proba"):
        raise DeclarationError(
            f"{_where(classifier)}: estimator '{classifier.estimator}' gives no probabilities of classes"
        )
    return estimator


def _estimator_class(classifier: Classifier) -> type[Any]:
    where, (module, _, name) = _where(classifier), classifier.estimator.rpartition(".")
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise DeclarationError(f"{where}: estimator '{classifier.estimator}' cannot be imported ({error})") from error
    if not isinstance(kind, type) or not hasattr(kind, "fit"):
        raise DeclarationError(f"{where}: '{classifier.estimator}' is no estimator of scikit-learn's kind")
    return kind


def _params(classifier: Classifier, kind: type[Any]) -> dict[str, Any]:
    """Return the declared params, and what every estimator gets here: the seed, and room to converge."""
    params, allowed = dict(classifier.params), list(inspect.signature(kind).parameters)
    for key in params:
        if key not in allowed:
            raise DeclarationError(
                f"{_where(classifier)}: params: '{key}' is no parameter of {kind.__name__} (has: {', '.join(allowed)})"
            )
    if "random_state" in allowed:
        params.setdefault("random_state", classifier.gate.seed)
    if kind.__name__ == "LogisticRegression":
        params.setdefault("max_iter", 1000)
    return params


def _pipeline(classifier: Classifier, estimator: Any) -> Pipeline:
    numbers = [each.name for each in classifier.features if each.kind != "categorical"]
    categories = [each.name for each in classifier.features if each.kind == "categorical"]
    numeric = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=MINIMUM_CATEGORY_ROWS)
    steps = [("numeric", numeric, numbers), ("categorical", one_hot, categories)]
    # Some estimators, such as the histogram boosting trees, take no sparse matrix.
    takes_sparse = get_tags(estimator).input_tags.sparse
    prepared = ColumnTransformer(steps, sparse_threshold=0.3 if takes_sparse else 0)
    return Pipeline([("prepare", prepared), ("estimate", estimator)])
