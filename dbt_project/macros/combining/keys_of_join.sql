{% macro keys_of_join(left, right, key) -%}
    {#- Each key once, with its rows on both sides. As in a join, NULL meets nothing. -#}
    {%- set names = left_names_of(key) -%}
    {%- set right_names = key.values() | list if key is mapping else names -%}
    {%- set types = columns_of_relations({"left": left, "right": right}) -%}
    {%- do check_types_of_join(left, right, types, names, right_names) -%}
    {%- set left, right = with_lists(left, types["left"], names, []), with_lists(right, types["right"], right_names, []) -%}
    left_keys as (
        select {{ quoted_names(names) }}, count(*) as rows_left
        from {{ left }} as _left
        group by {{ quoted_names(names) }}
    ),

    right_keys as (
        select {{ quoted_names(right_names) }}, count(*) as rows_right
        from {{ right }} as _right
        group by {{ quoted_names(right_names) }}
    ),

    keys_of_join as (
        select
            {% for name in names -%}
                coalesce(left_keys.{{ quoted(name) }}, right_keys.{{ quoted(right_names[loop.index0]) }}) as {{ quoted(name) }},
            {% endfor -%}
            case when rows_right is null then 'left_only' when rows_left is null then 'right_only' else 'both' end as _merge,
            coalesce(rows_left, 0) as rows_left,
            coalesce(rows_right, 0) as rows_right,
            coalesce(rows_left * rows_right, 0) as rows_joined,
        from left_keys
        full outer join right_keys
            on {% for name in names -%}
                left_keys.{{ quoted(name) }} = right_keys.{{ quoted(right_names[loop.index0]) }}
                {{ "and " if not loop.last }}
            {%- endfor %}
    )
{%- endmacro %}
