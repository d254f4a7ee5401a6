"""Lists and fetches files that lie elsewhere, through fsspec: object stores, HDFS, SFTP, FTP, HTTP.

Credentials come from the environment and from fsspec's own configuration. Whatever a library says when a place fails
is said without them.
"""

import ftplib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from flows.declaration import Source
from flows.errors import DeclarationError
from flows.ingest.parts import FoundFile, made
from flows.ingest.places.connect import open_place, reaching, without_user
from flows.ingest.places.locations import (
    OBJECT_STORES,
    WEB,
    PlaceError,
    expanded,
    fixed_folder,
    has_wildcards,
    scheme,
    without_credentials,
)
from flows.ingest.places.retries import ask

MODIFIED = ("LastModified", "last_modified", "Last-Modified", "mtime", "updated", "modify", "modificationTime")
GONE, FTP_UNAVAILABLE = (404, 410), "550"
VERSION = ("ETag", "etag", "Content-MD5", "Digest", "generation")


def find(source: Source, is_unfinished: Callable[[str], bool]) -> Iterator[FoundFile]:
    """Yield the files at a source's location, from one listing.

    Raises
    ------
    PlaceError
        When the place cannot be listed.
    """
    location = expanded(source)
    if scheme(location) in WEB and has_wildcards(location) and "?" in location:
        raise DeclarationError(f"{source.declared_in}: source {source.name}: a pattern cannot have a query (`?…`)")
    with reaching(source):
        filesystem, pattern = open_place(source, location)
        infos = (
            _listed(filesystem, scheme(location), pattern)
            if has_wildcards(location)
            else _single(filesystem, scheme(location), pattern, source.options.get("done_marker"))
        )
        wanted = _matching(pattern, is_unfinished) if has_wildcards(location) else pattern.__eq__
        for path in filter(wanted, infos):
            yield from _found(source, filesystem, location, path, infos)


def _single(filesystem: Any, kind: str, path: str, marker: str | None) -> dict[str, Mapping[str, Any]]:
    """Return the one file that is declared, if it is there, and its marker."""
    found = {}
    for each in (path, f"{path}{marker}") if marker else (path,):
        try:
            found[each] = _info(filesystem, each)
        except FileNotFoundError:
            if kind in OBJECT_STORES:
                _bucket_is_there(filesystem, path)
    return found


def _listed(filesystem: Any, kind: str, pattern: str) -> Mapping[str, Mapping[str, Any]]:
    """Return all that lies below the folder above the wildcards, in one listing per folder or one for all."""
    root = fixed_folder(pattern)
    below = pattern[len(root) :].strip("/")
    depth = None if "**" in below else below.count("/") + 1
    if kind in OBJECT_STORES:
        return _objects(filesystem, root, depth)
    # By default fsspec takes a folder that cannot be listed for an empty one.
    listed = filesystem.find(f"{root}/" if kind in WEB else root, maxdepth=depth, detail=True, on_error="raise")
    if kind in WEB:
        listed = {url: info for url, info in listed.items() if info and "?" not in url}
        if not listed:
            raise PlaceError("the server shows no page that links to files; declare the address of one file instead")
    return listed  # type: ignore[no-any-return]


def _objects(filesystem: Any, root: str, depth: int | None) -> dict[str, Mapping[str, Any]]:
    """Return what lies below a folder, which is only a part of objects' names: without objects there is none."""
    try:
        if depth == 1:
            found = {info["name"]: info for info in filesystem.ls(root, detail=True)}
        else:
            found = dict(filesystem.find(root, detail=True))
    except FileNotFoundError:
        found = {}
    if not found:
        # Some stores' libraries list a bucket that is not there without an error.
        _bucket_is_there(filesystem, root)
    return found


def _bucket_is_there(filesystem: Any, path: str) -> None:
    bucket = path.partition("/")[0]
    if not filesystem.exists(bucket):
        raise PlaceError(f"there is no bucket {bucket}, or it may not be seen with these credentials")


def _matching(pattern: str, is_unfinished: Callable[[str], bool]) -> Callable[[str], bool]:
    from fsspec.utils import glob_translate

    expression, root = re.compile(glob_translate(pattern)), fixed_folder(pattern)
    return lambda path: bool(expression.match(path)) and not is_unfinished(path[len(root) :])


def _found(
    source: Source, filesystem: Any, location: str, path: str, infos: Mapping[str, Mapping[str, Any]]
) -> Iterator[FoundFile]:
    info, marker = infos[path], source.options.get("done_marker")
    if info.get("type") == "directory" or (marker and path.endswith(marker)):
        return
    if scheme(location) in WEB and has_wildcards(location):
        info = _info(filesystem, path)  # a page of links tells neither size nor time
    size, modified_at, version = _told(info)
    uri = _uri(location, path)
    waits_for = f"{uri.rpartition('/')[2]}{marker}" if marker and f"{path}{marker}" not in infos else None
    yield FoundFile(source.name, uri, size or 0, modified_at, version, waits_for)


def _uri(location: str, path: str) -> str:
    kind = scheme(location)
    if kind in WEB:
        return without_credentials(path)
    return f"{kind}://{path}" if kind in OBJECT_STORES else f"{_host(without_credentials(location))}{path}"


def _host(url: str) -> str:
    """Return a URL up to its path."""
    start, _, rest = url.partition("://")
    return f"{start}://{rest.partition('/')[0]}"


def _path(location: str, found: FoundFile) -> str:
    """Return the path of a found file in its file system; a web address keeps the query it was declared with."""
    if scheme(location) in OBJECT_STORES:
        return found.uri.partition("://")[2]
    if scheme(location) in WEB:
        return found.uri if has_wildcards(location) else without_user(location)
    return found.uri.removeprefix(_host(found.uri))


def _info(filesystem: Any, path: str) -> Mapping[str, Any]:
    """Ask for one file.

    Raises
    ------
    FileNotFoundError
        When the place says that there is none; every other failure is another error.
    """
    if filesystem.protocol == "ftp":
        return _ftp_info(filesystem.ftp, path)
    try:
        info: Mapping[str, Any] = filesystem.info(path)
    except FileNotFoundError as error:
        # fsspec says so of every failure of a web server.
        if "http" in filesystem.protocol and getattr(error.__cause__, "status", None) not in GONE:
            raise (error.__cause__ or error) from None
        raise
    return info


def _ftp_info(connection: ftplib.FTP, path: str) -> Mapping[str, Any]:
    """Ask for one file by FTP's own commands: fsspec would list the whole folder."""
    try:
        connection.voidcmd("TYPE I")
        return {"size": connection.size(path), "modify": connection.sendcmd(f"MDTM {path}").split()[-1]}
    except ftplib.error_perm as error:
        if not str(error).startswith(FTP_UNAVAILABLE):
            raise
        raise FileNotFoundError(path) from error


def _told(info: Mapping[str, Any]) -> tuple[int | None, datetime | None, str | None]:
    """Return size, time and version as far as the place tells them."""
    modified = next((info[name] for name in MODIFIED if info.get(name)), None)
    version = next((str(info[name]) for name in VERSION if info.get(name)), None)
    return info.get("size"), _time(modified), version and version.strip('"')


def _time(value: object) -> datetime | None:
    try:
        if isinstance(value, str) and re.match(r"\d{14}", value):
            return datetime.strptime(value[:14], "%Y%m%d%H%M%S")
        if isinstance(value, str):
            value = datetime.fromisoformat(value) if value[:1].isdigit() else parsedate_to_datetime(value)
    except ValueError:
        return None
    if isinstance(value, int):
        value = datetime.fromtimestamp(value / 1000, UTC)
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def is_as_found(source: Source, found: FoundFile) -> bool:
    """Tell whether a place still says of a file what it said when it was listed, as far as it says both times."""
    with reaching(source):
        location = expanded(source)
        path = _path(location, found)
        size, modified_at, version = _told(ask(source, location, lambda filesystem: _info(filesystem, path)))
    # Some places list a time with more digits than they tell for one file.
    times = [time and time.replace(microsecond=0) for time in (modified_at, found.modified_at)]
    pairs = ((size, found.size_bytes or None), (times[0], times[1]), (version, found.version))
    return all(now == then for now, then in pairs if now is not None and then is not None)


def fetch(source: Source, found: FoundFile, scratch: Path) -> Path:
    """Copy a file into `scratch`, in pieces; it is whole, and still what was listed, or an error.

    Raises
    ------
    PlaceError
        When the place cannot be reached or breaks off.
    OSError
        When the file is shorter or longer than listed, or changed meanwhile.
    """
    target = made(scratch) / f"fetched{Path(found.name).suffix}"
    with reaching(source):
        location = expanded(source)
        path = _path(location, found)
        ask(source, location, lambda filesystem: _download(filesystem, path, target, found.size_bytes))
    if not is_as_found(source, found):
        raise PlaceError("it changed while it was fetched")
    return target


def _download(filesystem: Any, path: str, target: Path, size: int) -> None:
    """Copy a file from its beginning, over what an earlier attempt has left."""
    if filesystem.protocol == "ftp":
        with target.open("wb") as stream:
            filesystem.ftp.retrbinary(f"RETR {path}", stream.write, blocksize=2**20)
    elif "http" in filesystem.protocol:
        # Uncompressed, to be compared with the listed size.
        headers = {**filesystem.kwargs.get("headers", {}), "Accept-Encoding": "identity"}
        filesystem.get_file(path, str(target), headers=headers)
    else:
        filesystem.get_file(path, str(target))
    if size and (copied := target.stat().st_size) != size:
        raise ConnectionError(f"{copied:,} bytes came where {size:,} were listed")
