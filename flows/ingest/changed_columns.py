"""What the log says of columns that a run's files lack or bring: a line a column, however many files."""

from collections.abc import Iterator

import duckdb

from flows import records
from flows.amounts import amount
from flows.declaration import Declaration

CHANGES = """
    with
        places as (select file_id, arg_max(uri, load_id) as uri from records.file_loads group by file_id),
        proposals as (select * from records.schema_changes where run_id = $run_id and decision like 'proposed: %')
    select
        changes.source, changes.change, changes.column_name, min(places.uri), count(*),
        min(replace(proposals.decision, 'proposed: ', ''))
    from records.schema_changes as changes
    left join places using (file_id)
    left join proposals on changes.file_id = proposals.file_id
        and changes.column_name = case changes.change
            when 'added' then proposals.file_column_name else proposals.column_name end
    where changes.run_id = $run_id and (
        (changes.change = 'missing' and changes.decision = 'NULL')
        or (changes.change = 'added' and changes.decision <> 'the file is refused' and proposals.file_id is null)
    )
    group by all
    order by changes.source, changes.change desc, changes.column_name
"""


def said_of_columns(connection: duckdb.DuckDBPyConnection, run: records.Run, declaration: Declaration) -> Iterator[str]:
    """Yield what is missing and what nobody declared, with what to do about it."""
    places = {source.name: source.declared_in for source in declaration.sources if source.columns}
    for source, change, column, uri, files, proposal in connection.execute(CHANGES, {"run_id": run.run_id}).fetchall():
        if source not in places:
            continue
        where = uri if files == 1 else f"{amount(files, 'file')}, such as {uri}"
        if change == "missing":
            remedy = f"{proposal} in {places[source]}" if proposal else "its values are null"
            yield f"{source}: no column {column} in {where}; {remedy}"
        else:
            yield f"{source}: column {column} is new in {where}; it is in the raw table only, until it is declared"
