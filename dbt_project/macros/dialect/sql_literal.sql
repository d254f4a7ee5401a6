{% macro sql_literal(value) -%}
    {%- if value is string -%} {{ return("'" ~ value | replace("'", "''") ~ "'") }} {%- endif -%}
    {#- 1e+18 would be a double, beside which whole numbers become doubles as well. -#}
    {{ return((value | int if value is float and value | abs < 1e38 and value == value | int else value) | string) }}
{%- endmacro %}

{% macro literals(values) -%}
    {#- Values as a list of SQL literals. -#}
    {%- set found = [] -%}
    {%- for value in values -%} {%- do found.append(sql_literal(value)) -%} {%- endfor -%}
    {{ return(found | join(", ")) }}
{%- endmacro %}
