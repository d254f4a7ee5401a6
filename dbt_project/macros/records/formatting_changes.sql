{% macro formatting_changes(accounted) -%}
    {#- The values of a table take few different lists of codes: count the lists, then split them. -#}
    with
        {% for each in accounted -%}
            {%- set prefix = each.source | replace(".", "__") -%}
            {{ prefix }}_lists as (
                select
                    _formatting,
                    count(*) as n_values,
                    min(_file_id) as _file_id,
                    min_by(_row_number, _file_id * 1000000000000 + _row_number) as _row_number,
                from {{ each.cleaned }}
                where _formatting is not null
                group by _formatting
            ),

            {{ prefix }}_split as (
                select _file_id, _row_number, n_values, {{ split_rows("_formatting") }} as code from {{ prefix }}_lists
            ),

            {{ prefix }}_counts as (
                select
                    code,
                    sum(n_values) as n_values,
                    min(_file_id) as _file_id,
                    min_by(_row_number, _file_id * 1000000000000 + _row_number) as _row_number,
                from {{ prefix }}_split
                group by code
            ),

            {{ prefix }}_cells as ({{ cell_codes(each, prefix ~ "_counts") }}),

        {% endfor -%}
        changes as (
            {% for each in accounted -%}
                {%- set prefix = each.source | replace(".", "__") -%}
                select
                    '{{ each.cleaned.identifier }}' as model,
                    cells.column_name,
                    cells.rule,
                    cast(counts.n_values as bigint) as n_values,
                    cells.raw_value as example_before,
                    cells.cleaned_value as example_after,
                from {{ prefix }}_counts as counts
                inner join {{ prefix }}_cells as cells
                    on split_part(counts.code, ':', 1) = cells.column_name
                    and split_part(counts.code, ':', 2) = cells.rule
                {{ "union all" if not loop.last }}
            {% else -%}
                -- No source is accounted for.
                {{ no_rows(["model", "column_name", "rule", "example_before", "example_after"], ["n_values"]) }}
            {% endfor %}
        ),

        formatting_changes as (
            select {{ current_run_id() }} as run_id, model, column_name, rule, n_values, example_before, example_after,
            from changes
        )

    select *
    from formatting_changes
{%- endmacro %}
