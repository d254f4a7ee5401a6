{% macro column_types(relation) -%} {{ return(adapter.dispatch("column_types", "tidemill")(relation)) }} {%- endmacro %}

{% macro duckdb__column_types(relation) -%}
    {#- The columns of a relation and their types. Spark has no such query: the adapter asks for them. -#}
    select column_name, column_type as data_type from (describe {{ relation }})
{%- endmacro %}
