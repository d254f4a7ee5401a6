{% macro list_rows(list) -%} {{ return(adapter.dispatch("list_rows", "tidemill")(list)) }} {%- endmacro %}

{% macro duckdb__list_rows(list) -%}
    {#- Spark: explode. One row per element of a list. -#}
    unnest({{ list }})
{%- endmacro %}
