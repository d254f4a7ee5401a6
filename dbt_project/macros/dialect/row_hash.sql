{% macro row_hash(values) -%} {{ return(adapter.dispatch("row_hash", "tidemill")(values)) }} {%- endmacro %}

{% macro duckdb__row_hash(values) -%}
    {#- Spark: xxhash64. 64 bits, never NULL, NULL apart from every value; only compared within one statement, because
        it may change between versions. -#}
    hash({{ values | join(", ") }})
{%- endmacro %}
