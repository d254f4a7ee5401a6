"""Finds recorded files by what a person calls them: a number, a name, or the end of a path."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb

from flows.errors import DeclarationError

NAMED = """
    select file_id, source, uri, member, sheet
    from records.files
    where
        file_id::varchar = $name
        or concat_ws('/', uri, member) = $name
        or ends_with(concat_ws('/', uri, member), '/' || $name)
        or uri = $name
        or ends_with(uri, '/' || $name)
        or sheet = $name
    order by file_id
"""


@dataclass(frozen=True)
class KnownFile:
    """One recorded content."""

    file_id: int
    source: str
    uri: str
    member: str | None
    sheet: str | None

    @property
    def name(self) -> str:
        """The place, and the part of the file that lies there."""
        return " ".join(filter(None, (self.uri, self.member, self.sheet)))


def files_named(connection: duckdb.DuckDBPyConnection, name: str) -> list[KnownFile]:
    """Return the recorded files a name may mean; a file_id means one.

    Raises
    ------
    DeclarationError
        When there is none.
    """
    files = [KnownFile(*row) for row in connection.execute(NAMED, {"name": name}).fetchall()]
    if not files:
        raise DeclarationError(
            f"no file is known as '{name}'; give its name, the end of its path, or its file_id (see records.files)"
        )
    return [each for each in files if str(each.file_id) == name] or files


def names_of(connection: duckdb.DuckDBPyConnection, file_ids: Collection[int]) -> Mapping[int, str]:
    """Return what the files with these numbers are called."""
    query = "select file_id, source, uri, member, sheet from records.files where list_contains(?, file_id) order by 1"
    files = (KnownFile(*row) for row in connection.execute(query, [list(file_ids)]).fetchall())
    return {each.file_id: each.name for each in files}
