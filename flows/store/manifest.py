"""A version's manifest: what the version is and where it comes from, signed as a whole."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from flows.declaration.declared import FeatureKind
from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import keys, layout

REMEDY = "it is not used; train again with `tidemill train` (`tidemill run` does it by itself)"


@dataclass(frozen=True)
class Seen:
    """What the training rows held of one feature: its kind, how many rows lack it, its range or its categories."""

    kind: FeatureKind
    missing: int
    minimum: float | None = None
    maximum: float | None = None
    categories: Sequence[str] = ()


@dataclass(frozen=True)
class Probe:
    """One row to try a model on, and what the fitted pipeline gave it when it was stored.

    That is the probability of a 1, or those of each of the manifest's classes.
    """

    features: Mapping[str, float | str | None]
    probability: float | list[float]


@dataclass(frozen=True)
class Manifest:
    """What a stored version is and where it comes from; enough to fit it again.

    `date_parts` says of which column a feature is which part; `classes` names the columns of its probabilities where
    the target has several; `files` holds the sha256 of each file of the version; `scored_by` is `sql` or, with the
    reason, `pickle`; `streamed_above_rows` is how many rows were held in memory where the training rows were streamed,
    None where all were held; `keep_training_rows` says of how many versions they stay.
    """

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
    streamed_above_rows: int | None = None
    keep_training_rows: int | None = None
    recipe_sha256: str = ""
    date_parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    classes: Sequence[str] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict)
    probes: Sequence[Probe] = ()
    scored_by: str = "pickle"
    scored_by_reason: str | None = None
    training_file_sha256: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    decision: str | None = None
    decision_reason: str | None = None
    signature: str = ""

    @property
    def model_sha256(self) -> str:
        """The pickle's sha256, by which the records know a version."""
        return self.files[layout.PICKLE_FILE]


def signed(settings: Settings, manifest: Manifest) -> tuple[str, bytes]:
    """Return the signature of a manifest, and the bytes of its file with the signature in them."""
    content = asdict(manifest)
    # Through JSON once, so that what is signed is what will be read.
    content = json.loads(json.dumps(content, default=str))
    signature = keys.sign(settings, content, "version")
    return signature, json.dumps(content | {"signature": signature}, indent=2).encode()


def read_manifest(settings: Settings, classifier: str, version: int) -> Manifest:
    """Return a stored version's manifest, after its signature has proved it to be ours and of this very version.

    Raises
    ------
    TidemillError
        When there is no such version, or its manifest cannot be read, is not signed with our key, or belongs to
        another classifier or version.
    """
    path = layout.version_folder(settings, classifier, version) / layout.MANIFEST_FILE
    try:
        content = json.loads(layout.read_bytes(path))
        signature = content.get("signature")
    except (ValueError, AttributeError, RecursionError) as error:
        raise TidemillError(f"{path}: cannot be read ({error}); {REMEDY}") from error
    if not signature:
        raise TidemillError(f"{path}: has no signature, as older versions of Tidemill left it; {REMEDY}")
    if not keys.is_ours(settings, content, "version"):
        raise TidemillError(f"{path}: is not signed with this store's key, or was changed since; {REMEDY}")
    manifest = _manifest(str(path), content)
    if (manifest.classifier, manifest.version) != (classifier, version):
        raise TidemillError(f"{path}: is that of {manifest.classifier} version {manifest.version}; {REMEDY}")
    return manifest


def _manifest(where: str, content: Mapping[str, Any]) -> Manifest:
    """Make the dataclass of a verified content; another Tidemill's may have other fields."""
    names = {each.name for each in fields(Manifest)}
    try:
        given = dict(content)
        given["seen"] = {name: Seen(**each) for name, each in content["seen"].items()}
        given["probes"] = [Probe(**each) for each in content["probes"]]
        manifest = Manifest(**{name: value for name, value in given.items() if name in names})
    except (KeyError, TypeError) as error:
        raise TidemillError(f"{where}: is of another version of Tidemill ({error}); {REMEDY}") from error
    unknown = set(manifest.files) - set(layout.FILES)
    if unknown or layout.PICKLE_FILE not in manifest.files:
        raise TidemillError(
            f"{where}: its list of files is not one of Tidemill's ({', '.join(sorted(unknown))}); {REMEDY}"
        )
    return manifest
