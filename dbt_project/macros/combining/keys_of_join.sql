{% macro keys_of_join(left, right, key) -%}
    {#- Each key once, with its rows on both sides. As in a join, NULL meets nothing. -#}
    {%- set names = left_names_of(key) -%}
    {%- set right_names = key.values() | list if key is mapping else names -%}
    {%- set types = columns_of_relations({"left": left, "right": right}) -%}
    {%- do check_types_of_join(left, right, types, names, right_names) -%}
    {%- set left, right = with_lists(left, types["left"], names, []), with_lists(right, types["right"], right_names, []) -%}
    {{ types_met(left, right, names, right_names) }},

    left_keys as ({{ counted_keys("left", left, names, names) }}),

    right_keys as ({{ counted_keys("right", right, names, right_names) }}),

    keys_of_join as (
        select
            {% for name in names -%}
                coalesce(left_keys.{{ quoted(name) }}, right_keys.{{ quoted(name) }}) as {{ quoted(name) }},
            {% endfor -%}
            case when rows_right is null then 'left_only' when rows_left is null then 'right_only' else 'both' end as _merge,
            coalesce(rows_left, 0) as rows_left,
            coalesce(rows_right, 0) as rows_right,
            coalesce(rows_left * rows_right, 0) as rows_joined,
        from left_keys
        full outer join right_keys
            on {% for name in names -%}
                left_keys.{{ quoted(name) }} = right_keys.{{ quoted(name) }}
                {{ "and " if not loop.last }}
            {%- endfor %}
    )
{%- endmacro %}

{% macro counted_keys(side, relation, names, own_names) -%}
    {#- Each key of a side, by the left one's names, with its rows. -#}
    select {% for name in names -%} {{ exact_key(name, "join_report") }} as {{ quoted(name) }}, {% endfor %} count(*) as rows_{{ side }}
    from
        (
            select {% for name in names -%} {{ quoted(own_names[loop.index0]) }} as {{ quoted(name) }}, {% endfor %}
            from {{ relation }} as _{{ side }}
        ) as _keys
    group by all
{%- endmacro %}
