{% macro is_one_of(text, values) -%} {{ return(adapter.dispatch("is_one_of", "tidemill")(text, values)) }} {%- endmacro %}

{% macro duckdb__is_one_of(text, values) -%}
    {#- Spark: in (…). Of more than four values DuckDB makes a join, also where hardly any row comes to the condition; for
        many it is worth it. -#}
    {%- if values | length > 50 -%} {{ text }} in ({{ literals(values) }})
    {%- else -%} list_contains([{{ literals(values) }}], {{ text }})
    {%- endif -%}
{%- endmacro %}
