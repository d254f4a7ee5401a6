{% macro is_text(column) -%} {{ return(adapter.dispatch("is_text", "tidemill")(column)) }} {%- endmacro %}

{% macro duckdb__is_text(column) -%}
    {#- Spark: 'string'. Known before any row is read, as all types are. -#}
    typeof({{ column }}) = 'VARCHAR'
{%- endmacro %}

{% macro is_truth(column) -%} {{ return(adapter.dispatch("is_truth", "tidemill")(column)) }} {%- endmacro %}

{% macro duckdb__is_truth(column) -%}
    {#- Spark: 'boolean'. -#}
    typeof({{ column }}) = 'BOOLEAN'
{%- endmacro %}

{% macro is_floating(column) -%} {{ return(adapter.dispatch("is_floating", "tidemill")(column)) }} {%- endmacro %}

{% macro duckdb__is_floating(column) -%}
    {#- Spark: 'float', 'double'. -#}
    typeof({{ column }}) in ('FLOAT', 'DOUBLE')
{%- endmacro %}
