"""The only reader and writer of models_store: signed versions that appear whole, one of them deployed, in one step.

Layout: `<classifier>/versions/<n>/` with the pickle, its formula in SQL and as coefficients, the training rows and the
signed manifest; `<classifier>/deployment.json`, which states which one is deployed, and the link to it,
`<classifier>/deployed -> versions/<n>`; and `linkages/<linkage>/<n>.json`. Knows files, their hashes
and their signatures. Does not know how a model is fitted or judged.
"""

from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import deployment
from flows.store.deployment import stated
from flows.store.layout import Mark, classifiers, deployed_mark, linked_version, next_version, training_file, versions
from flows.store.linkages import add_linkage_model, linkage_models
from flows.store.loading import PICKLED_PACKAGES, Model, copy_training_rows, load, package_versions
from flows.store.manifest import Manifest, Probe, Seen, read_manifest
from flows.store.witnesses import TOLERANCE, Answer, feature_frame, is_close, logistic, softmax
from flows.store.writing import Formula, add_version, deploy, let_go_of_training_rows, note_decision, remove_version

__all__ = [
    "PICKLED_PACKAGES",
    "TOLERANCE",
    "Answer",
    "Formula",
    "Manifest",
    "Mark",
    "Model",
    "Probe",
    "Seen",
    "add_linkage_model",
    "add_version",
    "classifiers",
    "copy_training_rows",
    "deploy",
    "deployed_mark",
    "deployed_version",
    "feature_frame",
    "holds",
    "is_close",
    "is_in_place",
    "is_verified",
    "let_go_of_training_rows",
    "linkage_models",
    "linked_version",
    "load",
    "logistic",
    "newest",
    "next_version",
    "note_decision",
    "package_versions",
    "read_manifest",
    "remove_version",
    "softmax",
    "stated",
    "training_file",
    "versions",
    "why_not_trusted",
]


def is_verified(settings: Settings, classifier: str, version: int) -> bool:
    """Tell whether a version's manifest is there, ours, and of this version."""
    try:
        read_manifest(settings, classifier, version)
    except TidemillError:
        return False
    return True


def newest(settings: Settings, classifier: str, other_than: int | None = None) -> int | None:
    """Return the newest version that is ours, and another than this one; what else lies there is passed over."""
    others = (each for each in reversed(versions(settings, classifier)) if each != other_than)
    return next((each for each in others if is_verified(settings, classifier, each)), None)


def holds(settings: Settings, classifier: str, version: int, model_sha256: str) -> bool:
    """Tell whether the store has this version, verified, and not another one under its number."""
    return (
        is_verified(settings, classifier, version)
        and read_manifest(settings, classifier, version).model_sha256 == model_sha256
    )


def deployed_version(settings: Settings, classifier: str) -> int | None:
    """Return the version that is deployed, None before the first deployment and where it is not to be trusted.

    That is the one that was stated last; in a store from before there were statements, the one that is linked.
    """
    try:
        return _deployed(settings, classifier)
    except TidemillError:
        return None


def why_not_trusted(settings: Settings, classifier: str) -> str | None:
    """Return why the version that is deployed is not to be trusted; None where it is, and where none is deployed."""
    try:
        _deployed(settings, classifier)
    except TidemillError as error:
        return str(error)
    return None


def _deployed(settings: Settings, classifier: str) -> int | None:
    if not deployment.is_missing(settings, classifier):
        return stated(settings, classifier).version
    version = linked_version(settings, classifier)
    if version is not None:
        read_manifest(settings, classifier, version)
    return version


def is_in_place(settings: Settings, classifier: str, version: int) -> bool:
    """Tell whether a version is stated to be deployed, and linked."""
    return (
        not deployment.is_missing(settings, classifier)
        and deployed_version(settings, classifier) == version
        and linked_version(settings, classifier) == version
    )
