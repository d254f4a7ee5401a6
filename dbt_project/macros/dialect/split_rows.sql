{% macro split_rows(text) -%} {{ return(adapter.dispatch("split_rows", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__split_rows(text) -%}
    {#- Spark: explode(split(…, ',')). One row per part of a comma-separated list. -#}
    unnest(string_split({{ text }}, ','))
{%- endmacro %}
