select
    cast(null as bigint) as _file_id,
    cast(null as bigint) as _row_number,
    cast(null as boolean) as _is_rejected,
    cast(null as bigint) as _superseded_by_file_id,
    cast(null as varchar) as _problems,
    cast(null as varchar) as _formatting,
    cast(null as varchar) as cell,
where false
