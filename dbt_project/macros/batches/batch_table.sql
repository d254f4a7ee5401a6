{% macro batch_table(name) -%} {{ return("_batch_" ~ name) }} {%- endmacro %}

{% macro create_batch(name, query) -%}
    {{ return("create or replace temporary table " ~ batch_table(name) ~ " as " ~ query) }}
{%- endmacro %}
