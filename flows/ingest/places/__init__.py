"""Brings a found file within reach: a local file where it lies, another as a copy. Knows how to tell that it changed.

A local file's identity is what the operating system changes on every write: inode, size, and both times. A write
within one tick of the kernel's clock would leave the times as they are, so a file younger than that is let grow older
first. A file elsewhere is compared with the place's word for it before and after it is copied.
"""

import time
from collections.abc import Hashable
from pathlib import Path

from flows.declaration import Source
from flows.ingest.parts import FoundFile, modified_at
from flows.ingest.places.locations import DATABASES, scheme

CLOCK_TICK_SECONDS = 0.02


def is_database(found: FoundFile) -> bool:
    """Tell whether what was found are tables, not files."""
    return scheme(found.uri) in DATABASES


def local_copy(source: Source, found: FoundFile, scratch: Path) -> Path:
    """Return a path at which the file can be read: its own, where it is local, else a whole copy in `scratch`.

    Raises
    ------
    OSError
        When the place cannot be reached, breaks off, or the file changed meanwhile.
    Refusal
        When a database does not answer the declared question.
    """
    if not scheme(found.uri):
        return found.path
    if is_database(found):
        from flows.ingest.places import databases  # late: only a declared database is worth its import

        return databases.fetch(source, found, scratch)
    from flows.ingest.places import remote  # late: only a declared URL is worth its import

    return remote.fetch(source, found, scratch)


def identity(found: FoundFile) -> Hashable:
    """Return a value that differs after any change of the file; a copied one does not change any more.

    Raises
    ------
    OSError
        When it is gone or out of reach.
    """
    if scheme(found.uri):
        return found
    status = found.path.stat()
    age = time.time() - status.st_mtime
    if 0 <= age < CLOCK_TICK_SECONDS:
        time.sleep(CLOCK_TICK_SECONDS - age)
        status = found.path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def has_moved(source: Source, found: FoundFile) -> bool:
    """Tell whether size or time differ from what they were when the file was found: somebody is still writing it."""
    if is_database(found):
        return False
    if scheme(found.uri):
        from flows.ingest.places import remote  # late: only a declared URL is worth its import

        return not remote.is_as_found(source, found)
    status = found.path.stat()
    return (status.st_size, modified_at(status.st_mtime_ns)) != (found.size_bytes, found.modified_at)
