{% macro raise_error(message) -%} {{ return(adapter.dispatch("raise_error", "tidemill")(message)) }} {%- endmacro %}

{% macro duckdb__raise_error(message) -%}
    {#- Spark: raise_error. Ends the statement with this message when a row comes to it. -#}
    error({{ message }})
{%- endmacro %}
