{% macro all_columns_except(relation, names) -%}
    {{ return(adapter.dispatch("all_columns_except", "tidemill")(relation, names)) }}
{%- endmacro %}

{% macro duckdb__all_columns_except(relation, names) -%}
    {#- Spark writes `except`, and not in every version. A name that is not there is no error here. -#}
    {{ relation }}.*
    exclude ({{ names | join(", ") }})
{%- endmacro %}
