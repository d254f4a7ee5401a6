{% macro sql_literal(value) -%}
    {{ return("'" ~ value | replace("'", "''") ~ "'" if value is string else value | string) }}
{%- endmacro %}

{% macro literals(values) -%}
    {#- Values as a list of SQL literals. -#}
    {%- set found = [] -%}
    {%- for value in values -%} {%- do found.append(sql_literal(value)) -%} {%- endfor -%}
    {{ return(found | join(", ")) }}
{%- endmacro %}
