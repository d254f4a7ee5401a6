"""The anchor set of a classifier: clean rows, set aside once, never trained on, and proved to be the same.

Layout: `models_store/<classifier>/anchor/{rows.parquet, manifest.json}`. Does not know how its rows are read or chosen.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import keys

REMEDY = "restore it from a copy, or remove the folder and set another one aside with `tidemill anchor`"


@dataclass(frozen=True)
class AnchorSet:
    """A file of rows of the training table, as they were when they were set aside."""

    file: Path
    sha256: str


def find(settings: Settings, classifier: str) -> AnchorSet | None:
    """Return the anchor set, None where none was set aside.

    Raises
    ------
    TidemillError
        When it is not what was set aside: a poisoned anchor would be worse than none.
    """
    folder = _folder(settings, classifier)
    if not folder.exists():
        return None
    file = folder / "rows.parquet"
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        is_ours = keys.is_ours(settings, manifest, "anchor") and manifest["classifier"] == classifier
        sha256, found = manifest["sha256"], _sha256(file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TidemillError(f"{folder}: cannot be read ({error}); {REMEDY}") from error
    if not is_ours:
        raise TidemillError(
            f"{folder / 'manifest.json'}: is not {classifier}'s, signed with this store's key, or was changed since; "
            f"{REMEDY}"
        )
    if sha256 != found:
        raise TidemillError(f"{file}: is not the file that was set aside (sha256 differs); {REMEDY}")
    return AnchorSet(file, sha256)


def refuse_another(settings: Settings, classifier: str) -> None:
    """Refuse a second anchor set: one that moves holds nothing.

    Raises
    ------
    TidemillError
        When there is one already.
    """
    folder = _folder(settings, classifier)
    if folder.exists():
        raise TidemillError(f"{folder}: is set aside already; remove the folder to set aside another one")


def keep(settings: Settings, classifier: str, set_aside_at: str, write_rows: Callable[[Path], None]) -> AnchorSet:
    """Keep the rows that `write_rows` writes to a Parquet file; the set appears whole, by a rename, or not at all."""
    refuse_another(settings, classifier)
    folder = _folder(settings, classifier)
    unfinished = folder.with_name(".anchor-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    write_rows(unfinished / "rows.parquet")
    kept = AnchorSet(folder / "rows.parquet", _sha256(unfinished / "rows.parquet"))
    manifest = {**asdict(kept), "file": "rows.parquet", "classifier": classifier, "set_aside_at": set_aside_at}
    signed = manifest | {"signature": keys.sign(settings, manifest, "anchor")}
    (unfinished / "manifest.json").write_text(json.dumps(signed, indent=2), encoding="utf-8")
    unfinished.rename(folder)
    return kept


def _folder(settings: Settings, classifier: str) -> Path:
    return settings.models_store / classifier / "anchor"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
