{% macro as_struct(names) -%} {{ return(adapter.dispatch("as_struct", "tidemill")(names)) }} {%- endmacro %}

{% macro duckdb__as_struct(names) -%}
    {#- Spark: named_struct('name', name, …). -#}
    struct_pack({% for name in names %}{{ name }} := {{ name }}{{ ", " if not loop.last }}{% endfor %})
{%- endmacro %}
