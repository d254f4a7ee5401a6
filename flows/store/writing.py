"""Adds versions, which appear whole, and swaps the deployed one in a step that no reader sees half of."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import deployment, layout, loading, manifest, pickles, witnesses
from flows.store.layout import CARD_FILE, COEFFICIENTS_FILE, MANIFEST_FILE, PICKLE_FILE, SQL_FILE, TRAINING_FILE
from flows.store.manifest import Manifest


@dataclass(frozen=True)
class Formula:
    """A fitted pipeline written out: as SQL, or the reason why it has none, and as coefficients if it is linear."""

    sql: str | None = None
    coefficients: bytes | None = None
    reason: str | None = None


def add_version(
    settings: Settings,
    pipeline: Any,
    wanted: Manifest,
    save_training_rows: Callable[[Path], None],
    formula: Formula | None = None,
) -> Manifest:
    """Store a version. It appears whole, by a rename, or not at all; leftovers of killed writers are removed.

    Raises
    ------
    TidemillError
        When the pipeline holds something that the allow-list would not load again.
    """
    content = pickles.dumps(pipeline)
    wanted = _answered(content, wanted)
    formula = _believed(formula or Formula(reason="no SQL was written for it"), wanted)
    unfinished = _unfinished(settings, wanted)
    save_training_rows(unfinished / TRAINING_FILE)
    texts = {PICKLE_FILE: content, SQL_FILE: (formula.sql or "").encode(), COEFFICIENTS_FILE: formula.coefficients}
    written = {name: text for name, text in texts.items() if text}
    for name, text in written.items():
        layout.write_flushed(unfinished / name, text)
    training_sha256 = _flushed_sha256(unfinished / TRAINING_FILE)
    stored = replace(
        wanted,
        scored_by="sql" if formula.sql else "pickle",
        scored_by_reason=formula.reason,
        training_file_sha256=training_sha256,
        files={name: hashlib.sha256(text).hexdigest() for name, text in written.items()}
        | {TRAINING_FILE: training_sha256},
    )
    signature, signed = manifest.signed(settings, stored)
    layout.write_flushed(unfinished / MANIFEST_FILE, signed)
    unfinished.rename(layout.version_folder(settings, wanted.classifier, wanted.version))
    return replace(stored, signature=signature)


def note_decision(settings: Settings, noted: Manifest, card: bytes) -> None:
    """Put a decision into a version's manifest, and its card beside it.

    A manifest that names no card comes first, so that a killed writer leaves none that does not belong to it.
    """
    folder = layout.version_folder(settings, noted.classifier, noted.version)
    others = {name: sha256 for name, sha256 in noted.files.items() if name != CARD_FILE}
    _replace_manifest(settings, folder, replace(noted, files=others))
    layout.write_flushed(folder / CARD_FILE, card)
    files = others | {CARD_FILE: hashlib.sha256(card).hexdigest()}
    _replace_manifest(settings, folder, replace(noted, files=files))


def _replace_manifest(settings: Settings, folder: Path, changed: Manifest) -> None:
    unfinished = folder / f"{MANIFEST_FILE}-unfinished"
    layout.write_flushed(unfinished, manifest.signed(settings, changed)[1])
    unfinished.replace(folder / MANIFEST_FILE)


def _answered(content: bytes, wanted: Manifest) -> Manifest:
    """Note what the pipeline gives for each probe row, as it comes out of its pickle."""
    where = f"{wanted.classifier}: {wanted.estimator}"
    given = loading.probabilities(where, pickles.loads(where, content, wanted.estimator), wanted)
    probes = zip(wanted.probes, given, strict=True)
    return replace(wanted, probes=tuple(replace(probe, probability=each) for probe, each in probes))


def _believed(formula: Formula, answered: Manifest) -> Formula:
    """Drop an SQL that does not compute the pipeline; a linear one has to, or its version is never deployed."""
    if formula.sql and not formula.coefficients:
        try:
            witnesses.agree(answered, formula.sql, None)
        except TidemillError as error:
            return Formula(reason=f"its SQL is not exact: {error}")
    return formula


def _unfinished(settings: Settings, wanted: Manifest) -> Path:
    folder = layout.classifier_folder(settings, wanted.classifier) / "versions"
    layout.refuse_links((folder, folder.parent))
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".unfinished-*"):
        shutil.rmtree(leftover)
    unfinished = folder / f".unfinished-{wanted.version}"
    unfinished.mkdir()
    return unfinished


def _flushed_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remove_version(settings: Settings, classifier: str, version: int) -> int:
    """Remove a version, which disappears whole, and return how many bytes that freed."""
    folder = layout.version_folder(settings, classifier, version)
    size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    # Under a name that the next writer removes too, should this be killed half way.
    doomed = folder.with_name(f".unfinished-removed-{version}")
    folder.rename(doomed)
    shutil.rmtree(doomed)
    return size


def let_go_of_training_rows(settings: Settings, classifier: str, version: int) -> int:
    """Remove the rows a version was fitted on and return how many bytes that freed; the manifest keeps their sha256.

    The manifest that does not name them comes first, so that a killed writer leaves a version that can be verified.
    """
    path = layout.training_file(settings, classifier, version)
    if not path.exists():
        return 0
    stored = manifest.read_manifest(settings, classifier, version)
    files = {name: sha256 for name, sha256 in stored.files.items() if name != TRAINING_FILE}
    _replace_manifest(settings, path.parent, replace(stored, files=files))
    size = path.lstat().st_size
    path.unlink()
    return size


def deploy(settings: Settings, classifier: str, version: int) -> None:
    """Make a version the deployed one, after it was verified and its three witnesses agree.

    Raises
    ------
    TidemillError
        When the version is not to be trusted, or `deployed` is a folder, as copying the store without its links
        leaves it.
    """
    loading.load(settings, classifier, version)
    swap(settings, classifier, version)


def swap(settings: Settings, classifier: str, version: int) -> None:
    """State that a version is deployed, then point `deployed` to it, each by one rename; only `deploy` calls it."""
    folder = layout.classifier_folder(settings, classifier)
    if (folder / "deployed").is_dir() and not (folder / "deployed").is_symlink():
        raise TidemillError(
            f"{folder / 'deployed'}: is a folder, not a link to one of the versions; remove it and run again"
        )
    deployment.state(settings, classifier, version)
    link = folder / ".deployed-next"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / str(version))
    link.replace(folder / "deployed")
