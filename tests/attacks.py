"""Tools of the one who has write access to models_store, and no key or a stolen one."""

import hashlib
import json
from pathlib import Path

from flows.settings import Settings
from flows.store import manifest


def folder(settings: Settings, version: int = 1) -> Path:
    return settings.models_store / "leaving" / "versions" / str(version)


def edit_manifest(settings: Settings, changes: dict[str, object]) -> None:
    """Change a manifest and leave its signature."""
    path = folder(settings) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def sign_again(settings: Settings, version: int = 1) -> None:
    """Sign a manifest as it stands, with the store's own key: what a thief of the key could do."""
    path = folder(settings, version) / "manifest.json"
    content = json.loads(path.read_text())
    for name in content["files"]:
        content["files"][name] = hashlib.sha256((folder(settings, version) / name).read_bytes()).hexdigest()
    changed = manifest._manifest(str(path), content)
    path.write_bytes(manifest.signed(settings, changed)[1])


def plant(settings: Settings, content: bytes, version: int = 1) -> None:
    """Put another pickle in the place of the stored one, hashed and signed as if it were ours."""
    (folder(settings, version) / "model.pkl").write_bytes(content)
    sign_again(settings, version)
