"""Which loaded contents does no place hold any more? Their rows are superseded by what lies there now.

A content lives as long as any place holds it. A place holds what its latest good attempt found there. A refused part
lets nothing go but what came back under its own name.

Asked twice: for the places of new versions in the transaction that lands them, so that old and new are never live
together; and for all places once all files of a run have landed, because until then another file may hold the content.
"""

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import duckdb

from flows import records
from flows.amounts import amount
from flows.declaration import Source
from flows.ingest.raw_table import name_of

log = logging.getLogger("tidemill.ingest")

# An attempt is what was recorded of one file at one time; load ids rise from attempt to attempt.
UNHELD = """
    with
        parts as (
            select
                file_loads.uri,
                file_id,
                member,
                sheet,
                action <> 'quarantined' as is_good,
                -- A read on from a database's cursor adds to what was read before.
                case
                    when format = 'database' and (dialect ->> '$.reads') is not null
                        then (dialect ->> '$.begins') is not distinct from (dialect ->> '$.reads')
                    else true
                end as is_complete,
                min(load_id) over attempt as attempt_id,
                bool_and(action <> 'quarantined') over attempt as is_whole,
            from records.file_loads
            left join records.files using (file_id)
            where
                file_loads.source = $source
                and action in ('loaded', 'skipped_same_content', 'quarantined')
            window attempt as (partition by file_loads.uri, started_at)
        ),
        seen as (
            select uri, file_id, member, sheet, max(attempt_id) as attempt_id from parts where is_good group by all
        ),
        whole as (
            select uri, max(attempt_id) as attempt_id
            from parts
            where is_good and is_whole and is_complete
            group by uri
        ),
        named as (
            select uri, member, sheet, max(attempt_id) as attempt_id from parts where is_good group by all
        ),
        held as (
            select seen.*
            from seen
            left join whole using (uri)
            inner join named
                on seen.uri = named.uri
                and seen.member is not distinct from named.member
                and seen.sheet is not distinct from named.sheet
            where seen.attempt_id >= greatest(coalesce(whole.attempt_id, 0), named.attempt_id)
        ),
        unheld as (
            select file_id, files.uri, files.member, files.sheet
            from records.files
            inner join records.file_loads using (file_id)
            where
                files.source = $source
                and action = 'loaded'
                and file_id not in (select file_id from held)
                and file_id not in (select file_id from records.file_loads where action = 'superseded')
        ),
        successors as (
            select
                unheld.file_id,
                unheld.uri,
                first(
                    held.file_id
                    order by
                        (held.member is not distinct from unheld.member) desc,
                        (held.sheet is not distinct from unheld.sheet) desc,
                        held.attempt_id desc,
                        held.file_id
                ) as successor_id,
                list(distinct seen.uri) as let_go_by,
            from unheld
            inner join seen on unheld.file_id = seen.file_id
            inner join held on seen.uri = held.uri
            group by all
        )
    select file_id, uri, successor_id, let_go_by from successors order by file_id
"""
Replaced = tuple[int, str, int, list[str]]


def supersede(connection: duckdb.DuckDBPyConnection, run: records.Run, source: Source) -> None:
    """Mark the rows of every content that no place of this source holds any more; they stay."""
    if not source.is_superseding:
        return
    replaced = _unheld(connection, source)
    if not replaced:
        return
    first_id = records.next_id(connection, "file_loads", "load_id")
    connection.begin()
    try:
        _mark(connection, run, source, replaced, range(first_id, first_id + len(replaced)))
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    report(source, len(replaced))


def release(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    source: Source,
    places: AbstractSet[str],
    held: AbstractSet[int],
    load_ids: Sequence[int],
) -> int:
    """Mark the rows of what these places have let go, in the caller's transaction; returns how many files' they were.

    Files in `held` are known to lie at places whose records may not be there yet. There may be more files to mark than
    `load_ids`, where places change hands; the others are left to `supersede`.
    """
    let_go = [each for each in _unheld(connection, source) if each[0] not in held and places & set(each[3])]
    marked = let_go[: len(load_ids)]
    if marked:
        _mark(connection, run, source, marked, load_ids)
    return len(marked)


def report(source: Source, replaced: int) -> None:
    """Say in the log how many older versions were superseded, once that is committed."""
    if replaced:
        log.info("ingest: %s %s superseded", source.name, amount(replaced, "older version"))


def _unheld(connection: duckdb.DuckDBPyConnection, source: Source) -> list[Replaced]:
    return connection.execute(UNHELD, {"source": source.name}).fetchall()


def _mark(
    connection: duckdb.DuckDBPyConnection,
    run: records.Run,
    source: Source,
    replaced: Sequence[Replaced],
    load_ids: Sequence[int],
) -> None:
    connection.execute(
        f"update {name_of(source)} set _superseded_by_file_id = pairs.successor_id "
        "from (select unnest(?::bigint[]) as file_id, unnest(?::bigint[]) as successor_id) as pairs "
        "where _file_id = pairs.file_id",
        [[each[0] for each in replaced], [each[2] for each in replaced]],
    )
    now = records.now()
    records.add(
        connection,
        *(
            records.FileLoad(load_id, run.run_id, file_id, source.name, uri, "superseded", now, now)
            for load_id, (file_id, uri, *_) in zip(load_ids, replaced, strict=False)
        ),
    )
