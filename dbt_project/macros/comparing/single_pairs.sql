{% macro single_pairs(sides, keys, values, fold) -%}
    {#- Keys that stand once on a side: the two rows, or the one. -#}
    single_pairs as (
        select
            {% for name in keys -%} in_question.{{ quoted(name) }}, {% endfor -%}
            case when _rows_left = 0 then 'right_only' when _rows_right = 0 then 'left_only' else 'both' end as _merge,
            _rows_left,
            _rows_right,
            1 as _pair,
            {% for name in values -%}
                left_rows.{{ quoted(name) }} as {{ quoted(name ~ "__left") }},
                right_rows.{{ quoted(name) }} as {{ quoted(name ~ "__right") }},
            {% endfor %}
        from (select * from keys_in_question where _rows_left <= 1 and _rows_right <= 1) as in_question
        {% for side in sides -%}
            left join {{ one_side(sides, side, keys, values, fold) }} as {{ side }}_rows
                on {{ same_key(keys, side ~ "_rows", "in_question") }}
        {% endfor %}
    )
{%- endmacro %}
