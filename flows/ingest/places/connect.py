"""Opens the file system a location names, with credentials from the environment and fsspec's own configuration.

Whatever a library says when a place fails is said without them.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from flows.declaration import Source
from flows.declaration.checks import has
from flows.errors import DeclarationError
from flows.ingest.places.locations import (
    DATABASES,
    OBJECT_STORES,
    WEB,
    PlaceError,
    expanded,
    scheme,
    without_secrets,
)

# The extra of this package that brings the library for a scheme; None: nothing is missing.
EXTRAS = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gcs"),
    **dict.fromkeys(("abfs", "abfss", "az"), "azure"),
    **dict.fromkeys(("sftp", "ssh"), "sftp"),
    **dict.fromkeys(("http", "https"), "http"),
    **dict.fromkeys(("ftp", "webhdfs", "hdfs"), None),
}
SSH = ("sftp", "ssh")
HADOOP = ("webhdfs", "hdfs")
NO_HADOOP = (
    "hdfs needs Hadoop's client on this machine: install Java and set JAVA_HOME, unpack Hadoop and set HADOOP_HOME, "
    "and set CLASSPATH to what `$HADOOP_HOME/bin/hadoop classpath --glob` prints; or declare "
    "webhdfs://namenode:9870/…, which needs none of it"
)
SECRET = re.compile("pass|secret|token|key|credential|connection_string|auth|header")
SILENT_SECONDS = 60


def open_place(source: Source, location: str) -> tuple[Any, str]:
    """Return the file system of a location, and the location's path in it."""
    kind = scheme(location)
    if kind not in EXTRAS:
        raise DeclarationError(
            f"{source.declared_in}: source {source.name}: location '{source.location}' is at no place Tidemill reads"
            f"{has(kind, (*EXTRAS, *DATABASES))}"
        )
    try:
        filesystem, path = _opened(kind, location)
    except ImportError as error:
        if extra := EXTRAS[kind]:
            raise PlaceError(f"the library for {kind} is missing; pip install 'tidemill[{extra}]'") from error
        raise
    except OSError as error:
        # pyarrow lists a hundred paths where it looked for it.
        if kind == "hdfs" and str(error).startswith("Unable to load lib"):
            raise PlaceError(NO_HADOOP) from None
        raise
    if kind in SSH:
        filesystem.ftp.get_channel().settimeout(SILENT_SECONDS)
    if kind == "webhdfs":
        filesystem.session.request = partial(filesystem.session.request, timeout=SILENT_SECONDS)
    return filesystem, path


def _opened(kind: str, location: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    filesystem, path = url_to_fs(without_user(location), **_settings(kind, location))
    # fsspec keeps a connection of SSH also when it is dead.
    if kind in SSH and not filesystem.client.get_transport().is_active():
        filesystem.clear_instance_cache()
        filesystem, path = url_to_fs(without_user(location), **_settings(kind, location))
    return filesystem, path


def _settings(kind: str, location: str) -> dict[str, Any]:
    """Return what a file system is opened with beside its URL and configuration; none may wait for ever."""
    user, _, password = _user(location).partition(":")
    # fsspec would leave them percent-encoded.
    login = {name: unquote(text) for name, text in (("username", user), ("password", password)) if text}
    if kind in SSH:
        return {**login, "timeout": SILENT_SECONDS}
    if kind in HADOOP:
        return {"user" if name == "username" else name: text for name, text in login.items()}
    if kind in WEB:
        return {"use_listings_cache": False, "client_kwargs": _web_client(kind, login)}
    return {"use_listings_cache": False, **login}


def _web_client(kind: str, login: Mapping[str, str]) -> dict[str, Any]:
    from aiohttp import ClientTimeout, encode_basic_auth
    from fsspec.config import conf

    # Its lines at level DEBUG hold whole addresses, with the token in the query.
    logging.getLogger("fsspec.http").setLevel(logging.INFO)
    # By default aiohttp gives up a long download as a whole.
    timeout = ClientTimeout(total=None, sock_connect=SILENT_SECONDS, sock_read=SILENT_SECONDS)
    configured = conf.get(kind, {}).get("client_kwargs", {})
    headers = dict(configured.get("headers", {}))
    if login:
        headers["Authorization"] = encode_basic_auth(login.get("username", ""), login.get("password", ""))
    return {**configured, "headers": headers, "timeout": timeout}


def _user(location: str) -> str:
    """Return user and password of a URL as they stand there; an object store's location has none."""
    return "" if scheme(location) in OBJECT_STORES else urlsplit(location).netloc.rpartition("@")[0]


def without_user(location: str) -> str:
    """Return a URL without user and password; what else it says stays."""
    user = _user(location)
    return location.replace(f"://{user}@", "://", 1) if user else location


def forget(filesystem: Any) -> None:
    """Close a connection of FTP or SSH on which something failed; whoever asks next opens another."""
    if hasattr(filesystem, "ftp"):
        getattr(filesystem, "client", filesystem.ftp).close()
        type(filesystem)._cache.pop(filesystem._fs_token, None)


def close_connections() -> None:
    """Close what fsspec keeps open: servers count the connections of SSH, and each thread has its own."""
    if loaded := sys.modules.get("fsspec.implementations.sftp"):
        for filesystem in list(loaded.SFTPFileSystem._cache.values()):
            filesystem.client.close()
        loaded.SFTPFileSystem.clear_instance_cache()


@contextmanager
def reaching(source: Source) -> Iterator[None]:
    """Turn whatever a place's library raises into one error of ours, without secrets."""
    try:
        yield
    except (DeclarationError, PlaceError):
        raise
    except Exception as error:  # every library has its own errors, without a common base
        said = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, FileNotFoundError):
            said = f"it is not there: {said}"
        said = without_secrets(source, said, _configured_secrets(scheme(expanded(source))))
        # Not `from error`: the library's own words may hold the secret.
        raise PlaceError(said) from None


def _configured_secrets(kind: str) -> tuple[str, ...]:
    from fsspec.config import conf

    def values(settings: Mapping[str, Any], is_secret: bool) -> Iterator[str]:
        for name, value in settings.items():
            if isinstance(value, Mapping):
                yield from values(value, is_secret or bool(SECRET.search(name.lower())))
            elif is_secret or SECRET.search(name.lower()):
                yield str(value)

    return tuple(values(conf.get(kind, {}), is_secret=False))
