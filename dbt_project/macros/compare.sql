{% macro compare(left, right, key, columns, tolerance={}, fold={}) -%}
    {%- do check_comparison(key, columns, tolerance, fold) -%}
    {%- set sides = {"left": left, "right": right} -%}
    {%- set keys = ([key] if key is string else key) or columns -%}
    {%- set values = columns if key else [] -%}
    with
        {{ rows_in_question(sides, keys, values, fold, counts_repeats=key | length > 0) }},

        {{ single_pairs(sides, keys, values, fold) }},

        {{ repeated_pairs(sides, keys, values, fold) }},

        {{ judged_pairs(values, tolerance, fold) }},

        compared as (
            select
                {{ quoted_names(keys) }},
                _merge,
                _changed_columns is not null as is_changed,
                _changed_columns as changed_columns,
                _rows_left,
                _rows_right,
                _pair,
                {% for name in values -%} {{ quoted(name ~ "__left") }}, {{ quoted(name ~ "__right") }}, {% endfor -%}
                _differences,
            from judged_pairs
            {% if not key -%} where _merge <> 'both' {%- endif %}
        )

    select *
    from compared
{%- endmacro %}
