{% macro all_columns_renamed(new_names) -%}
    {{ return(adapter.dispatch("all_columns_renamed", "tidemill")(new_names)) }}
{%- endmacro %}

{% macro duckdb__all_columns_renamed(new_names) -%}
    {#- Spark has no `rename`: it needs the column names. -#}
    *
    {% if new_names -%}
        rename ({% for old, new in new_names.items() %}{{ quoted(old) }} as {{ quoted(new) }}{{ ", " if not loop.last }}{% endfor %})
    {%- endif %}
{%- endmacro %}
