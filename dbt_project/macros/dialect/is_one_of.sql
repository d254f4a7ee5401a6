{% macro is_one_of(value, values, is_number=false) -%}
    {#- Whether a value is one of those that are declared; what YAML takes for the number 1 may be declared of a text. -#}
    {%- set values = values if is_number else values | map("string") -%}
    {{ return(adapter.dispatch("is_one_of", "tidemill")(value, values | list)) }}
{%- endmacro %}

{% macro duckdb__is_one_of(value, values) -%}
    {#- Spark: in (…). Of more than four values DuckDB makes a join, also where hardly any row comes to the condition; for
        many it is worth it. -#}
    {%- if values | length > 50 -%} {{ value }} in ({{ literals(values) }})
    {%- else -%} list_contains([{{ literals(values) }}], {{ value }})
    {%- endif -%}
{%- endmacro %}
