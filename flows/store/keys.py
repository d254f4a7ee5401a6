"""The key that signs what the store holds: Ed25519, made on first use, readable by its owner only.

It stands in `TIDEMILL_SIGNING_KEY` (64 hexadecimal digits) or in `models_store/.signing_key`. It is read here and not
in the settings, so that it can neither be given on a command line nor be written to a record.
"""

import json
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from flows.errors import DeclarationError, TidemillError
from flows.settings import Settings

if TYPE_CHECKING:
    # Late in the functions below: a run with nothing new needs no signatures.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VARIABLE = "TIDEMILL_SIGNING_KEY"
# What is signed begins with what it is, so that no other text signed with this key passes for it.
Purpose = Literal["version", "anchor", "deployment"]
PREFIXES: Mapping[Purpose, bytes] = {
    "version": b"tidemill version manifest\n",
    "anchor": b"tidemill anchor manifest\n",
    "deployment": b"tidemill deployment statement\n",
}


def sign(settings: Settings, content: Mapping[str, Any], purpose: Purpose) -> str:
    """Return the signature of a manifest in hexadecimal digits; a `signature` in it is not signed."""
    return _key(settings).sign(_signed(content, purpose)).hex()


def is_ours(settings: Settings, content: Mapping[str, Any], purpose: Purpose) -> bool:
    """Tell whether a manifest carries a `signature` that was made of it with this key for this purpose."""
    from cryptography.exceptions import InvalidSignature

    if not os.environ.get(VARIABLE) and not os.path.lexists(_path(settings)):
        return False  # who only verifies makes no key: nothing is ours yet
    try:
        signature = bytes.fromhex(str(content.get("signature")))
        _key(settings).public_key().verify(signature, _signed(content, purpose))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(content: Mapping[str, Any], purpose: Purpose) -> bytes:
    unsigned = {name: value for name, value in content.items() if name != "signature"}
    return PREFIXES[purpose] + json.dumps(unsigned, sort_keys=True, separators=(",", ":")).encode()


def _key(settings: Settings) -> "Ed25519PrivateKey":
    given = os.environ.get(VARIABLE)
    path = _path(settings)
    return _parsed(VARIABLE, given) if given else _parsed(str(path), _text(path))


def _path(settings: Settings) -> Path:
    return settings.models_store / ".signing_key"


def _parsed(where: str, text: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.strip()))
    except ValueError as error:
        raise DeclarationError(
            f"{where}: is no key; 64 hexadecimal digits belong there, as of 32 random bytes"
        ) from error


def _text(path: Path) -> str:
    if not path.exists():
        _make(path)
    try:
        # What is looked at is what is read: between two looks another file could take its place.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _not_private(path) from error
    with os.fdopen(descriptor, encoding="ascii") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise _not_private(path)
        return stream.read()


def _not_private(path: Path) -> TidemillError:
    return TidemillError(
        f"{path}: the signing key must be a file that only its owner, you, may read (mode 0600); whoever reads it "
        "can have you run code; if nobody else could, `chmod 600` it, else remove it and train again"
    )


def _make(path: Path) -> None:
    """Make the key appear whole: of two processes that make one at the same time, one key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # In containers the number of the process is the same again and again, and a killed one left its file.
    unfinished = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()
