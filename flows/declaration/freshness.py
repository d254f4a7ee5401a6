"""dbt's `freshness` of a source becomes two limits, or one clear error."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flows.declaration.declared import Freshness
from flows.errors import DeclarationError


def freshness(where: str, node: Mapping[str, Any]) -> Freshness | None:
    """Read after which time without new rows dbt and Tidemill warn or fail; None where nothing is declared."""
    declared = node.get("freshness") or {}
    limits = Freshness(_limit(declared.get("warn_after")), _limit(declared.get("error_after")))
    if limits == Freshness():
        return None
    if node.get("loaded_at_field") != "_loaded_at" or node.get("loaded_at_query") or declared.get("filter"):
        raise DeclarationError(
            f"{where}: config.freshness counts from the time when rows were loaded; write "
            "`loaded_at_field: _loaded_at` under config, and neither loaded_at_query nor filter"
        )
    return limits


def _limit(declared: Mapping[str, Any] | None) -> timedelta | None:
    """Return dbt's count and period, which dbt itself has checked."""
    if not declared or declared.get("count") is None:
        return None
    return timedelta(**{f"{declared['period']}s": declared["count"]})
