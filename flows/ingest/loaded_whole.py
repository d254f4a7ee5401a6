"""What has become of the rejected records of a file that was refused and loaded later: they came with the file."""

import duckdb

CAME_WITH_THEIR_FILE = """
    update records.rejected_records
    set replay_status = 'file_replayed', replay_run_id = whole.run_id, replay_load_id = whole.load_id
    from (
        select refused.file_id, first(loads.run_id order by load_id) as run_id, min(load_id) as load_id
        from records.files as refused
        inner join records.files as taken
            on refused.source = taken.source
            and refused.content_sha256 = taken.content_sha256
            and refused.sheet is not distinct from taken.sheet
        inner join records.file_loads as loads on taken.file_id = loads.file_id and loads.action = 'loaded'
        where refused.file_id not in (select file_id from records.file_loads where action = 'loaded')
        group by refused.file_id
    ) as whole
    where rejected_records.file_id = whole.file_id and replay_status is null
"""


def note_loaded_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Note in each such record by which load its file came; call it in the run of that load, before dbt follows it."""
    connection.execute(CAME_WITH_THEIR_FILE)
