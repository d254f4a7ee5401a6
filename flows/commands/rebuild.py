"""The command `rebuild`: fits a version again from its own record and says what differs."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import numpy as np
from sklearn.pipeline import Pipeline

from flows import store, train, training_rows
from flows.amounts import amount
from flows.declaration import Classifier
from flows.declaration.declared import Feature, Gate
from flows.errors import TidemillError
from flows.settings import Settings
from flows.sql import parquet
from flows.train import fitting
from flows.training_rows import Rows


def run_rebuild(classifier: str, version: int) -> bool:
    """Fit a version again, print what differs, and tell whether nothing of the model does."""
    settings = Settings()
    stored = store.load(settings, classifier, version)
    rebuilt, rows = _fitted_again(settings, stored.manifest)
    for line in _circumstances(stored.manifest):
        print(f"rebuild: {line}")
    differing = list(_differences(stored.pipeline, rebuilt, rows))
    for line in differing:
        print(f"rebuild: {line}")
    if not differing:
        of_rows = amount(stored.manifest.training_rows, "row")
        print(f"rebuild: {classifier} version {version}: the same from {of_rows}, bit for bit")
    return not differing


def _fitted_again(settings: Settings, manifest: store.Manifest) -> tuple[Pipeline, Rows]:
    """Fit in the way the version was fitted, and return those of its rows that were held in memory."""
    path = store.training_file(settings, manifest.classifier, manifest.version)
    if not path.exists():
        raise TidemillError(
            f"rebuild: {manifest.classifier} version {manifest.version} cannot be fitted again: its training "
            f"rows were removed, as {manifest.classifier}'s train.keep_training_rows says"
        )
    if manifest.streamed_above_rows is None:
        rows = _with_features(training_rows.read_saved(path, manifest.key, bool(manifest.classes)), manifest)
        return train.fit(_declared(manifest), rows), rows
    classifier, source = _declared(manifest), f"select * from {parquet(path)}"
    with duckdb.connect() as connection:
        some = training_rows.sampled(connection, classifier, source, manifest.streamed_above_rows)
        frame = connection.execute(f"select * from ({some}) order by all").df()
        rows = training_rows.of_saved(frame, manifest.key, bool(manifest.classes)).among(tuple(manifest.classes))
        return fitting.fit_streamed(connection, classifier, source, _with_features(rows, manifest)), rows


def _with_features(rows: Rows, manifest: store.Manifest) -> Rows:
    return replace(rows, features=rows.features[list(manifest.features)])


def _declared(manifest: store.Manifest) -> Classifier:
    """Return the classifier as it was declared when the version was trained."""
    schema, _, table = manifest.training_relation.partition(".")
    kinds = {name: each.kind for name, each in manifest.seen.items()}
    return Classifier(
        name=manifest.classifier,
        declared_in=f"version {manifest.version}",
        schema=schema,
        table=table,
        key=manifest.key,
        target=manifest.target,
        time_column=manifest.time_column,
        features=tuple(Feature(name, data_type, kinds[name]) for name, data_type in manifest.features.items()),
        estimator=manifest.estimator,
        params=manifest.params,
        schedule=None,
        gate=Gate(seed=manifest.seed),
        is_multi_class=bool(manifest.classes),
    )


def _circumstances(manifest: store.Manifest) -> Iterator[str]:
    for name, installed in store.package_versions().items():
        if manifest.package_versions.get(name) != installed:
            yield f"was made with {name} {manifest.package_versions.get(name)}, installed is {installed}"


def _differences(stored: Pipeline, rebuilt: Pipeline, rows: Rows) -> Iterator[str]:
    probabilities = [each.predict_proba(rows.features) for each in (stored, rebuilt)]
    furthest = float(np.abs(probabilities[0] - probabilities[1]).max())
    if furthest:
        yield f"probabilities of the training rows differ by up to {furthest:.3g}"
    before, now = (getattr(each["estimate"], "coef_", np.empty(0)) for each in (stored, rebuilt))
    if not np.array_equal(before, now):
        yield f"coefficients differ: {before.size} were stored, {now.size} are fitted now"
