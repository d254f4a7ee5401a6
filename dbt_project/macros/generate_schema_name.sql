{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- A schema carries its folder's name, without dbt's usual prefix: `raw`, `staging`, `marts`, … -#}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
