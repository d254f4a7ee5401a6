"""How many of what, in words: `1 row`, `1,204 rows`."""


def amount(number: int, what: str) -> str:
    """Return a number with what is counted, such as `new file`, in the plural unless it is one."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
