{% macro sorted_text_list(text) -%}
    {{ return(adapter.dispatch("sorted_text_list", "tidemill")(text)) }}
{%- endmacro %}

{% macro duckdb__sorted_text_list(text) -%}
    {#- The texts in their own order: `string_agg(… order by …)` takes six times as long where groups are small. Spark:
        array_join(sort_array(collect_list(…)), ','). -#}
    array_to_string(list_sort(list({{ text }})), ',')
{%- endmacro %}
