{% macro join_counts(left, right, key) -%}
    {#- One row: what a join of the two would find, lose and multiply. -#}
    with
        {{ keys_of_join(left, right, key) }},

        {{ sums_of_join(left_names_of(key)) }},

        join_counts as (
            select
                {{ all_columns_except(["left_repeats", "right_repeats"]) }},
                joined_rows + left_only_rows as left_joined_rows,
                case when left_repeats then 'many' else 'one' end
                || '_to_'
                || case when right_repeats then 'many' else 'one' end as relationship,
            from sums
        )

    select *
    from join_counts
{%- endmacro %}

{% macro sums_of_join(names) -%}
    {%- set has_null -%} {% for name in names %}{{ quoted(name) }} is null{{ " or " if not loop.last }}{% endfor %} {%- endset -%}
    sums as (
        select
            {% for column, expression in {
                "left_rows": "rows_left",
                "right_rows": "rows_right",
                "left_only_rows": "case when _merge = 'left_only' then rows_left end",
                "right_only_rows": "case when _merge = 'right_only' then rows_right end",
                "left_only_keys": "case when _merge = 'left_only' then 1 end",
                "right_only_keys": "case when _merge = 'right_only' then 1 end",
                "left_rows_without_key": "case when " ~ has_null ~ " then rows_left end",
                "right_rows_without_key": "case when " ~ has_null ~ " then rows_right end",
                "left_rows_multiplied": "case when rows_right > 1 then rows_left end",
                "right_rows_multiplied": "case when rows_left > 1 then rows_right end",
                "joined_rows": "rows_joined",
            }.items() -%}
                coalesce(cast(sum({{ expression }}) as bigint), 0) as {{ column }},
            {% endfor -%}
            coalesce(max(rows_left) filter (where not ({{ has_null }})), 0) > 1 as left_repeats,
            coalesce(max(rows_right) filter (where not ({{ has_null }})), 0) > 1 as right_repeats,
        from keys_of_join
    )
{%- endmacro %}
