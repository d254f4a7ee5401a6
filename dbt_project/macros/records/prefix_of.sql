{% macro prefix_of(each) -%}
    {#- How the CTEs of a source that is accounted for begin. -#}
    {{ return(each.source | replace(".", "__")) }}
{%- endmacro %}
