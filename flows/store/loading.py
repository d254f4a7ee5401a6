"""The only way to a fitted pipeline: each check before the next, and the first that fails ends it."""

import hashlib
import platform
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import layout, pickles
from flows.store.manifest import REMEDY, Manifest, read_manifest
from flows.store.witnesses import Answer, agree, is_close, probe_frame

if TYPE_CHECKING:
    import pandas as pd

# A pickle is code of these packages: another minor version may load it and answer differently.
PICKLED_PACKAGES = ("scikit-learn", "numpy", "pandas")
COPIED_BYTES = 2**20
USED_FILES = (layout.PICKLE_FILE, layout.SQL_FILE, layout.COEFFICIENTS_FILE)


@dataclass(frozen=True)
class Model:
    """A verified version: its fitted pipeline, its manifest, and its SQL and its coefficients if it has them."""

    pipeline: Any
    manifest: Manifest
    sql: str | None = None
    coefficients: bytes | None = None

    def probabilities(self, features: "pd.DataFrame") -> Any:
        """Return the probability of a 1 for each row, or a column for each of the manifest's classes."""
        scored = self.pipeline.predict_proba(features)
        return scored if self.manifest.classes else scored[:, 1]


def package_versions() -> dict[str, str]:
    """Return the versions a pickle depends on."""
    return {"python": platform.python_version()} | {name: package_version(name) for name in PICKLED_PACKAGES}


def load(settings: Settings, classifier: str, version: int) -> Model:
    """Load a version: signature, hashes, package versions, allow-list, probe rows, witnesses; then it may serve.

    Raises
    ------
    TidemillError
        When a check fails; says which, and what to do.
    """
    manifest = read_manifest(settings, classifier, version)
    folder = layout.version_folder(settings, classifier, version)
    used = {name: sha256 for name, sha256 in manifest.files.items() if name in USED_FILES}
    files = {name: _the_stored_bytes(folder / name, sha256) for name, sha256 in used.items()}
    for name in manifest.files.keys() - used.keys():
        _verify_unused(folder / name, manifest.files[name])
    _made_with_these_packages(folder, manifest)
    where = str(folder / layout.PICKLE_FILE)
    pipeline = pickles.loads(where, files[layout.PICKLE_FILE], manifest.estimator)
    _answers_as_when_stored(where, pipeline, manifest)
    sql = files[layout.SQL_FILE].decode() if layout.SQL_FILE in files else None
    coefficients = files.get(layout.COEFFICIENTS_FILE)
    agree(manifest, sql, coefficients)
    return Model(pipeline, manifest, sql, coefficients)


def copy_training_rows(settings: Settings, classifier: str, version: int, to: Path) -> Path | None:
    """Copy the rows a version was fitted on, hashed as they are copied, so that what is read is what was verified.

    None where they are kept no more.

    Raises
    ------
    TidemillError
        When they are not the rows that were stored.
    """
    stored = read_manifest(settings, classifier, version).files.get(layout.TRAINING_FILE)
    if stored is None:
        return None
    path, digest = layout.training_file(settings, classifier, version), hashlib.sha256()
    with layout.opened(path) as source, to.open("xb") as copy:
        while chunk := source.read(COPIED_BYTES):
            digest.update(chunk)
            copy.write(chunk)
    _refuse_another(path, digest.hexdigest(), stored)
    return to


def _the_stored_bytes(path: Path, sha256: str) -> bytes:
    content = layout.read_bytes(path)
    _refuse_another(path, hashlib.sha256(content).hexdigest(), sha256)
    return content


def _verify_unused(path: Path, sha256: str) -> None:
    """Verify a file that nothing here uses, and that may be larger than memory."""
    with layout.opened(path) as stream:
        _refuse_another(path, hashlib.file_digest(stream, "sha256").hexdigest(), sha256)


def _refuse_another(path: Path, found: str, stored: str) -> None:
    if found != stored:
        raise TidemillError(f"{path}: is not the file that was stored (sha256 differs); restore it, or train again")


def _made_with_these_packages(folder: Path, manifest: Manifest) -> None:
    installed = package_versions()
    for name in PICKLED_PACKAGES:
        made_with = manifest.package_versions.get(name, "nothing")
        if made_with.split(".")[:2] != installed[name].split(".")[:2]:
            raise TidemillError(
                f"{folder}: was made with {name} {made_with}, installed is {installed[name]}; "
                "install that version, or train again with `tidemill train`"
            )


def _answers_as_when_stored(where: str, pipeline: Any, manifest: Manifest) -> None:
    given = probabilities(where, pipeline, manifest)
    for probe, probability in zip(manifest.probes, given, strict=True):
        if not is_close(probability, probe.probability):
            raise TidemillError(
                f"{where}: gives {probability!r} for {dict(probe.features)}, but gave {probe.probability!r} when it "
                f"was stored; {REMEDY}"
            )


def probabilities(where: str, pipeline: Any, manifest: Manifest) -> list[Answer]:
    """Return what a pipeline gives for the manifest's probe rows.

    Raises
    ------
    TidemillError
        When it cannot score them.
    """
    if not manifest.probes:
        return []
    try:
        answers: list[Answer] = Model(pipeline, manifest).probabilities(probe_frame(manifest)).tolist()
        return answers
    except Exception as error:  # whatever was unpickled, its methods raise what they will
        raise TidemillError(f"{where}: cannot score its probe rows ({error}); {REMEDY}") from error
