{% macro refuse(message) -%}
    {#- Ends dbt's compilation. A message says of what it is, what is wrong, and after a semicolon what to do. -#}
    {%- do exceptions.raise_compiler_error(message) -%}
{%- endmacro %}
