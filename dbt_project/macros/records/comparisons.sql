{% macro comparisons(compared) -%}
    {#- Rows that are plainly equal stand in no comparison: those in both are the left rows without the left-only ones. -#}
    with
        {% for each in compared -%}
            {{ quoted(each.comparison ~ "_counts") }} as (
                select
                    {{ sql_literal(each.comparison) }} as comparison,
                    {{ sql_literal(each.left) }} as left_name,
                    {{ sql_literal(each.right) }} as right_name,
                    count(*) filter (where _merge = 'left_only') as left_only,
                    count(*) filter (where _merge = 'right_only') as right_only,
                    (select count(*) from {{ each.left_relation }})
                    - count(*) filter (where _merge = 'left_only') as in_both,
                    count(*) filter (where is_changed) as changed,
                    count(*) filter (where _pair = 1 and _rows_left > 1) as left_duplicate_keys,
                    count(*) filter (where _pair = 1 and _rows_right > 1) as right_duplicate_keys,
                from {{ each.relation }}
            ),

        {% endfor -%}
        counts as (
            {% for each in compared -%}
                select * from {{ quoted(each.comparison ~ "_counts") }}
                {{ "union all" if not loop.last }}
            {% else -%}
                -- No comparison is declared.
                {% set texts = ["comparison", "left_name", "right_name"] -%}
                {% set numbers = ["left_only", "right_only", "in_both", "changed", "left_duplicate_keys", "right_duplicate_keys"] -%}
                {{ no_rows(texts, numbers) }}
            {% endfor %}
        ),

        comparisons as (select {{ current_run_id() }} as run_id, * from counts)

    select *
    from comparisons
{%- endmacro %}
