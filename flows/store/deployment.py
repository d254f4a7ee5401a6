"""Which version is deployed, as a signed statement: an older version is signed too, so the link alone proves nothing.

Layout: `<classifier>/deployment.json`. It cannot tell that an earlier statement was put back: the records can, and so
can whoever has seen the later one.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import keys, layout
from flows.store.manifest import read_manifest

REMEDY = "`tidemill deploy` writes it anew"


@dataclass(frozen=True)
class Deployment:
    """That a version, known by its pickle's sha256, was made the deployed one, and when."""

    classifier: str
    version: int
    model_sha256: str
    deployed_at: str


def state(settings: Settings, classifier: str, version: int) -> None:
    """State that a version is the deployed one, in the place of the last statement, by one rename."""
    sha256 = read_manifest(settings, classifier, version).model_sha256
    content = asdict(Deployment(classifier, version, sha256, datetime.now(UTC).isoformat(timespec="microseconds")))
    signature = keys.sign(settings, content, "deployment")
    path = layout.deployment_file(settings, classifier)
    unfinished = path.with_name(f".{path.name}-unfinished")
    layout.write_flushed(unfinished, json.dumps(content | {"signature": signature}, indent=2).encode())
    unfinished.replace(path)


def is_missing(settings: Settings, classifier: str) -> bool:
    """Tell whether nothing was stated, as in a store of an older Tidemill."""
    return not os.path.lexists(layout.deployment_file(settings, classifier))


def stated(settings: Settings, classifier: str) -> Deployment:
    """Return what was stated last, after its signature has proved it to be ours and the stored version to be meant.

    Raises
    ------
    TidemillError
        When there is no statement, as in a store of an older Tidemill, or it is not to be trusted.
    """
    path = layout.deployment_file(settings, classifier)
    if is_missing(settings, classifier):
        raise TidemillError(f"{path}: is missing, as older versions of Tidemill left it; {REMEDY}")
    try:
        content = json.loads(layout.read_bytes(path, folders=1))
        is_ours = keys.is_ours(settings, content, "deployment") and content["classifier"] == classifier
        found = Deployment(classifier, int(content["version"]), content["model_sha256"], content["deployed_at"])
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise TidemillError(f"{path}: cannot be read ({error}); {REMEDY}") from error
    if not is_ours:
        raise TidemillError(
            f"{path}: is not {classifier}'s, signed with this store's key, or was changed since; {REMEDY}"
        )
    if read_manifest(settings, classifier, found.version).model_sha256 != found.model_sha256:
        raise TidemillError(f"{path}: names another version {found.version} than the one that is stored; {REMEDY}")
    return found
