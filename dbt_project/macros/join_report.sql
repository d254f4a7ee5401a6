{% macro join_report(left, right, key) -%}
    {#- The keys that do not meet exactly one row on either side. -#}
    with
        {{ keys_of_join(left, right, key) }},

        join_report as (select * from keys_of_join where _merge <> 'both' or rows_left > 1 or rows_right > 1)

    select *
    from join_report
{%- endmacro %}

{% macro join_counts(left, right, key) -%}
    {#- One row: what a join of the two would find, lose and multiply. -#}
    {%- set names = left_names_of(key) -%}
    {%- set has_null -%} {% for name in names %}{{ quoted(name) }} is null{{ " or " if not loop.last }}{% endfor %} {%- endset -%}
    with
        {{ keys_of_join(left, right, key) }},

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
        ),

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

{% macro left_names_of(key) -%}
    {%- set names = [key] if key is string else (key.keys() | list if key is mapping else key) -%}
    {%- if not names -%}
        {%- do refuse("join_report: no key is given; name the columns to join on") -%}
    {%- endif -%}
    {%- for name in names -%}
        {%- if name | lower in names[: loop.index0] | map("lower") | list -%}
            {%- do refuse("join_report: the key '" ~ name ~ "' is named twice; write it once") -%}
        {%- elif name | lower in ("_merge", "rows_left", "rows_right", "rows_joined") -%}
            {%- do refuse(
                "join_report: the key '" ~ name
                ~ "' has a name that the report gives to a column of its own; rename it first"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro check_types_of_join(left, right, types, names, right_names) -%}
    {%- for name in names -%}
        {%- set right_name = right_names[loop.index0] -%}
        {%- set one, other = type_of_column(types["left"], name), type_of_column(types["right"], right_name) -%}
        {%- if one and other and not types_meet(one, other) -%}
            {%- do refuse(
                "join_report: " ~ left ~ " has '" ~ name ~ "' as " ~ one ~ ", but " ~ right ~ " has '" ~ right_name
                ~ "' as " ~ other
                ~ ", and a join would have to read one as the other; declare one type for both where they are cleaned, or cast one of them"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
