select * from (values (1, 10), (2, {{ var("second_total", 20) }})) as totals(id, total)
