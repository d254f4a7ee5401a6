{% macro try_parse_timestamp(text, format) -%}
    {{ return(adapter.dispatch("try_parse_timestamp", "tidemill")(text, format)) }}
{%- endmacro %}

{% macro duckdb__try_parse_timestamp(text, format) -%}
    {#- Spark: try_to_timestamp with Java's format letters. NULL for 31 February, on both. -#}
    try_strptime({{ text }}, '{{ format }}')
{%- endmacro %}
