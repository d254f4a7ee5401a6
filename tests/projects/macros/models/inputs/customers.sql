select
    cast(null as bigint) as _file_id,
    cast(null as bigint) as _row_number,
    cast(null as varchar) as _row_fingerprint,
    cast(null as boolean) as _is_rejected,
    cast(null as bigint) as _superseded_by_file_id,
    cast(null as varchar) as customer_id,
    cast(null as varchar) as email,
    cast(null as date) as updated_on,
    cast(null as varchar) as _source,
where false
