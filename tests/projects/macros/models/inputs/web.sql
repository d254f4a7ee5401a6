select cast(null as varchar) as account_id, cast(null as bigint) as amount, cast(null as bigint) as quantity,
where false
