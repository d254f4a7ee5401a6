select
    cast(null as bigint) as _file_id,
    cast(null as bigint) as _row_number,
    cast(null as boolean) as _has_null_key,
    cast(null as varchar) as _duplicates,
where false
