"""Finds the files that lie at a source's declared location. Opens none of them."""

import glob
from collections.abc import Iterator
from pathlib import Path

from flows.declaration import Source
from flows.errors import DeclarationError
from flows.ingest.parts import FoundFile
from flows.ingest.places import modified_at


def discover(source: Source, landing: Path) -> Iterator[FoundFile]:
    """Yield the source's files, sorted by path; folders and unfinished (hidden) files are not files.

    Raises
    ------
    DeclarationError
        When the location is a URL, which this version does not read.
    """
    if "://" in source.location:
        raise DeclarationError(
            f"{source.declared_in}: source {source.name}: location '{source.location}' is a URL; this version reads "
            "folders: copy or mount the files, and give a path"
        )
    # Not Path.glob: a declared location may be absolute.
    for path in sorted(glob.iglob(str(landing / source.location), recursive=True)):  # noqa: PTH207
        if not Path(path).is_dir():
            yield _found(source, path)


def _found(source: Source, path: str) -> FoundFile:
    try:
        status = Path(path).stat()
    except OSError:  # a dangling link, or gone since it was listed: reading it will say so
        return FoundFile(source.name, path, 0, modified_at(0))
    return FoundFile(source.name, path, status.st_size, modified_at(status.st_mtime_ns))
