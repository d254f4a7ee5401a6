{% macro replaced(text, pattern, replacement) -%}
    {{ return(adapter.dispatch("replaced", "tidemill")(text, pattern, replacement)) }}
{%- endmacro %}

{% macro duckdb__replaced(text, pattern, replacement) -%}
    {#- Spark: without the last argument, and with $1 for \1. Every place where the regular expression matches. -#}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}
