{% macro no_rows(texts, numbers=[]) -%}
    {#- A select without rows: what stands where nothing is declared. -#}
    select
        {% for name in texts -%} cast(null as {{ dbt.type_string() }}) as {{ name }}, {% endfor -%}
        {% for name in numbers -%} cast(null as bigint) as {{ name }}, {% endfor %}
    where false
{%- endmacro %}
