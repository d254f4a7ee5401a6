select 1::bigint as id, 'x' as name, 1.0::double as amount, 1.0::double as number, '2026-01-31' as day, 'y' as only_here
