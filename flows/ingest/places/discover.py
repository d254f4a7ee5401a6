"""Finds the files that lie at a source's declared location. Opens none of them."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from stat import S_ISREG

from flows.declaration import Source
from flows.ingest.parts import FoundFile, Refusal, modified_at
from flows.ingest.places.locations import (
    DATABASES,
    PlaceError,
    expanded,
    fixed_folder,
    has_wildcards,
    scheme,
    without_secrets,
)

# Hidden files, and what browsers, copiers and office programs write before a file is whole.
UNFINISHED = (".*", "*.part", "*.tmp", "*.crdownload", "~$*")


@dataclass(frozen=True)
class Listing:
    """What lies at a source's location; `problem` says why that is not known.

    Only a complete listing tells that a file is gone: a folder that is not there may be a share that is not mounted.
    """

    source: str
    files: tuple[FoundFile, ...] = ()
    is_complete: bool = True
    problem: str | None = None


def discover(source: Source, landing: Path) -> Listing:
    """List the source's files, sorted by their place; folders, hidden and unfinished files are not files.

    Raises
    ------
    DeclarationError
        When the location cannot be understood.
    """
    location = expanded(source)
    kind = scheme(location)
    if kind in DATABASES:
        from flows.ingest.places import databases  # late: only a declared database is worth its import

        return _listed(source, lambda: databases.find(source, landing))
    if kind not in ("", "file"):
        from flows.ingest.places import remote  # late: only a declared URL is worth its import

        return _listed(source, lambda: remote.find(source, is_unfinished))
    return _local(source, landing, location.removeprefix("file://"))


def _listed(source: Source, find: Callable[[], Iterable[FoundFile]]) -> Listing:
    try:
        return Listing(source.name, tuple(sorted(find(), key=lambda found: found.uri)))
    except (PlaceError, Refusal) as error:
        return Listing(source.name, is_complete=False, problem=f"{without_secrets(source, source.location)}: {error}")


def _local(source: Source, landing: Path, location: str) -> Listing:
    folder = landing / fixed_folder(location)
    if not folder.is_dir():
        return Listing(source.name, is_complete=False)
    if not os.access(folder, os.R_OK | os.X_OK):
        return Listing(source.name, is_complete=False, problem=f"{folder}: may not be read; mend its permissions")
    # Not Path.glob: a declared location may be absolute.
    pattern = location if Path(location).is_absolute() else f"{glob.escape(str(landing))}/{location}"
    paths = sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207
    if has_wildcards(location):
        paths = [path for path in paths if not is_unfinished(path[len(str(folder)) :])]
    return Listing(source.name, tuple(_with_marker(source, _found(source, paths))))


def is_unfinished(path: str) -> bool:
    """Tell whether a file is hidden or only a part of one, by its path below the folder above the wildcards."""
    folders_and_name = path.strip("/").split("/")
    is_hidden = any(name.startswith(".") for name in folders_and_name)
    return is_hidden or any(fnmatchcase(folders_and_name[-1], each) for each in UNFINISHED)


def _found(source: Source, paths: Iterable[str]) -> Iterator[FoundFile]:
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116 (a path object per file costs more than the call)
        except OSError:  # a dangling link, or gone since it was listed: reading it will say so
            yield FoundFile(source.name, path, 0, modified_at(0))
        else:
            if S_ISREG(status.st_mode):
                yield FoundFile(source.name, path, status.st_size, modified_at(status.st_mtime_ns))


def _with_marker(source: Source, files: Iterable[FoundFile]) -> Iterator[FoundFile]:
    """Let every file wait whose declared marker does not lie beside it; the markers are no files."""
    marker = source.options.get("done_marker")
    for found in files:
        if marker is None:
            yield found
        elif not found.uri.endswith(marker):
            is_there = Path(found.uri + marker).exists()
            yield found if is_there else replace(found, waits_for=found.name + marker)
