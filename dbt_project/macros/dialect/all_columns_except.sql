{% macro all_columns_except(names) -%}
    {{ return(adapter.dispatch("all_columns_except", "tidemill")(names)) }}
{%- endmacro %}

{% macro duckdb__all_columns_except(names) -%}
    {#- All columns of all relations of the `from`; a name that is not there is no error. Spark has neither
        `columns()` nor `exclude`: it needs the column names. -#}
    columns(_column -> lower(_column) not in ({{ literals(names | map("lower")) }}))
{%- endmacro %}
