"""Brings a found file within reach: a local file where it lies. Knows how to tell that a file has changed.

The file's identity is what the operating system changes on every write: inode, size, and both times. A write within
one tick of the kernel's clock would leave the times as they are, so a file younger than that is let grow older first.
"""

import time
from collections.abc import Hashable
from datetime import UTC, datetime
from pathlib import Path

from flows.ingest.parts import FoundFile

CLOCK_TICK_SECONDS = 0.02


def local_copy(found: FoundFile, scratch: Path) -> Path:
    """Return a path at which the file can be read: its own, where it is local."""
    return found.path


def identity(found: FoundFile) -> Hashable:
    """Return a value that differs after any change of the file.

    Raises
    ------
    OSError
        When it is gone or out of reach.
    """
    status = found.path.stat()
    age = time.time() - status.st_mtime
    if 0 <= age < CLOCK_TICK_SECONDS:
        time.sleep(CLOCK_TICK_SECONDS - age)
        status = found.path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def has_moved(found: FoundFile) -> bool:
    """Tell whether size or time differ from what they were when the file was found: somebody is still writing it."""
    status = found.path.stat()
    return (status.st_size, modified_at(status.st_mtime_ns)) != (found.size_bytes, found.modified_at)


def modified_at(nanoseconds: int) -> datetime:
    """Return a file's time in UTC as the records keep it (microseconds, without zone)."""
    return datetime.fromtimestamp(nanoseconds // 1000 / 1_000_000, UTC).replace(tzinfo=None)
