{% macro is_json(text) -%} {{ return(adapter.dispatch("is_json", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__is_json(text) -%}
    {#- Spark: is_valid_variant, from version 4. DuckDB also takes a comma before a closing bracket, and words for numbers
        that JSON lacks; they are looked for outside of the strings. -#}
    {%- set bare = "regexp_replace(" ~ text ~ ", '\"(?:[^\"\\\\]|\\\\.)*\"', '\"\"', 'g')" -%}
    (json_valid({{ text }}) and not regexp_matches({{ bare }}, ',\s*[]}]|(?i:nan|inf)'))
{%- endmacro %}

{% macro as_json(text) -%} {{ return(adapter.dispatch("as_json", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__as_json(text) -%}
    {#- Spark: the text as it stands, or parse_json. -#}
    cast({{ text }} as json)
{%- endmacro %}
