"""Reads the rows on which the newest version and the deployed one are compared: neither was trained on any of them."""

from flows import store, training_rows, warehouse
from flows.declaration import Classifier
from flows.settings import Settings
from flows.training_rows import Rows, Side


def read(settings: Settings, classifier: Classifier, newest: int) -> Rows:
    """Read the held-out rows by the newest version's split, without the training rows of either version."""
    versions = sorted({newest, store.deployed_version(settings, classifier.name) or newest})
    files = [store.training_file(settings, classifier.name, each) for each in versions]
    cuts = store.read_manifest(settings, classifier.name, newest).cuts
    side = Side(True, cuts, [path for path in files if path.exists()], classifier.training.rows_in_memory)
    with warehouse.read_published(settings) as connection:
        return training_rows.read(connection, classifier, side)
