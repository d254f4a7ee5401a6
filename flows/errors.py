"""Knows the errors a user can mend, and how one is quoted. Everything else is a bug and keeps its traceback."""


class TidemillError(Exception):
    """Something the user can mend: printed as one line, without traceback, exit status 1."""

    exit_status = 1


class DeclarationError(TidemillError):
    """A wrong declaration or a wrong call: names file, key and remedy, exit status 2."""

    exit_status = 2


def first_line(error: Exception) -> str:
    """Return an error's first line, which says what it is about; its kind where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)
