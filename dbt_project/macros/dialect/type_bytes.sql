{% macro type_bytes() -%} {{ return(adapter.dispatch("type_bytes", "tidemill")()) }} {%- endmacro %}

{% macro duckdb__type_bytes() -%}
    {#- Spark: binary. -#}
    blob
{%- endmacro %}
