{% macro one_value(query) -%}
    {#- The one value that a query gives. -#}
    {{ return(run_query(query).columns[0].values() | first) }}
{%- endmacro %}
