{% test accounted_for(model) %}
    {#- Promise 1, downstream: every loaded row of every file has exactly one fate. Finds files where that fails.
        The files of a source that is declared no more have no models to pass through. -#}
    with
        file_loads as (
            select *
            from {{ source("records", "file_loads") }}
            where source in ({{ declared_sources() }})
        ),

        loaded as (
            select file_id, max(source) as source, max(uri) as uri, sum(loaded_records) as loaded_records,
            from file_loads
            where action in ('loaded', 'replayed')
            group by file_id
        ),

        {{ fates_by_file(model) }},

        unaccounted as (
            select
                coalesce(loaded.source, fates.source) as source,
                coalesce(loaded.uri, 'file ' || fates.file_id) as file,
                coalesce(loaded.loaded_records, 0) as loaded_records,
                coalesce(fates.n_rows, 0) as n_rows,
                coalesce(fates.rows_with_fate, 0) as rows_with_fate,
            from loaded
            full outer join fates on loaded.file_id = fates.file_id
            where
                coalesce(loaded.loaded_records, 0) <> coalesce(fates.rows_with_fate, 0)
                or coalesce(fates.n_rows, 0) <> coalesce(fates.rows_with_fate, 0)
                or coalesce(fates.n_rows, 0) <> coalesce(fates.distinct_rows, 0)
        ),

        explained as (
            select
                source,
                file,
                loaded_records,
                n_rows,
                rows_with_fate,
                case
                    when n_rows = 0
                    then 'name ' || source || ' in lineage/accounted_sources.sql'
                    else 'lineage/accounted_sources.sql must name the models of ' || source || ' that keep every row'
                end as remedy,
            from unaccounted
        )

    select *
    from explained
    order by source, file
{% endtest %}

{% macro fates_by_file(ledger) -%}
    {#- Of every file, how many rows the ledger has, how many of them differ, and how many have a fate.

        Counting distinct rows takes ten times as long as adding them up. So it is done only where a file's row numbers
        are not, by their number, sum and sum of squares, those from 1 to the last. -#}
    counted as (
        select
            file_id,
            min(source) as source,
            count(*) as n_rows,
            cast(sum(row_number) as decimal(38, 0)) as sum_of_rows,
            cast(sum(cast(row_number as decimal(18, 0)) * row_number) as decimal(38, 0)) as sum_of_squares,
            count(*) filter (where fate in ('kept', 'duplicate', 'superseded', 'rejected')) as rows_with_fate,
        from {{ ledger }}
        group by file_id
    ),

    with_gaps as (
        select file_id
        from counted
        where
            sum_of_rows * 2 <> cast(n_rows as decimal(18, 0)) * (n_rows + 1)
            or sum_of_squares * 6 <> cast(n_rows as decimal(18, 0)) * (n_rows + 1) * (2 * n_rows + 1)
    ),

    distinct_in_gaps as (
        select file_id, count(distinct row_number) as distinct_rows
        from {{ ledger }}
        where file_id in (select file_id from with_gaps)
        group by file_id
    ),

    fates as (
        select counted.*, coalesce(distinct_in_gaps.distinct_rows, counted.n_rows) as distinct_rows
        from counted
        left join distinct_in_gaps on counted.file_id = distinct_in_gaps.file_id
    )
{%- endmacro %}

{% macro declared_sources() -%}
    {#- The names of the sources that files are declared for, as SQL literals. -#}
    {%- set names = ["''"] -%}
    {%- if execute -%}
        {%- for source in graph.sources.values() if source.external and source.external.location -%}
            {%- do names.append(sql_literal(source.source_name ~ "." ~ source.name)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names | join(", ")) }}
{%- endmacro %}
