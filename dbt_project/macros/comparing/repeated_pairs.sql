{% macro repeated_pairs(sides, keys, values, fold) -%}
    {#- Keys that stand several times on a side, or hold a NULL: equal rows are taken away in pairs first, whatever their order; what
        is left is paired in the order of its values, and the surplus stands on one side only. -#}
    {%- set key_list = quoted_names(keys) -%}
    repeated_rows as (
        select
            _both.*,
            in_question._rows_left,
            in_question._rows_right,
            case
                when _is_left
                then {{ hash_of_values(values, "__left", "__right", fold) }}
                else {{ hash_of_values(values, "__right", "__left", fold) }}
            end as _hash,
        from ({{ both_sides(sides, keys, values, fold) }}) as _both
        inner join
            (select * from keys_in_question where not _is_single) as in_question
            on {{ same_key(keys, "_both", "in_question") }}
    ),

    numbered_twins as (
        select
            *,
            row_number() over (partition by {{ key_list }}, _hash, _is_left order by _hash) as _nth,
            -- DuckDB counts a window with a filter anew for each of its rows.
            count(case when _is_left then 1 end) over (partition by {{ key_list }}, _hash) as _left_twins,
            count(case when not _is_left then 1 end) over (partition by {{ key_list }}, _hash) as _right_twins,
        from repeated_rows
    ),

    twins as (select *, _nth <= _left_twins and _nth <= _right_twins as _is_twin, from numbered_twins),

    numbered_rows as (
        select
            *,
            row_number() over (
                partition by {{ key_list }}, _is_left, _is_twin
                order by
                    {% for name in values -%}
                        {% for side in sides -%}
                            {%- set value = quoted(name ~ "__" ~ side) -%}
                            {% if name in fold %}{{ folded(value, fold[name]) }} nulls last, {% endif -%}
                            {{ value }} nulls last,
                        {% endfor -%}
                    {% endfor -%}
                    _nth
            ) as _number,
            count(case when _is_left and _is_twin then 1 end) over (partition by {{ key_list }}) as _key_twins,
        from twins
    ),

    {% for side in sides -%}
        {{ side }}_repeated as (select * from numbered_rows where {{ "not " if side == "right" }}_is_left),

    {% endfor -%}
    repeated_pairs as (
        select
            {% for name in keys -%}
                coalesce(left_repeated.{{ quoted(name) }}, right_repeated.{{ quoted(name) }}) as {{ quoted(name) }},
            {% endfor -%}
            case
                when left_repeated._is_left is null
                then 'right_only'
                when right_repeated._is_left is null
                then 'left_only'
                else 'both'
            end as _merge,
            coalesce(left_repeated._rows_left, right_repeated._rows_left) as _rows_left,
            coalesce(left_repeated._rows_right, right_repeated._rows_right) as _rows_right,
            -- Twins come first, so that every pair of a key has a number of its own.
            coalesce(left_repeated._number, right_repeated._number)
            + case
                when coalesce(left_repeated._is_twin, right_repeated._is_twin)
                then 0
                else coalesce(left_repeated._key_twins, right_repeated._key_twins)
            end as _pair,
            {% for name in values -%}
                left_repeated.{{ quoted(name ~ "__left") }},
                right_repeated.{{ quoted(name ~ "__right") }},
            {% endfor %}
        from left_repeated
        full outer join right_repeated
            on {{ same_key(keys, "left_repeated", "right_repeated") }}
            and left_repeated._is_twin = right_repeated._is_twin
            and left_repeated._number = right_repeated._number
    )
{%- endmacro %}

{% macro hash_of_values(values, own, other, fold) -%}
    {%- set pairs = [] -%}
    {%- for name in values -%}
        {%- do pairs.append({"one": quoted(name ~ own), "other": quoted(name ~ other), "foldings": fold.get(name)}) -%}
    {%- endfor -%}
    {{ exact_hash(pairs) }}
{%- endmacro %}
