{% macro is_json(text) -%} {{ return(adapter.dispatch("is_json", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__is_json(text) -%}
    {#- Spark: is_valid_variant, from version 4. -#}
    json_valid({{ text }})
{%- endmacro %}

{% macro as_json(text) -%} {{ return(adapter.dispatch("as_json", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__as_json(text) -%}
    {#- Spark: the text as it stands, or parse_json. -#}
    cast({{ text }} as json)
{%- endmacro %}
