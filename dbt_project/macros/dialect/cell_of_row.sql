{% macro cell_of_row(row, column) -%} {{ return(adapter.dispatch("cell_of_row", "tidemill")(row, column)) }} {%- endmacro %}

{% macro duckdb__cell_of_row(row, column) -%}
    {#- The value of a column in a row as JSON, as text. SQL's names have no case, those of JSON have. A pointer, because a
        path cannot name a column with a quote in it. Spark: from_json as a map, map_filter. -#}
    {%- set key = "list_filter(json_keys(" ~ row ~ "), lambda name: lower(name) = lower(" ~ column ~ "))[1]" -%}
    json_extract_string({{ row }}, '/' || replace(replace({{ key }}, '~', '~0'), '/', '~1'))
{%- endmacro %}
