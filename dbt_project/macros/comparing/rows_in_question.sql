{% macro rows_in_question(sides, keys, values, fold, same_types, counts_repeats) -%}
    {#- The keys that are not plainly equal, with the number of their rows on either side.

        One join of narrow rows: the key and one hash of all values. It also proves, for nothing, whether keys repeat:
        n left and m right rows of one key give n * m pairs, so the pairs are as many as the matched rows of the left,
        and of the right, only where every n and m is 1. Keys are counted only where that proof fails, or where there
        would be far more pairs than rows: then the rows of repeated keys are kept out of the join. -#}
    {{ crowded_keys(sides, keys, fold) }},

    {{ counted_pairs(sides, keys, values, fold, same_types) }},

    {{ repeated_keys(sides, keys, fold, counts_repeats) }},

    keys_in_question as (
        select
            {{ quoted_names(keys) }},
            max(_rows_left) as _rows_left,
            max(_rows_right) as _rows_right,
            max(_rows_left) <= 1 and max(_rows_right) <= 1
            {%- for name in keys %} and {{ quoted(name) }} is not null {%- endfor %} as _is_single,
        from
            (
                select
                    {{ quoted_names(keys) }},
                    case _own when 1 then _pairs when 2 then 0 else 1 end as _rows_left,
                    case _own when 2 then _pairs when 1 then 0 else 1 end as _rows_right,
                from counted_pairs
                where _own <> 0
                union all
                select {{ quoted_names(keys) }}, _rows_left, _rows_right
                from repeated_keys
            ) as _counted
        group by {{ quoted_names(keys) }}
    )
{%- endmacro %}
