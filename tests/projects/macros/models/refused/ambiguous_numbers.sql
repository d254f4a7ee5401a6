-- A number that can be read with a decimal point and with a decimal comma, where no other value shows which.
{{ config(materialized="table") }}
{{
    clean(
        "(select '1.234' as amount, 7 as _file_id, 1 as _row_number, null as _loaded_at, null as _superseded_by_file_id)",
        {"amount": {"type": "decimal(12, 3)"}},
    )
}}
