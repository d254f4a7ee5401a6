"""Reads the rows on which the newest version and the deployed one are compared: neither was trained on any of them."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from flows import anchor_rows, anchor_set, store, training_rows
from flows.declaration import Classifier
from flows.errors import TidemillError
from flows.settings import Settings
from flows.training_rows import Rows, Side

log = logging.getLogger("tidemill.deploy")


def read(settings: Settings, classifier: Classifier, newest: int) -> Rows:
    """Read the held-out rows by the newest version's split, without the training rows of either version."""
    cuts = store.read_manifest(settings, classifier.name, newest).cuts
    with TemporaryDirectory() as folder, anchor_rows.published(settings, classifier) as connection:
        files = _training_rows(settings, classifier, newest, Path(folder))
        side = Side(True, cuts, files, classifier.training.rows_in_memory)
        return training_rows.read(connection, classifier, side)


def _training_rows(settings: Settings, classifier: Classifier, newest: int, folder: Path) -> list[Path]:
    """Copy the verified training rows of the newest version and of the deployed one."""
    name, deployed, copies = classifier.name, store.deployed_version(settings, classifier.name), []
    for version in sorted({newest, deployed or newest}):
        try:
            copies.append(store.copy_training_rows(settings, name, version, folder / f"{version}.parquet"))
        except TidemillError as error:
            # A deployed version that is damaged has to be replaced; it cannot be loaded, so nobody stands for it.
            if version != deployed:
                raise
            log.warning("deploy: %s", error)
    return [each for each in copies if each]


def read_anchor(settings: Settings, classifier: Classifier) -> Rows | None:
    """Read the anchor set, None where none was set aside."""
    anchor = anchor_set.find(settings, classifier.name)
    if anchor is None:
        return None
    with anchor_rows.published(settings, classifier) as connection:
        return anchor_rows.read_anchor(connection, classifier, anchor)
