"""What a declared location says: its scheme, its secrets, and the same words without them.

Secrets stand in the environment: a location names them as `${VAR}`, and nothing that is recorded, logged or raised
holds what they stand for.
"""

import os
import re
from urllib.parse import quote, urlsplit, urlunsplit

from flows.declaration import Source
from flows.errors import DeclarationError

VARIABLE = re.compile(r"\$\{(\w+)\}")
URL_USER, URL_QUERY = re.compile(r"://[^/@\s]*@"), re.compile(r"(\w://[^\s?]*)\?[^\s'\"<>]*")
# SQLAlchemy takes all up to an `@` for the password, slashes too.
DATABASE_USER = re.compile(r"((?:postgresql|mysql)[+\w]*://)[^@\s]*@", re.IGNORECASE)
WEB = ("http", "https")
DATABASES = ("sqlite", "postgresql", "mysql")
# Here the word before `@` is a part of the place (Azure's container), not a user.
OBJECT_STORES = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl")


class PlaceError(OSError):
    """A place that cannot be reached or read now; its message holds no secret."""


def expanded(source: Source) -> str:
    """Return the location with the values of the environment variables it names.

    Raises
    ------
    DeclarationError
        When a variable is not set.
    """
    user_ends = source.location.rfind("@")

    def value(match: re.Match[str]) -> str:
        # A user name or password may hold characters that mean something in a URL.
        return quote(_variable(source, match[1]), safe="") if match.end() <= user_ends else _variable(source, match[1])

    return VARIABLE.sub(value, source.location)


def _variable(source: Source, name: str) -> str:
    if not os.environ.get(name):
        raise DeclarationError(
            f"{source.declared_in}: source {source.name}: location names ${{{name}}}, but the environment variable "
            f"{name} is not set; set it where Tidemill runs"
        )
    return os.environ[name]


def scheme(location: str) -> str:
    """Return the word before `://`, empty for a path."""
    before, separator, _ = location.partition("://")
    return before.partition("+")[0].lower() if separator else ""


def is_below_landing(source: Source) -> bool:
    """Tell whether a source's files are declared by a path below the landing folder."""
    return not (scheme(source.location) or source.location.startswith(("/", "${")))


def without_credentials(url: str) -> str:
    """Return a URL without user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc if scheme(url) in OBJECT_STORES else parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def masked(text: str) -> str:
    """Return a text in which `***` stands for the user and the query of every URL."""
    return URL_QUERY.sub(r"\1?***", URL_USER.sub("://***@", DATABASE_USER.sub(r"\1***@", text)))


def without_secrets(source: Source, text: str, more: tuple[str, ...] = ()) -> str:
    """Return a text in which nothing of the environment's secrets is left, and of no URL its user or query.

    The latter because a library may have encoded a secret in a way of its own.
    """
    text = masked(text)
    values = [os.environ.get(name, "") for name in VARIABLE.findall(source.location)]
    secrets = {secret for value in (*values, *more) if value for secret in (value, quote(value), quote(value, safe=""))}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def has_wildcards(location: str) -> bool:
    """Tell whether a location is a pattern; a `?` in a URL begins its query."""
    return any(each in location for each in _wildcards(location))


def _wildcards(location: str) -> str:
    return "*[" if scheme(location) in WEB else "*?["


def fixed_folder(location: str) -> str:
    """Return the folder above the first wildcard, or above the file where there is none."""
    first = min((location.find(each) for each in _wildcards(location) if each in location), default=len(location))
    return location[:first].rpartition("/")[0] or ("/" if location.startswith("/") else "")
