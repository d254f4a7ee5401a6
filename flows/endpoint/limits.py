"""How much one request may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most rows and bytes of one request; 1,000 rows of a wide table fit into 1 MiB."""

    rows: int = 1000
    body_bytes: int = 1024 * 1024
