{% macro json_text(json, path) -%} {{ return(adapter.dispatch("json_text", "tidemill")(json, path)) }} {%- endmacro %}

{% macro duckdb__json_text(json, path) -%}
    {#- Spark: get_json_object. A text that is no JSON gives NULL instead of an error. -#}
    case when {{ is_json(json) }} then json_extract_string({{ json }}, {{ path }}) end
{%- endmacro %}
