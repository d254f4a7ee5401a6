{% macro repeated_pairs(sides, keys, values, fold, same_types) -%}
    {#- Keys that stand several times on a side, or hold a NULL: equal rows are taken away in pairs first, whatever their order; what
        is left is paired in the order of its values, and the surplus stands on one side only. -#}
    {{ numbered_rows(sides, keys, values, fold, same_types) }},

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
