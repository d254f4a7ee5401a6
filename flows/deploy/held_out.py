"""Reads the rows on which the newest version and the deployed one are compared: neither was trained on any of them."""

from flows import anchor_rows, anchor_set, store, training_rows
from flows.declaration import Classifier
from flows.settings import Settings
from flows.training_rows import Rows, Side


def read(settings: Settings, classifier: Classifier, newest: int) -> Rows:
    """Read the held-out rows by the newest version's split, without the training rows of either version."""
    versions = sorted({newest, store.deployed_version(settings, classifier.name) or newest})
    files = [store.training_file(settings, classifier.name, each) for each in versions]
    cuts = store.read_manifest(settings, classifier.name, newest).cuts
    side = Side(True, cuts, [path for path in files if path.exists()], classifier.training.rows_in_memory)
    with anchor_rows.published(settings, classifier) as connection:
        return training_rows.read(connection, classifier, side)


def read_anchor(settings: Settings, classifier: Classifier) -> Rows | None:
    """Read the anchor set, None where none was set aside."""
    anchor = anchor_set.find(settings, classifier.name)
    if anchor is None:
        return None
    with anchor_rows.published(settings, classifier) as connection:
        return anchor_rows.read_anchor(connection, classifier, anchor)
