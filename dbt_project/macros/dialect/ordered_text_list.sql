{% macro ordered_text_list(text, order_by) -%}
    {{ return(adapter.dispatch("ordered_text_list", "tidemill")(text, order_by)) }}
{%- endmacro %}

{% macro duckdb__ordered_text_list(text, order_by) -%}
    {#- Spark 4: listagg(…) within group (order by …). -#}
    string_agg({{ text }}, ',' order by {{ order_by }})
{%- endmacro %}
