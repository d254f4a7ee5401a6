"""Which loaded contents does no place hold any more? Their rows are superseded by what lies there now.

Asked once, after all files of a run have landed, so that the answer does not depend on the order in which places were
read: a content lives as long as any place holds it. A place holds what its latest good attempt found there. A refused
part lets nothing go but what came back under its own name.
"""

import logging

import duckdb

from flows import records
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
            from unheld
            inner join seen on unheld.file_id = seen.file_id
            inner join held on seen.uri = held.uri
            group by all
        )
    select file_id, uri, successor_id from successors order by file_id
"""


def supersede(connection: duckdb.DuckDBPyConnection, run: records.Run, source: Source) -> None:
    """Mark the rows of every content that no place of this source holds any more; they stay."""
    if not source.is_superseding:
        return
    replaced = connection.execute(UNHELD, {"source": source.name}).fetchall()
    if not replaced:
        return
    connection.begin()
    try:
        connection.execute(
            f"update {name_of(source)} set _superseded_by_file_id = pairs.successor_id "
            "from (select unnest(?::bigint[]) as file_id, unnest(?::bigint[]) as successor_id) as pairs "
            "where _file_id = pairs.file_id",
            [[file_id for file_id, _, _ in replaced], [successor_id for _, _, successor_id in replaced]],
        )
        _record(connection, run, source, replaced)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    log.info(
        "ingest: %s %d older %s superseded", source.name, len(replaced), "version" if len(replaced) == 1 else "versions"
    )


def _record(
    connection: duckdb.DuckDBPyConnection, run: records.Run, source: Source, replaced: list[tuple[int, str, int]]
) -> None:
    first_id, now = records.next_id(connection, "file_loads", "load_id"), records.now()
    records.add(
        connection,
        *(
            records.FileLoad(first_id + place, run.run_id, file_id, source.name, uri, "superseded", now, now)
            for place, (file_id, uri, _) in enumerate(replaced)
        ),
    )
