{% macro union_all_by_name() -%} {{ return(adapter.dispatch("union_all_by_name", "tidemill")()) }} {%- endmacro %}

{% macro duckdb__union_all_by_name() -%}
    {#- Spark SQL has none: it needs the missing columns written out as NULL. -#}
    union all by name
{%- endmacro %}
