{% macro comparisons(compared) -%}
    with
        {% for each in compared -%}
            {{ each.comparison }}_counts as (
                select
                    '{{ each.comparison }}' as comparison,
                    '{{ each.left }}' as left_name,
                    '{{ each.right }}' as right_name,
                    count(*) filter (where _merge = 'left_only') as left_only,
                    count(*) filter (where _merge = 'right_only') as right_only,
                    count(*) filter (where _merge = 'both') as in_both,
                    count(*) filter (where is_changed) as changed,
                from {{ each.relation }}
            ),

        {% endfor -%}
        counts as (
            {% for each in compared -%}
                select * from {{ each.comparison }}_counts
                {{ "union all" if not loop.last }}
            {% else -%}
                -- No comparison is declared.
                select cast(null as varchar) as comparison, cast(null as varchar) as left_name, cast(null as varchar) as right_name, cast(null as bigint) as left_only, cast(null as bigint) as right_only, cast(null as bigint) as in_both, cast(null as bigint) as changed
                where false
            {% endfor %}
        ),

        comparisons as (select {{ current_run_id() }} as run_id, * from counts)

    select *
    from comparisons
{%- endmacro %}
