{% macro single_pairs(sides, keys, values, fold) -%}
    {#- Keys that stand once on a side: the two rows, or the one. Keys with a NULL are left to `repeated_pairs`, because
        DuckDB tells a scan which keys to look for only where the join is on plain equality. -#}
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
        from (select * from keys_in_question where _is_single) as in_question
        {% for side in sides -%}
            left join {{ one_side(sides, side, keys, values, fold) }} as {{ side }}_rows
                on {% for name in keys -%}
                    {{ side }}_rows.{{ quoted(name) }} = in_question.{{ quoted(name) }} {{ "and " if not loop.last }}
                {%- endfor %}
        {% endfor %}
    )
{%- endmacro %}
