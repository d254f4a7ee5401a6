{% test accounted_for(model) %}
    {#- Promise 1, downstream: every loaded row of every file has exactly one fate. Finds files where that fails. -#}
    with
        file_loads as (select * from {{ source("records", "file_loads") }}),

        loaded as (
            select file_id, sum(loaded_records) as loaded_records, from file_loads
            where action in ('loaded', 'replayed')
            group by file_id
        ),

        fates as (
            select
                file_id,
                count(*) as n_rows,
                count(distinct row_number) as distinct_rows,
                count(*) filter (where fate in ('kept', 'duplicate', 'superseded', 'rejected')) as rows_with_fate,
            from {{ model }}
            group by file_id
        ),

        unaccounted as (
            select
                coalesce(loaded.file_id, fates.file_id) as file_id,
                coalesce(loaded.loaded_records, 0) as loaded_records,
                coalesce(fates.rows_with_fate, 0) as rows_with_fate,
            from loaded
            full outer join fates on loaded.file_id = fates.file_id
            where
                coalesce(loaded.loaded_records, 0) <> coalesce(fates.rows_with_fate, 0)
                or coalesce(fates.n_rows, 0) <> coalesce(fates.rows_with_fate, 0)
                or coalesce(fates.n_rows, 0) <> coalesce(fates.distinct_rows, 0)
        )

    select *
    from unaccounted
{% endtest %}
