{% macro likely_places(places) -%}
    {#- For each row number in which files it stands, each file as one of 32 bits. DuckDB joins this by a plain array,
        because each row number is there once and there are few; two equal columns cost it twice as much. -#}
    (
        select _row_number, bit_or(1::bigint << (_file_id & 31)) as files
        from {{ places }}
        group by _row_number
    ) as likely
{%- endmacro %}

{% macro is_in_places(file_id, row_number, places) -%}
    {{ row_number }} = likely._row_number
    and (likely.files >> ({{ file_id }} & 31)) & 1 = 1
    and ({{ file_id }}, {{ row_number }}) in (select _file_id, _row_number from {{ places }})
{%- endmacro %}
