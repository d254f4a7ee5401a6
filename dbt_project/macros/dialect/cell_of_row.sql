{% macro cell_of_row(row, column) -%} {{ return(adapter.dispatch("cell_of_row", "tidemill")(row, column)) }} {%- endmacro %}

{% macro duckdb__cell_of_row(row, column) -%}
    {#- The value of a column of the row, as exact text; SQL's names have no case. Not by way of JSON, which would make
        doubles of decimals. Spark: from_json as a map, map_filter. -#}
    {%- set texts = "list_value(unpack(" ~ cell_text("columns(" ~ row ~ ".*)") ~ "))" -%}
    {%- set names = "list_value(unpack(lower(alias(columns(" ~ row ~ ".*)))))" -%}
    list_extract({{ texts }}, list_position({{ names }}, lower({{ column }})))
{%- endmacro %}
