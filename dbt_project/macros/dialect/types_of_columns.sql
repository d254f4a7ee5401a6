{% macro types_of_columns(relation) -%} {{ return(adapter.dispatch("types_of_columns", "tidemill")(relation)) }} {%- endmacro %}

{% macro duckdb__types_of_columns(relation) -%}
    {#- The columns of a relation or subquery with their types, in their order. Spark: describe query select …. -#}
    {%- set types = {} -%}
    {%- for row in run_query("describe select * from " ~ relation).rows -%}
        {%- do types.update({row["column_name"]: row["column_type"]}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}
