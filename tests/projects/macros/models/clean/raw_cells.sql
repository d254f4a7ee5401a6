-- One cell a row, as a file would have it; empty, because the unit tests give the rows.
select
    cast(null as varchar) as cell,
    cast(null as bigint) as _file_id,
    cast(null as bigint) as _row_number,
    cast(null as timestamp) as _loaded_at,
    cast(null as bigint) as _superseded_by_file_id,
where false
