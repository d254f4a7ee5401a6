{% macro described_columns(relation) -%} {{ return(adapter.dispatch("described_columns", "tidemill")(relation)) }} {%- endmacro %}

{% macro duckdb__described_columns(relation) -%}
    {#- The columns of a relation and their types. Spark has no such query: the adapter asks for them. -#}
    select column_name, column_type as data_type from (describe {{ relation }})
{%- endmacro %}
