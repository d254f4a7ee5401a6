"""On which side of a classifier's split a row lies, training or held-out: decided once, and for ever.

Without a time column a hash of the entity decides, or of the key where there is none. With one, time is cut into
blocks: of each block the latest times are held out. The cuts are kept in the version's manifest and only ever added to
(docs/decisions/0007).
"""

from collections.abc import Sequence

import duckdb

from flows.declaration import Classifier
from flows.sql import literal, quoted

# Fewer new rows open no block: the number of blocks then grows with the logarithm of the rows.
MINIMUM_BLOCK_SHARE = 0.01
# The connection's variable with the keys of rows that are on neither side.
ANCHORED = "tidemill_anchored"


def marked(classifier: Classifier, cuts: Sequence[str]) -> str:
    """Select every row with a known target, with `_is_held_out`: true, false, or null where it waits for a block."""
    relation = f"{classifier.schema}.{classifier.table}"
    known = f"select * from {relation} where {quoted(classifier.target)} is not null and {_not_anchored(classifier)}"
    if classifier.time_column is None:
        hashed = f"md5_number_lower({kept_together(classifier)}) % 10000"
        return f"select *, {hashed} < {round(classifier.gate.holdout_share * 10000)} as _is_held_out from ({known})"
    if not cuts:
        return f"select *, false as _is_held_out from ({known}) where {quoted(classifier.time_column)} is not null"
    return _by_time(classifier, cuts, known, relation)


def kept_together(classifier: Classifier) -> str:
    """Return as text what one side or fold has all the rows of: the entity, and the key of a row without one."""
    columns = [classifier.gate.entity, classifier.key] if classifier.gate.entity else [classifier.key]
    return f"coalesce({', '.join(f'cast({quoted(each)} as varchar)' for each in columns)})"


def _not_anchored(classifier: Classifier) -> str:
    """Leave out the anchor set, whose keys `anchor_rows.published` sets."""
    keys = f"select unnest(cast(getvariable('{ANCHORED}') as varchar[])) as anchored"
    return f"not exists (select 1 from ({keys}) where anchored = cast({quoted(classifier.key)} as varchar))"


def _by_time(classifier: Classifier, cuts: Sequence[str], known: str, relation: str) -> str:
    """Count the cuts before each row: an odd number of them means held out, all of them means not decided yet."""
    time = quoted(classifier.time_column or "")
    places = ", ".join(f"({literal(cut)}, {place})" for place, cut in enumerate(cuts, start=1))
    typed = (
        f"select cast_to_type(cut, (select any_value({time}) from {relation})) as _cut, place as _place "
        f"from (values {places}) as cuts(cut, place)"
    )
    side = f"case when _place = {len(cuts)} then null else coalesce(_place, 0) % 2 = 1 end"
    return (
        f"select known.*, {side} as _is_held_out from ({known}) as known "
        f"asof left join ({typed}) as cuts on known.{time} > cuts._cut where known.{time} is not null"
    )


def extended(connection: duckdb.DuckDBPyConnection, classifier: Classifier, cuts: Sequence[str]) -> tuple[str, ...]:
    """Return the cuts, with those of a new block where the rows after the last one fill it.

    A block needs two times at least, because one time never lies on both sides, and a share of all rows. What claims
    to be of the future is left waiting: a mistyped year would else hold out whatever comes before it.
    """
    if classifier.time_column is None:
        return ()
    time = quoted(classifier.time_column)
    undecided = f"select {time} from ({marked(classifier, cuts)}) where {'_is_held_out is null' if cuts else 'true'}"
    row = connection.execute(
        f"select count(*), cast(quantile_disc({time}, {1 - classifier.gate.holdout_share}) as varchar), "
        f"cast(max({time}) as varchar), (select count(*) from ({marked(classifier, cuts)})) "
        f"from ({undecided}) where not coalesce(try_cast(cast({time} as varchar) as timestamp) > now(), false)"
    ).fetchone()
    assert row is not None
    waiting, cut, until, known = row
    is_block = waiting and cut != until and waiting >= MINIMUM_BLOCK_SHARE * known
    return (*cuts, cut, until) if is_block else tuple(cuts)
