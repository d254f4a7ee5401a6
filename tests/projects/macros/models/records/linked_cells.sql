select
    cast(null as bigint) as record_id,
    cast(null as bigint) as entity_id,
    cast(null as bigint) as _file_id,
    cast(null as bigint) as _row_number,
    cast(null as varchar) as stage,
    cast(null as varchar) as rule,
    cast(null as bigint) as winner_file_id,
    cast(null as bigint) as winner_row_number,
    cast(null as struct(record_id bigint, match_probability double, reason varchar, rule varchar)[]) as pairs,
where false
