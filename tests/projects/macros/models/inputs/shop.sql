select cast(null as varchar) as account, cast(null as decimal(12, 2)) as amount, cast(null as varchar) as note,
where false
