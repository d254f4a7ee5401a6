"""The only reader and writer of models_store: versions that appear whole, and the deployed one swapped in one step.

Layout: `<classifier>/versions/<n>/{model.pkl, manifest.json, training_rows.parquet}` and `<classifier>/deployed ->
versions/<n>`; and `linkages/<linkage>/<n>.json`. Knows files and their hashes. Does not know how a model is fitted or
judged.
"""

import hashlib
import json
import os
import pickle
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from flows.errors import TidemillError
from flows.settings import Settings

TRAINING_FILE = "training_rows.parquet"
# A pickle is code of these packages: another minor version may load it and answer differently.
PICKLED_PACKAGES = ("scikit-learn", "numpy", "pandas")


@dataclass(frozen=True)
class Manifest:
    """What a stored version is and where it comes from; enough to fit it again."""

    classifier: str
    version: int
    target: str
    key: str
    time_column: str | None
    features: Mapping[str, str]
    estimator: str
    params: Mapping[str, Any]
    threshold: float
    seed: int
    training_relation: str
    training_rows: int
    training_rows_sha256: str
    held_out_rows: int
    trained_at: str
    run_id: str
    code_version: str | None
    package_versions: Mapping[str, str]
    known_rows: int = 0
    cuts: Sequence[str] = ()
    recipe_sha256: str = ""
    model_sha256: str = ""
    training_file_sha256: str = ""


@dataclass(frozen=True)
class Model:
    """A fitted pipeline with its manifest, as loaded from the store."""

    pipeline: Any
    manifest: Manifest


def package_versions() -> dict[str, str]:
    """Return the versions a pickle depends on."""
    return {"python": platform.python_version()} | {name: package_version(name) for name in PICKLED_PACKAGES}


def versions(settings: Settings, classifier: str) -> list[int]:
    """Return the stored versions, oldest first."""
    folder = settings.models_store / classifier / "versions"
    return sorted(int(path.name) for path in folder.glob("[0-9]*") if path.name.isdigit())


def next_version(settings: Settings, classifier: str, last_recorded: int) -> int:
    """Return the number of the next version; numbers only grow, also past those that were removed from the store."""
    return max(last_recorded, *versions(settings, classifier), 0) + 1


def holds(settings: Settings, classifier: str, version: int, model_sha256: str) -> bool:
    """Tell whether the store has this version, and not another one under its number."""
    return (
        version in versions(settings, classifier)
        and read_manifest(settings, classifier, version).model_sha256 == model_sha256
    )


def deployed_version(settings: Settings, classifier: str) -> int | None:
    """Return the version that is deployed, None before the first deployment and where its folder is gone."""
    link = settings.models_store / classifier / "deployed"
    return int(link.readlink().name) if link.is_symlink() and link.exists() else None


def training_file(settings: Settings, classifier: str, version: int) -> Path:
    """Return where the rows lie that a version was fitted on."""
    return _folder(settings, classifier, version) / TRAINING_FILE


def _folder(settings: Settings, classifier: str, version: int) -> Path:
    return settings.models_store / classifier / "versions" / str(version)


def add_version(
    settings: Settings, pipeline: Any, manifest: Manifest, save_training_rows: Callable[[Path], None]
) -> Manifest:
    """Store a version. It appears whole, by a rename, or not at all; leftovers of killed writers are removed."""
    unfinished = _unfinished(settings, manifest)
    save_training_rows(unfinished / TRAINING_FILE)
    content = pickle.dumps(pipeline, protocol=5)
    stored = replace(
        manifest,
        model_sha256=hashlib.sha256(content).hexdigest(),
        training_file_sha256=_flushed_sha256(unfinished / TRAINING_FILE),
    )
    _write(unfinished / "model.pkl", content)
    _write(unfinished / "manifest.json", json.dumps(asdict(stored), indent=2, default=str).encode())
    unfinished.rename(_folder(settings, manifest.classifier, manifest.version))
    return stored


def _unfinished(settings: Settings, manifest: Manifest) -> Path:
    folder = settings.models_store / manifest.classifier / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".unfinished-*"):
        shutil.rmtree(leftover)
    unfinished = folder / f".unfinished-{manifest.version}"
    unfinished.mkdir()
    return unfinished


def _flushed_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def read_manifest(settings: Settings, classifier: str, version: int) -> Manifest:
    """Return a stored version's manifest.

    Raises
    ------
    TidemillError
        When there is no such version or its manifest cannot be read.
    """
    path = _folder(settings, classifier, version) / "manifest.json"
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise TidemillError(f"{path}: cannot be read ({error}); restore the version from a copy") from error


def load(settings: Settings, classifier: str, version: int) -> Model:
    """Load a version, after its pickle has proved to be the one that was stored.

    Raises
    ------
    TidemillError
        When the pickle is missing or is not the one that was stored, or was made with other package versions.
    """
    manifest = read_manifest(settings, classifier, version)
    path = _folder(settings, classifier, version) / "model.pkl"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TidemillError(f"{path}: cannot be read ({error}); restore the version from a copy") from error
    if hashlib.sha256(content).hexdigest() != manifest.model_sha256:
        raise TidemillError(f"{path}: is not the file that was stored (sha256 differs); restore it, or train again")
    _made_with_these_packages(path, manifest)
    return Model(pickle.loads(content), manifest)


def _made_with_these_packages(path: Path, manifest: Manifest) -> None:
    installed = package_versions()
    for name in PICKLED_PACKAGES:
        made_with = manifest.package_versions.get(name, "nothing")
        if made_with.split(".")[:2] != installed[name].split(".")[:2]:
            raise TidemillError(
                f"{path}: was made with {name} {made_with}, installed is {installed[name]}; "
                "install that version, or train again with `tidemill train`"
            )


def deploy(settings: Settings, classifier: str, version: int) -> None:
    """Make a version the deployed one, in one step that readers never see half of.

    Raises
    ------
    TidemillError
        When `deployed` is a folder, as copying the store without its links leaves it.
    """
    folder = settings.models_store / classifier
    if (folder / "deployed").is_dir() and not (folder / "deployed").is_symlink():
        raise TidemillError(
            f"{folder / 'deployed'}: is a folder, not a link to one of the versions; remove it and run again"
        )
    link = folder / ".deployed-next"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / str(version))
    link.replace(folder / "deployed")


def linkage_models(settings: Settings, linkage: str) -> Iterator[tuple[Path, bytes]]:
    """Yield the stored models of a linkage, the newest first; what they say, `flows/linkage/model.py` knows."""
    folder = settings.models_store / "linkages" / linkage
    for version in reversed(_linkage_versions(folder)):
        path = folder / f"{version}.json"
        yield path, path.read_bytes()


def add_linkage_model(settings: Settings, linkage: str, content: bytes) -> Path:
    """Store a linkage model as the next version: one JSON file, which appears whole or not at all."""
    folder = settings.models_store / "linkages" / linkage
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{max(_linkage_versions(folder), default=0) + 1}.json"
    unfinished = path.with_suffix(".unfinished")
    _write(unfinished, content)
    unfinished.replace(path)
    return path


def _linkage_versions(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.json") if path.stem.isdigit())
