{% macro row_as_json(relation) -%} {{ return(adapter.dispatch("row_as_json", "tidemill")(relation)) }} {%- endmacro %}

{% macro duckdb__row_as_json(relation) -%}
    {#- Spark: to_json(struct(relation.*)). -#}
    to_json({{ relation }})::varchar
{%- endmacro %}
