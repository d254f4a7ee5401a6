-- Dates that can be read with the day and with the month first, where no other value shows which.
{{ config(materialized="table") }}
{{
    clean(
        "(select '03/04/2026' as placed_on, 7 as _file_id, 1 as _row_number, null as _loaded_at, null as _superseded_by_file_id)",
        {"placed_on": {"type": "date"}},
    )
}}
