{% macro matches(text, pattern) -%} {{ return(adapter.dispatch("matches", "tidemill")(text, pattern)) }} {%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    {#- Spark: rlike with ^…$. -#}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}
