-- A value that does not become its type, of a column whose policy is to stop the run.
{{ config(materialized="table") }}
{{
    clean(
        "(select 'soon' as paid_on, 7 as _file_id, 1 as _row_number, null as _loaded_at, null as _superseded_by_file_id)",
        {"paid_on": {"type": "date", "formats": ["iso"], "on_error": "fail"}},
    )
}}
