{% macro sql_literal(value) -%}
    {{ return("'" ~ value | replace("'", "''") ~ "'" if value is string else value | string) }}
{%- endmacro %}
