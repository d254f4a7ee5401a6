"""Where things lie in models_store, and the links and names that must not lead out of it."""

import io
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from flows.errors import TidemillError
from flows.settings import Settings

PICKLE_FILE = "model.pkl"
SQL_FILE = "model.sql"
COEFFICIENTS_FILE = "coefficients.json"
CARD_FILE = "card.html"
TRAINING_FILE = "training_rows.parquet"
MANIFEST_FILE = "manifest.json"
# What a manifest may name; anything else in its list of files would be a way out of the folder.
FILES = (PICKLE_FILE, SQL_FILE, COEFFICIENTS_FILE, CARD_FILE, TRAINING_FILE)


# Name, inode, time of the last change and size of each file; the first is the link itself.
Mark = tuple[tuple[str, int, int, int], ...]


def classifier_folder(settings: Settings, classifier: str) -> Path:
    """Return the folder of a classifier."""
    return settings.models_store / classifier


def classifiers(settings: Settings) -> list[str]:
    """Return the classifiers that have versions in the store."""
    return sorted(path.parent.name for path in settings.models_store.glob("*/versions"))


def version_folder(settings: Settings, classifier: str, version: int) -> Path:
    """Return the folder of a version."""
    return classifier_folder(settings, classifier) / "versions" / str(version)


def deployment_file(settings: Settings, classifier: str) -> Path:
    """Return where it is stated which version is deployed."""
    return classifier_folder(settings, classifier) / "deployment.json"


def training_file(settings: Settings, classifier: str, version: int) -> Path:
    """Return where the rows lie that a version was fitted on."""
    return version_folder(settings, classifier, version) / TRAINING_FILE


def versions(settings: Settings, classifier: str) -> list[int]:
    """Return the numbers of the stored versions, oldest first, whether or not they can be verified."""
    folder = classifier_folder(settings, classifier) / "versions"
    return sorted(int(path.name) for path in folder.glob("[0-9]*") if path.name.isdigit())


def next_version(settings: Settings, classifier: str, last_recorded: int) -> int:
    """Return the number of the next version; numbers only grow, also past those that were removed from the store."""
    return max(last_recorded, *versions(settings, classifier), 0) + 1


def linked_version(settings: Settings, classifier: str) -> int | None:
    """Return the version `deployed` points to; None where there is no link, or it leads anywhere but to a version."""
    link = classifier_folder(settings, classifier) / "deployed"
    if not link.is_symlink():
        return None
    target = link.readlink()
    leads_to_a_version = target.parent == Path("versions") and target.name.isdigit()
    return int(target.name) if leads_to_a_version and int(target.name) in versions(settings, classifier) else None


def deployed_mark(settings: Settings, classifier: str) -> Mark | None:
    """Return what differs as soon as another version is deployed or a file of it changes; None before there is one.

    It costs a few calls of the file system, and proves nothing: what it marks has still to be loaded and verified.
    """
    link, statement = classifier_folder(settings, classifier) / "deployed", deployment_file(settings, classifier)
    found: list[tuple[str, os.stat_result]] = []
    target = ""
    with suppress(OSError):  # also a folder in the place of the link
        target = str(link.readlink())
    with suppress(OSError):  # an older Tidemill wrote none
        found.append((statement.name, statement.lstat()))
    if not target and not found:
        return None
    with suppress(OSError):  # the link leads nowhere, or a file went away meanwhile
        files = sorted(os.scandir(link), key=lambda each: each.name)
        found += [(each.name, each.stat(follow_symlinks=False)) for each in files]
    return ((target, 0, 0, 0), *((name, stat.st_ino, stat.st_ctime_ns, stat.st_size) for name, stat in found))


def opened(path: Path, folders: int = 3) -> io.BufferedReader:
    """Open a file of a version, and only where neither it nor its folders in the store are links out of it.

    Raises
    ------
    TidemillError
        When it cannot be read.
    """
    # <store>/<classifier>/versions/<version>/<file>: the store itself may be a link, nothing below it.
    refuse_links(path.parents[:folders])
    try:
        # With O_NONBLOCK, or a pipe in the place of the file is waited for, for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, str(error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable(path, "it is no file")
    return os.fdopen(descriptor, "rb")


def _unreadable(path: Path, why: str) -> TidemillError:
    return TidemillError(f"{path}: cannot be read ({why}); restore the version, or train again")


def refuse_links(folders: Iterable[Path]) -> None:
    """Refuse folders of the store that are links."""
    for each in folders:
        if each.is_symlink():
            raise TidemillError(f"{each}: is a link; a version's folders lie in models_store itself; remove it")


def read_bytes(path: Path, folders: int = 3) -> bytes:
    """Read a file once, as `opened` opens it."""
    with opened(path, folders) as stream:
        return stream.read()


def write_flushed(path: Path, content: bytes) -> None:
    """Write a file that is on the disk when this returns: a new one, never what a link in its place leads to."""
    path.unlink(missing_ok=True)
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
