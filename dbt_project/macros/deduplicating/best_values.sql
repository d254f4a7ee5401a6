{% macro best_values(rules) -%}
    {#- For each kept row the first value of a column that is not null, in the column's own order or the key's, and the
        row that gave it where that is another one. -#}
    best_values as (
        select
            _kept_file_id as kept_file_id,
            _kept_row_number as kept_row_number,
            {% for best in rules.best_of -%}
                {{ first_present("_best_" ~ loop.index, best, loop.index) }} as _best_{{ loop.index }},
            {% endfor -%}
            nullif(
                concat_ws(',' {%- for best in rules.best_of -%}, {{ donor_code(best, loop.index) }} {%- endfor -%}),
                ''
            ) as _donors,
        from in_place
        group by _kept_file_id, _kept_row_number
    ),

{% endmacro %}

{% macro first_present(value, best, number) -%}
    {%- set place = quoted("_place_of_" ~ best.column) if best.orders else "_place" -%}
    min_by({{ value }}, {{ place }}) filter (where _best_{{ number }} is not null)
{%- endmacro %}

{% macro donor_code(best, number) -%}
    {#- `column:file:row`, the column encoded as in every code. -#}
    {%- set file, row = first_present("_file_id", best, number), first_present("_row_number", best, number) -%}
    case
        when {{ file }} <> _kept_file_id or {{ row }} <> _kept_row_number
        then {{ sql_literal(encoded(best.column) ~ ":") }} || {{ file }} || ':' || {{ row }}
    end
{%- endmacro %}
