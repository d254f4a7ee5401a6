select
    1::bigint as id,
    'x' as name,
    1.0::double as amount,
    1::bigint as number,
    date '2026-01-31' as day,
    1::decimal(38, 2) as price,
    true as is_only_here
